// @ts-check
// What is said of a training, of weights that a file brings.

import { shapesOf } from "./autoencoder.js";
import { FILTERS } from "./training_state.js";

/**
 * @typedef {object} Standing
 * @property {number} step
 * @property {number} heldOut what the drawings kept out cost
 * @property {number} level of their noise
 * @property {number} spread of the answers' pixels
 */

// Answers that differ by less are one grey.
const ONE_GREY = 0.02;
// Adam's first steps are as long as any, whatever the slopes: only so many tell where it goes, or a loss that is
// so many times as high.
const TELLING_STEPS = 10;
const FAR_HIGHER = 3;

/**
 * Name the weights that a network begins with.
 *
 * @param {string} [file] that brought them; random ones by default
 */
export const weightsOf = (file) =>
  file === undefined ? "random weights" : `the weights of “${file}”`;

/**
 * Say what a reader should make of how the training stands.
 *
 * @param {Standing} now
 * @param {Standing} first before the first step
 * @param {boolean} [isTrained] whether it began with weights that a file brought, no random ones
 * @returns {string} nothing, if it goes well
 */
export function verdict({ step, heldOut, level, spread }, first, isTrained = false) {
  if (!Number.isFinite(heldOut) && !step) {
    return "With these weights the loss is no number: they are too large.";
  }
  if (!Number.isFinite(heldOut)) {
    return "It has diverged: the steps were so long that the weights grew beyond all numbers. Choose a lower learning rate, then Reset.";
  }
  const isHigher = heldOut > first.heldOut * (step < TELLING_STEPS ? FAR_HIGHER : 1);
  // Weights that are good already may lose a little at first; under more noise any answer costs more.
  if (step && !isTrained && level === first.level && isHigher) {
    return "It diverges: the loss is higher than it was with random weights, since the steps leap over the valley. Choose a lower learning rate, then Reset.";
  }
  const wasStuck = isTrained && first.spread < ONE_GREY;
  if (step && !wasStuck && spread < ONE_GREY) {
    return "It is stuck: whatever it is given, it bets the same grey on every pixel. The steps were so long that its ReLUs have died: they give 0, which has no slope to learn by. Choose a lower learning rate, then Reset.";
  }
  return "";
}

/**
 * Find a network's weights among arrays.
 *
 * @param {import("./npz.js").NumpyArray[]} arrays
 * @returns {Float32Array[] | null} null, if they are not those of one that a page may open
 */
export function weightsIn(arrays) {
  const filters = arrays[1]?.values.length ?? 0;
  const areShaped =
    FILTERS.includes(filters) &&
    JSON.stringify(arrays.map(({ shape }) => shape)) === JSON.stringify(shapesOf(filters));
  if (!areShaped) return null;
  const weights = arrays.map(({ values }) => values);
  return weights.every((values) => values.every(Number.isFinite)) ? weights : null;
}
