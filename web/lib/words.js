// @ts-check
// How names or numbers are worded in a page.

const NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/**
 * Word a name of the code as a title: "salt_and_pepper" is "Salt and pepper".
 *
 * @param {string} name
 * @returns {string}
 */
export const title = (name) => name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");

/**
 * Word a probability; what is nearly certain is not called certain.
 *
 * @param {number} share from 0 to 1
 * @returns {string}
 */
export const percent = (share) =>
  share > 0.995 && share < 1 ? "> 99 %" : `${Math.round(100 * share)} %`;

/**
 * Word a whole number, from two to ten in letters.
 *
 * @param {number} count
 * @returns {string}
 */
export const number = (count) => NUMBERS[count - 2] ?? String(count);
