// @ts-check
// Writes what a page shows as text for its address, or reads it back with care.

import { bytesOf, textOf } from "./base64.js";
import { PIXELS } from "./canvas.js";
import { KINDS, MAX_LEVEL } from "./noise.js";

/** @typedef {import("./strokes.js").Point} Point */

/**
 * A drawing: a pick of the sample, strokes on the grid of a surface, or the grey levels of an image.
 *
 * @typedef {{ type: "pick", category: string, number: number }
 *   | { type: "strokes", strokes: Point[][] }
 *   | { type: "image", pixels: Uint8Array }} Drawing
 */

/**
 * @typedef {object} State
 * @property {Drawing} drawing
 * @property {string} kind of noise
 * @property {number} level of noise
 * @property {number} seed of the noise
 * @property {number[]} chosen places of the categories to choose among
 */

/** Strokes live on a grid of so many places a side: two digits a coordinate. */
export const GRID = 4096;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MAX_POINTS = 10_000;

/** @param {number} value */
const digits = (value) => DIGITS[value >> 6] + DIGITS[value & 63];

/** @param {Point[][]} strokes */
const writeStrokes = (strokes) =>
  strokes.map((points) => points.flat().map(digits).join("")).join(".");

/**
 * @param {string | null} text
 * @returns {Point[][] | null}
 */
function readStrokes(text) {
  if (text === null || text.length > 4 * MAX_POINTS) return null;
  /** @type {Point[][]} */
  const strokes = [];
  for (const part of text ? text.split(".") : []) {
    const places = [...part].map((letter) => DIGITS.indexOf(letter));
    if (!part || places.length % 4 || places.includes(-1)) return null;
    /** @type {Point[]} */
    const points = [];
    for (let i = 0; i < places.length; i += 4) {
      points.push([places[i] * 64 + places[i + 1], places[i + 2] * 64 + places[i + 3]]);
    }
    strokes.push(points);
  }
  return strokes;
}

/** @param {Uint8Array} pixels */
const writePixels = (pixels) =>
  textOf(pixels).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/**
 * @param {string} text
 * @returns {Uint8Array | null}
 */
function readPixels(text) {
  try {
    const bytes = bytesOf(text.replaceAll("-", "+").replaceAll("_", "/"));
    return bytes.length === PIXELS ? bytes : null;
  } catch {
    return null;
  }
}

/** @param {Drawing} drawing */
function writeDrawing(drawing) {
  if (drawing.type === "pick") return `${drawing.category}.${drawing.number}`;
  return drawing.type === "strokes" ? writeStrokes(drawing.strokes) : writePixels(drawing.pixels);
}

/**
 * Write a state as text: readable, so that it can also be changed by hand.
 *
 * @param {State} state
 * @param {string[]} categories all that there are
 * @returns {string} what may follow the # of an address
 */
export function write({ drawing, kind, level, seed, chosen }, categories) {
  const isAll = chosen.length === categories.length;
  const names = isAll ? "all" : chosen.map((index) => categories[index]).join(",");
  const parts = { [drawing.type]: writeDrawing(drawing), kind, level, seed, categories: names };
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&")
    .replaceAll("%20", "+")
    .replaceAll("%2C", ",");
}

/**
 * @param {URLSearchParams} parts
 * @param {{ category: string, number: number }[]} picks
 * @returns {Drawing | undefined}
 */
function readDrawing(parts, picks) {
  const pixels = readPixels(parts.get("image") ?? "");
  if (pixels) return { type: "image", pixels };
  const strokes = readStrokes(parts.get("strokes"));
  if (strokes) return { type: "strokes", strokes };
  const [, category, number] = /^(.*)\.(\d+)$/.exec(parts.get("pick") ?? "") ?? [];
  const pick = picks.find((one) => one.category === category && one.number === Number(number));
  return pick && { type: "pick", category: pick.category, number: pick.number };
}

/**
 * Read a state over one given; whatever makes no sense is left as it was.
 *
 * @param {string} text what follows the # of an address
 * @param {State} given
 * @param {string[]} categories all that there are
 * @param {{ category: string, number: number }[]} picks all that there are
 * @returns {State}
 */
export function read(text, given, categories, picks) {
  const parts = new URLSearchParams(text);
  const state = { ...given };
  state.drawing = readDrawing(parts, picks) ?? given.drawing;
  const kind = parts.get("kind") ?? "";
  if (Object.hasOwn(KINDS, kind)) state.kind = kind;
  const level = Number(parts.get("level") || Number.NaN);
  if (level >= 0 && level <= MAX_LEVEL) state.level = level;
  const seed = Number(parts.get("seed") || Number.NaN);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) state.seed = seed;
  const names = parts.get("categories");
  if (names === "all") {
    state.chosen = [...categories.keys()];
  } else if (names !== null) {
    const found = names.split(",").map((name) => categories.indexOf(name));
    const chosen = [...new Set(found.filter((index) => index >= 0))];
    if (chosen.length >= 2) state.chosen = chosen;
  }
  return state;
}
