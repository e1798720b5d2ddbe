// @ts-check
// The interval of a share: Wilson's, as the Python package computes it.

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
