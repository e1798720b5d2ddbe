// @ts-check
// Turns a network's logits into probabilities.

/**
 * Probabilities of some categories, given the logits of all.
 *
 * @param {ArrayLike<number>} logits one number a category
 * @param {number[]} chosen the places of those to choose among
 * @returns {number[]} in the order of the chosen; their sum is 1
 */
export function probabilities(logits, chosen) {
  const some = chosen.map((index) => logits[index]);
  const highest = Math.max(...some);
  const sizes = some.map((logit) => Math.exp(logit - highest));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / total);
}
