// @ts-check
// Random numbers that a seed gives again: not numpy's numbers, but of the same distribution.

/**
 * Make a generator of numbers between 0 and 1: each count is mixed by the finalizer of MurmurHash3.
 *
 * @param {number} seed a whole number
 * @returns {() => number} gives the next number each time
 */
export function generator(seed) {
  let count = mix(seed ^ 0x9e3779b9);
  return () => {
    count = (count + 0x9e3779b9) | 0;
    return ((mix(count) >>> 0) + 0.5) / 2 ** 32;
  };
}

/** @param {number} bits */
function mix(bits) {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * Draw a standard normal number, by the method of Box and Muller.
 *
 * @param {() => number} random
 * @returns {number}
 */
export function normal(random) {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
