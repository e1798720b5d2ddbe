// @ts-check
// Writes how a reader trains as text for an address, or reads it back with care.

import { readDrawing, writeDrawing } from "./drawn.js";
import { MAX_LEVEL } from "./noise.js";
import { join, numberWithin, oneOf, wholeWithin } from "./parts.js";
import { AXES } from "./runs.js";

/** @typedef {import("./drawn.js").Drawing} Drawing */
/** @typedef {import("./parts.js").Parts} Parts */

/**
 * @typedef {object} More what the page shows besides
 * @property {Drawing} drawing to be cleaned
 * @property {number} look the filter that is looked at
 * @property {import("./runs.js").Axis} axis what the loss is drawn over
 */

/** @typedef {import("./trainer.js").Settings & More} State */

/** What a reader may choose. */
export const RATES = [0.0003, 0.001, 0.002, 0.004, 0.01, 0.03, 0.1, 1];
export const FILTERS = [8, 16, 32, 64];
export const BATCHES = [1, 4, 16, 32, 64];

/** @type {(numbers: readonly number[]) => (text: string) => number | undefined} */
const amongst = (numbers) => (text) => {
  const found = oneOf(numbers.map(String))(text);
  return found === undefined ? undefined : Number(found);
};

/**
 * @param {State} state
 * @returns {string} what may follow the # of an address
 */
export const write = ({ drawing, rate, filters, level, batch, seed, look, axis }) =>
  join({ ...writeDrawing(drawing), rate, filters, level, batch, seed, look, axis });

/**
 * Read a state over one given; whatever makes no sense is left as it was.
 *
 * @param {Parts} parts of an address
 * @param {State} given
 * @param {{ category: string, number: number }[]} picks all that there are
 * @returns {State}
 */
export function read(parts, given, picks) {
  const filters = parts.take("filters", amongst(FILTERS), given.filters);
  return {
    drawing: readDrawing(parts, picks, given.drawing),
    rate: parts.take("rate", amongst(RATES), given.rate),
    filters,
    level: parts.take("level", numberWithin(0, MAX_LEVEL), given.level),
    batch: parts.take("batch", amongst(BATCHES), given.batch),
    seed: parts.take("seed", wholeWithin(0, 2 ** 31 - 1), given.seed),
    look: parts.take("look", wholeWithin(0, filters - 1), Math.min(given.look, filters - 1)),
    axis: parts.take("axis", oneOf(AXES), given.axis),
  };
}
