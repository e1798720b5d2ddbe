// @ts-check
// Writes what the playground shows as text for its address, or reads it back with care.

import { readDrawing, writeDrawing } from "./drawn.js";
import { joinNames, splitNames } from "./lists.js";
import { KINDS, MAX_LEVEL } from "./noise.js";
import { join, numberWithin, wholeWithin } from "./parts.js";

/** @typedef {import("./drawn.js").Drawing} Drawing */
/** @typedef {import("./parts.js").Parts} Parts */

/**
 * @typedef {object} State
 * @property {Drawing} drawing
 * @property {string} kind of noise
 * @property {number} level of noise
 * @property {number} seed of the noise
 * @property {number[]} chosen places of the categories to choose among
 */

/**
 * Write a state as text: readable, so that it can also be changed by hand.
 *
 * @param {State} state
 * @param {string[]} categories all that there are
 * @returns {string} what may follow the # of an address
 */
export function write({ drawing, kind, level, seed, chosen }, categories) {
  const isAll = chosen.length === categories.length;
  const names = isAll ? "all" : joinNames(chosen.map((index) => categories[index]));
  return join({ ...writeDrawing(drawing), kind, level, seed, categories: names });
}

/**
 * Read a state over one given; whatever makes no sense is left as it was.
 *
 * @param {Parts} parts of an address
 * @param {State} given
 * @param {string[]} categories all that there are
 * @param {{ category: string, number: number }[]} picks all that there are
 * @returns {State}
 */
export function read(parts, given, categories, picks) {
  /** @type {(text: string) => number[] | undefined} */
  const readNames = (text) => {
    if (text === "all") return [...categories.keys()];
    const found = splitNames(text).map((name) => categories.indexOf(name));
    const chosen = [...new Set(found.filter((index) => index >= 0))];
    return chosen.length >= 2 ? chosen : undefined;
  };
  /** @type {(text: string) => string | undefined} */
  const readKind = (text) => (Object.hasOwn(KINDS, text) ? text : undefined);
  return {
    drawing: readDrawing(parts, picks, given.drawing),
    kind: parts.take("kind", readKind, given.kind),
    level: parts.take("level", numberWithin(0, MAX_LEVEL), given.level),
    seed: parts.take("seed", wholeWithin(0, 2 ** 31 - 1), given.seed),
    chosen: parts.take("categories", readNames, given.chosen),
  };
}
