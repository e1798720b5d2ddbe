// @ts-check
// The kinds of noise of the Python package, each by the same name.

import { SIDE } from "./canvas.js";
import { generator, normal } from "./random.js";

/** The highest level that a page offers. */
export const MAX_LEVEL = 2;

/**
 * Draws from a generator what a level needs, then gives the noisy value of each pixel, given its clean
 * value from 0 to 1 with its place. It may leave that range.
 *
 * @typedef {(level: number, random: () => number) => (value: number, place: number) => number} Kind
 */

/**
 * Every kind by its name; another is one more entry here. The same numbers are drawn at every level, so
 * that moving a slider moves the same noise.
 *
 * @type {Record<string, Kind>}
 */
export const KINDS = {
  gaussian: (level, random) => (value) => value + (level / 2) * (normal(random) + 1),
  salt_and_pepper: (level, random) => (value) => {
    const [chance, side] = [random(), random()];
    return chance < level / 2 ? Number(side < 0.5) : value;
  },
  speckle: (level, random) => (value) => value * (1 + level * normal(random)),
  missing_strips: (level, random) => {
    const missing = Array.from({ length: SIDE }, () => random() < level / 4);
    return (value, place) => (missing[Math.floor(place / SIDE)] ? 0 : value);
  },
};

/**
 * Add noise to an image.
 *
 * @param {ArrayLike<number>} image its pixels row by row, from 0 to 1
 * @param {number} level from 0 to `MAX_LEVEL`
 * @param {string} kind a name in `KINDS`
 * @param {number} seed a whole number
 * @returns {Float32Array} the noisy pixels, from 0 to 1
 * @throws {RangeError} if there is no such kind, or the level is out of range
 */
export function addNoise(image, level, kind, seed) {
  if (!Object.hasOwn(KINDS, kind)) {
    const names = Object.keys(KINDS).join(", ");
    throw new RangeError(`There is no noise of the kind "${kind}"; choose one of ${names}.`);
  }
  if (!(level >= 0 && level <= MAX_LEVEL)) {
    throw new RangeError(`A noise level must lie between 0 and ${MAX_LEVEL}, not be ${level}.`);
  }
  const spoil = KINDS[kind](level, generator(seed));
  return Float32Array.from(image, (value, place) => Math.min(Math.max(spoil(value, place), 0), 1));
}
