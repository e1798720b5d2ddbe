// @ts-check
// What "Slide a filter" shows, as text of its address.

import { SIDE } from "./canvas.js";
import { slide, WEIGHTS } from "./convolution.js";
import { readDrawing, writeDrawing } from "./drawn.js";
import { join, numbersWithin, oneOf } from "./parts.js";

/** @typedef {import("./convolution.js").Padding} Padding */
/** @typedef {import("./drawn.js").Drawing} Drawing */
/** @typedef {import("./parts.js").Parts} Parts */

/**
 * @typedef {object} State
 * @property {Drawing} drawing
 * @property {number[]} filter its weights row by row
 * @property {1 | 2} stride
 * @property {Padding} padding
 * @property {boolean} relu whether negative sums become zero
 * @property {boolean} pool whether the largest of each block is kept
 * @property {[number, number]} at the window's place: row, column of the map
 * @property {boolean} whole whether all of the map is shown, not only what the window has passed
 */

/** The largest weight that may be set, without its sign. */
export const MOST = 9;
/** Decimals of a weight in an address. */
const DECIMALS = 4;

/** Filters made by hand, by what they answer to or do. @type {Record<string, number[]>} */
export const PRESETS = {
  upright: [-1, 2, -1, -1, 2, -1, -1, 2, -1],
  level: [-1, -1, -1, 2, 2, 2, -1, -1, -1],
  rising: [-1, -1, 2, -1, 2, -1, 2, -1, -1],
  falling: [2, -1, -1, -1, 2, -1, -1, -1, 2],
  edge: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  blur: Array(WEIGHTS).fill(1 / WEIGHTS),
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
};

/**
 * @param {number[]} filter
 * @returns {string | undefined} the preset's name, if it is one
 */
export const presetOf = (filter) =>
  Object.keys(PRESETS).find((name) => PRESETS[name].every((weight, i) => weight === filter[i]));

/** @param {boolean} isOn */
const onOff = (isOn) => (isOn ? "on" : "off");

/**
 * Keep a window's place on the map.
 *
 * @param {State} state
 * @param {number} row
 * @param {number} column
 * @returns {[number, number]}
 */
export function place({ stride, padding }, row, column) {
  const last = slide(SIDE, stride, padding).size - 1;
  /** @param {number} index */
  const within = (index) => Math.min(Math.max(Math.round(index), 0), last);
  return [within(row), within(column)];
}

/**
 * @param {State} state
 * @returns {string} what may follow the # of an address
 */
export function write({ drawing, filter, stride, padding, relu, pool, at, whole }) {
  return join({
    ...writeDrawing(drawing),
    filter: presetOf(filter) ?? filter.map((weight) => Number(weight.toFixed(DECIMALS))).join(","),
    stride,
    padding,
    relu: onOff(relu),
    pool: onOff(pool),
    at: at.join(","),
    map: whole ? "whole" : "part",
  });
}

/**
 * Read a state over one given; whatever makes no sense is left as it was.
 *
 * @param {Parts} parts of an address
 * @param {State} given
 * @param {{ category: string, number: number }[]} picks all that there are
 * @returns {State}
 */
export function read(parts, given, picks) {
  /** @type {(name: string, given: boolean) => boolean} */
  const takeSwitch = (name, isOn) => parts.take(name, oneOf(["on", "off"]), onOff(isOn)) === "on";
  /** @type {(text: string) => number[] | undefined} */
  const readFilter = (text) =>
    Object.hasOwn(PRESETS, text) ? PRESETS[text] : numbersWithin(WEIGHTS, -MOST, MOST)(text);
  /** @type {State} */
  const state = {
    drawing: readDrawing(parts, picks, given.drawing),
    filter: parts.take("filter", readFilter, given.filter),
    stride: parts.take("stride", oneOf(["1", "2"]), String(given.stride)) === "2" ? 2 : 1,
    padding: parts.take("padding", oneOf(["none", "same"]), given.padding),
    relu: takeSwitch("relu", given.relu),
    pool: takeSwitch("pool", given.pool),
    at: given.at,
    whole: parts.take("map", oneOf(["whole", "part"]), given.whole ? "whole" : "part") === "whole",
  };
  const [row, column] = parts.take("at", numbersWithin(2, 0, SIDE - 1), given.at);
  return { ...state, at: place(state, row, column) };
}
