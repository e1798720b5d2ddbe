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
  share >= 0.995 && share < 1 ? "> 99%" : `${Math.round(100 * share)}%`;

/**
 * Word a whole number, from two to ten in letters.
 *
 * @param {number} count
 * @returns {string}
 */
export const number = (count) => NUMBERS[count - 2] ?? String(count);

/**
 * Word a number with a comma between its thousands.
 *
 * @param {number} count
 * @returns {string}
 */
export const thousands = (count) => count.toLocaleString("en-US");

/**
 * Word a number with so many decimals at most, a true minus before what is negative.
 *
 * @param {number} value
 * @param {number} [decimals]
 * @returns {string}
 */
export function decimal(value, decimals = 2) {
  const text = String(Number(Math.abs(value).toFixed(decimals)));
  return value < 0 && text !== "0" ? `−${text}` : text;
}

/** @type {Record<string, string>} */
const RAISED = Object.fromEntries([..."0123456789-"].map((digit, i) => [digit, "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"[i]]));

/**
 * Word a positive number by its first three digits or to the whole, very large or small ones by powers
 * of ten.
 *
 * @param {number} value
 * @returns {string}
 */
export function threeDigits(value) {
  if (value >= 100 && value < 100_000) return String(Math.round(value));
  if (value === 0 || (value >= 0.001 && value < 100)) return String(Number(value.toPrecision(3)));
  const [digits, exponent] = value.toExponential(2).split("e");
  const raised = [...exponent.replace("+", "")].map((digit) => RAISED[digit]).join("");
  return `${digits} × 10${raised}`;
}

/**
 * Word a loss; a small one by one decimal more, or being nearly sure would seem to cost nothing.
 *
 * @param {number} loss at least 0
 * @returns {string}
 */
export const lossText = (loss) => decimal(loss, loss < 0.1 ? 3 : 2);
