// @ts-check
// The interval of a share: Wilson's, in numbers or words as the Python package has it.

// The standard normal distribution holds 95 % between minus this and this.
const Z = 1.959963984540054;

/**
 * 95 % interval of a share (Wilson 1927).
 *
 * @param {number} right how many
 * @param {number} n of how many, at least 1
 * @returns {[number, number]} bounds from 0 to 1
 * @throws {RangeError} if that is no share
 */
export function wilson(right, n) {
  if (!(n >= 1 && right >= 0 && right <= n)) throw new RangeError(`${right} of ${n} is no share.`);
  const share = right / n;
  const scale = 1 + Z ** 2 / n;
  const middle = (share + Z ** 2 / (2 * n)) / scale;
  const reach = (Z / scale) * Math.sqrt((share * (1 - share)) / n + (Z / (2 * n)) ** 2);
  return [right === 0 ? 0 : middle - reach, right === n ? 1 : middle + reach];
}

/**
 * Word an interval in whole per cent; of very many drawings, in as many digits as part its ends.
 *
 * @param {number} low bound from 0 to 1
 * @param {number} high bound from 0 to 1
 * @returns {string} as `49%–94%`
 */
export function between(low, high) {
  const told = [0, 1, 2, 3].map((digits) =>
    [low, high].map((end) => `${(100 * end).toFixed(digits)}%`),
  );
  return (told.find(([one, other]) => one !== other) ?? told[3]).join("–");
}

/**
 * Word a share as a count with its interval.
 *
 * @param {number} right how many
 * @param {number} n of how many, at least 1
 * @returns {string} as `8 of 10 (49%–94%)`
 */
export const counted = (right, n) => `${right} of ${n} (${between(...wilson(right, n))})`;
