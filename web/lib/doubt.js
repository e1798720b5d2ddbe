// @ts-check
// What the softmax page shows, as text of its address.

import { join, numbersWithin, numberWithin, oneOf } from "./parts.js";

/** @typedef {import("./parts.js").Parts} Parts */

/**
 * @typedef {object} State
 * @property {number[]} logits one a name
 * @property {number} temperature
 * @property {number} right the place of the right name
 */

/** The largest logit that may be set, without its sign. */
export const MOST = 25;
/** What a temperature may be. */
export const TEMPERATURES = { lowest: 0.1, highest: 5 };

// How far a sure network is ahead.
const AHEAD = 7;

/** Ways to be sure or not, given the place of the right name. @type {Record<string, (right: number, count: number) => number[]>} */
export const PRESETS = {
  sure_and_right: (right, count) =>
    Array.from({ length: count }, (_, i) => (i === right ? AHEAD : 0)),
  sure_and_wrong: (right, count) =>
    Array.from({ length: count }, (_, i) => (i === (right + 1) % count ? AHEAD : 0)),
  undecided: (_, count) => Array(count).fill(0),
};

/**
 * Add the same to every logit.
 *
 * @param {number[]} logits
 * @param {number} step
 * @returns {number[] | null} null if one would leave the range
 */
export function shift(logits, step) {
  const shifted = logits.map((logit) => Number((logit + step).toFixed(2)));
  return shifted.every((logit) => Math.abs(logit) <= MOST) ? shifted : null;
}

/**
 * @param {State} state
 * @param {string[]} names
 * @returns {string} what may follow the # of an address
 */
export const write = ({ logits, temperature, right }, names) =>
  join({ logits: logits.join(","), temperature, right: names[right] });

/**
 * Read a state over one given; whatever makes no sense is left as it was.
 *
 * @param {Parts} parts of an address
 * @param {State} given
 * @param {string[]} names
 * @returns {State}
 */
export const read = (parts, given, names) => ({
  logits: parts.take("logits", numbersWithin(names.length, -MOST, MOST), given.logits),
  temperature: parts.take(
    "temperature",
    numberWithin(TEMPERATURES.lowest, TEMPERATURES.highest),
    given.temperature,
  ),
  right: names.indexOf(parts.take("right", oneOf(names), names[given.right])),
});
