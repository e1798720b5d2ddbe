// @ts-check
// Rounds numbers as numpy does.

/**
 * Round to the nearest whole number, halves to the even one.
 *
 * @param {number} value
 * @returns {number}
 */
export function rint(value) {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest < 0.5 || (rest === 0.5 && whole % 2 === 0) ? whole : whole + 1;
}
