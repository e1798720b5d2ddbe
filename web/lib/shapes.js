// @ts-check
// Arithmetic with the lengths of arrays.

/**
 * @param {number[]} lengths
 * @returns {number} how many numbers an array of these lengths holds
 */
export const product = (lengths) => lengths.reduce((total, length) => total * length, 1);

/**
 * @param {number} length
 * @param {number} step
 * @returns {number} the next multiple of the step
 */
export const upTo = (length, step) => Math.ceil(length / step) * step;
