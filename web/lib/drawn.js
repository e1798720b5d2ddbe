// @ts-check
// A reader's drawing as a part of an address.

import { bytesOf, textOf } from "./base64.js";
import { PIXELS } from "./canvas.js";
import { boxAround, drawStroke, fitOf, layOver, normaliseStroke, shiftOf } from "./strokes.js";

/** @typedef {import("./parts.js").Parts} Parts */
/** @typedef {import("./strokes.js").Point} Point */

/**
 * A drawing: a pick of the sample, strokes on the grid of a surface, or the grey levels of an image.
 *
 * @typedef {{ type: "pick", category: string, number: number }
 *   | { type: "strokes", strokes: Point[][] }
 *   | { type: "image", pixels: Uint8Array }} Drawing
 */

/** Strokes live on a grid of so many places a side: two digits a coordinate. */
export const GRID = 4096;
const STROKES = "strokes=";
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
// Letters of strokes that an address may hold, or that a page keeps for itself.
const LONGEST = { inAddress: 40_000, kept: 2_000_000 };
// A drawing smaller than this share of the surface is not blown up to its full size.
const DOT = GRID / 8;

/** @param {number} value */
const digits = (value) => DIGITS[value >> 6] + DIGITS[value & 63];

/** @param {Point[][]} strokes */
const writeStrokes = (strokes) =>
  strokes.map((points) => points.flat().map(digits).join("")).join(".");

/**
 * @param {string} text
 * @param {number} longest
 * @returns {Point[][] | undefined}
 */
function readStrokes(text, longest) {
  if (text.length > longest) return undefined;
  /** @type {Point[][]} */
  const strokes = [];
  for (const part of text ? text.split(".") : []) {
    const places = [...part].map((letter) => DIGITS.indexOf(letter));
    if (!part || places.length % 4 || places.includes(-1)) return undefined;
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
 * @returns {Uint8Array | undefined}
 */
function readPixels(text) {
  try {
    const bytes = bytesOf(text.replaceAll("-", "+").replaceAll("_", "/"));
    return bytes.length === PIXELS ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Write a drawing as a part of an address, by the name of its type.
 *
 * @param {Drawing} drawing
 * @returns {Record<string, string>}
 */
export function writeDrawing(drawing) {
  if (drawing.type === "pick") return { pick: `${drawing.category}.${drawing.number}` };
  if (drawing.type === "image") return { image: writePixels(drawing.pixels) };
  return { strokes: writeStrokes(drawing.strokes) };
}

/**
 * Leave out of a state's text the strokes that are too long for an address.
 *
 * @param {string} text
 * @returns {string}
 */
export const shorten = (text) =>
  text
    .split("&")
    .filter(
      (part) => !part.startsWith(STROKES) || part.length <= STROKES.length + LONGEST.inAddress,
    )
    .join("&");

/**
 * Read a drawing; an image goes before strokes, strokes before a pick.
 *
 * @param {Parts} parts
 * @param {{ category: string, number: number }[]} picks all that there are
 * @param {Drawing} given what it is if the parts name none
 * @returns {Drawing}
 */
export function readDrawing(parts, picks, given) {
  /** @type {(text: string) => Drawing | undefined} */
  const readPick = (text) => {
    const [, category, number] = /^(.*)\.(\d+)$/.exec(text) ?? [];
    const pick = picks.find((one) => one.category === category && one.number === Number(number));
    return pick && { type: "pick", category: pick.category, number: pick.number };
  };
  const pick = parts.take("pick", readPick, given);
  const longest = parts.isOwn ? LONGEST.kept : LONGEST.inAddress;
  const strokes = parts.take("strokes", (text) => readStrokes(text, longest), undefined);
  const pixels = parts.take("image", readPixels, undefined);
  if (pixels) return { type: "image", pixels };
  return strokes ? { type: "strokes", strokes } : pick;
}

/**
 * What is known of a stroke since it was drawn last.
 *
 * @typedef {object} Known
 * @property {number} length how many points it had: a stroke only grows
 * @property {import("./strokes.js").Box} box around it
 * @property {string} fit which all strokes had then
 * @property {import("./strokes.js").Stroke} stroke so fitted
 * @property {string} shift which all strokes had then
 * @property {import("./strokes.js").Ink} ink
 */

/** @type {WeakMap<Point[], Partial<Known>>} */
const known = new WeakMap();

/** @param {Point[]} points @returns {Partial<Known>} */
function recall(points) {
  let about = known.get(points);
  if (about?.length !== points.length) {
    about = { length: points.length, box: boxAround(points) };
    known.set(points, about);
  }
  return about;
}

/**
 * Draw strokes of a surface as the data were drawn. Of many, only those are drawn anew that were not
 * there before, unless all are shifted by them.
 *
 * @param {Point[][]} strokes on the grid, of at least one point each
 * @returns {Uint8Array | null} the grey levels of an image's pixels; null if there is no stroke
 */
export function pixelsOf(strokes) {
  if (!strokes.length) return null;
  const all = strokes.map((points) => /** @type {Known} */ (recall(points)));
  const fit = fitOf(
    all.map(({ box }) => box),
    DOT,
  );
  const fitText = String(Object.values(fit));
  for (const [i, one] of all.entries()) {
    if (one.fit === fitText) continue;
    Object.assign(one, { fit: fitText, stroke: normaliseStroke(strokes[i], fit), shift: "" });
  }
  const shift = shiftOf(all.map(({ stroke }) => stroke));
  const shiftText = String(shift);
  for (const one of all) {
    if (one.shift === shiftText) continue;
    Object.assign(one, { shift: shiftText, ink: drawStroke(one.stroke, shift) });
  }
  return layOver(all.map(({ ink }) => ink));
}
