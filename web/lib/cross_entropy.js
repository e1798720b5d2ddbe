// @ts-check
// The way from logits to a loss, each step as a page shows it.

/**
 * @typedef {object} Steps
 * @property {number[]} powers e to each logit over the temperature
 * @property {number} total their sum
 * @property {number[]} shares the probabilities: each power over the sum
 */

/**
 * Turn logits into probabilities, keeping the numbers on the way.
 *
 * @param {number[]} logits
 * @param {number} temperature above 0
 * @returns {Steps}
 */
export function softmaxSteps(logits, temperature) {
  const powers = logits.map((logit) => Math.exp(logit / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { powers, total, shares: powers.map((power) => power / total) };
}

/**
 * Surprise at what came true: the loss that a network pays for the share that it gave to it.
 *
 * @param {number} share above 0
 * @returns {number} at least 0
 */
export const surprise = (share) => Math.max(0, -Math.log(share));

/**
 * The cross-entropy of a choice: exact also where the share itself is too small for a number.
 *
 * @param {number[]} logits
 * @param {number} temperature above 0
 * @param {number} right the place of the right name
 * @returns {number} at least 0
 */
export function crossEntropy(logits, temperature, right) {
  const scaled = logits.map((logit) => logit / temperature);
  const highest = Math.max(...scaled);
  const total = scaled.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  return Math.max(0, highest - scaled[right] + Math.log(total));
}
