// @ts-check
// Blanks a picture patch by patch to find what a network's answer hangs on.

import { SIDE } from "./canvas.js";
import { pathOf } from "./network.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./network.js").Surgery} Surgery */

/** Sides of patches, in pixels, that tile an image without a rest. */
export const PATCHES = Array.from({ length: SIDE / 2 }, (_, i) => i + 1).filter(
  (side) => SIDE % side === 0,
);

/**
 * @typedef {object} Blanked
 * @property {number} top
 * @property {number} left
 * @property {Float32Array} answer what the network gives once the patch is blank
 */

/**
 * Blank each patch of a tiling in turn, by one forward pass each: exact, so it takes its time.
 *
 * @param {Network} network whose memory is used
 * @param {object} question
 * @param {number} question.given the number of the value that holds the picture
 * @param {number} question.wanted the number of the value that is the answer
 * @param {ArrayLike<number>} question.picture
 * @param {number} question.side of a patch, in pixels
 * @param {Surgery} [question.surgery]
 * @returns {Generator<Blanked, void>}
 */
export function* blankEach(network, { given, wanted, picture, side, surgery }) {
  const path = pathOf(network.description, given, wanted);
  for (let top = 0; top < SIDE; top += side) {
    for (let left = 0; left < SIDE; left += side) {
      const rest = blank(picture, top, left, side);
      network.compute(given, rest, path, surgery);
      yield { top, left, answer: network.read(wanted).slice() };
    }
  }
}

/**
 * @param {ArrayLike<number>} picture
 * @param {number} top
 * @param {number} left
 * @param {number} side of the patch, in pixels; none for 0
 * @returns {Float32Array} the picture with paper where the patch is
 */
export function blank(picture, top, left, side) {
  const rest = Float32Array.from(picture);
  for (let y = top; y < top + side; y += 1) rest.fill(0, y * SIDE + left, y * SIDE + left + side);
  return rest;
}
