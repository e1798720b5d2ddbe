// @ts-check
// Tells what lies on a sheet, a pen or a finger, from the drawing beside it.

import { ALL_AROUND, grown, label, map, median, not } from "./filters.js";
import { hullArea, hullRows } from "./hulls.js";
import { extent, MANY, pensOf, piecesOf, without } from "./pieces.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {import("./pieces.js").Piece} Piece */

// A thing is thicker than the strokes by this factor at least.
const THICKER = 2.5;
// A straight rod that lies apart is a pen where it is thicker than the strokes by this factor and this many
// pixels: by hand no stroke of a drawing is so much bolder than its others, and straight all along.
const BOLDER = 1.25;
const PIXELS = 1;
// Share of its convex hull that a thing fills, that a straight rod does.
const COMPACT = 0.7;
const STRAIGHT = 0.95;
// A thing that lies on the sheet with both ends is longer than wide by this factor, a rod by that.
const LONG = 5;
const ROD = 7;
// What comes in over the edge is longer than wide by this factor; less is a blot of the drawing.
const IN = 1.75;
// Share of a side of the picture that a thing takes at most where it comes in.
const WIDEST = 0.25;

/**
 * Take off what is thicker than the strokes and reaches over the sheet's edge, or is a rod apart.
 *
 * @param {Plane} mask
 * @param {Plane} [sheet] where the sheet is; everywhere if left out
 * @returns {Plane | undefined} nothing where none is certain
 */
export function withoutObjects(mask, sheet) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups < 2 || regions.groups > MANY) return undefined;
  const { height, width } = mask;
  const pens = pensOf(mask, regions);
  const beyond = sheet && grown(not(sheet), 2).values;
  const edge = map(mask, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const isAtBorder = y < 2 || y >= height - 2 || x < 2 || x >= width - 2;
    return Number(isAtBorder || beyond?.[i]);
  });
  /** @type {Set<number>} */
  const gone = new Set();
  const all = piecesOf(mask, regions).sort((a, b) => b.area - a.area || a.number - b.number);
  for (const one of all) {
    const others = all.filter(({ number }) => number !== one.number && !gone.has(number));
    if (others.reduce((sum, { area }) => sum + area, 0) < 30) continue;
    const own = median(pens[one.number]);
    const strokes = median(others.flatMap(({ number }) => pens[number]));
    if (!(own >= Math.max(BOLDER * strokes, strokes + PIXELS))) continue;
    const piece = map(mask, (_, i) => Number(regions.numbers[i] === one.number));
    if (isObject(mask, piece, one, own, edge, own >= THICKER * strokes)) gone.add(one.number);
  }
  return without(mask, regions.numbers, gone);
}

/**
 * Whether a piece is a thing: solid, and it comes in over the edge, or is a rod.
 *
 * @param {Plane} mask
 * @param {Plane} piece
 * @param {Piece} one
 * @param {number} half its thickness
 * @param {Plane} edge
 * @param {boolean} isFarThicker
 */
function isObject(mask, piece, one, half, edge, isFarThicker) {
  const { height, width } = mask;
  const hull = hullArea(hullRows(piece));
  if (one.area < Math.max(COMPACT * hull, 0.95 * one.filled)) return false;
  const atEdge = map(piece, (value, i) => value * edge.values[i]);
  const { top, bottom, left, right } = extent(atEdge);
  const isAtEdge = bottom >= 0;
  const long = one.area / (2 * half) ** 2;
  if (isAtEdge) {
    const across = Math.max(bottom - top, right - left);
    if (across < half || across > WIDEST * Math.min(height, width)) return false;
    if (isFarThicker) return long >= IN;
  }
  // What is densely filled has a middle line, and is thick, without being long.
  if (one.height ** 2 + one.width ** 2 < LONG * one.area) return false;
  const isStraight = one.area >= Math.max(STRAIGHT * hull, 0.98 * one.filled) && long >= ROD;
  if (!isStraight && !(isFarThicker && long >= LONG && !isAtEdge)) return false;
  const near = grown(piece, rint(half)).values;
  return !mask.values.some((value, i) => value && !piece.values[i] && near[i]);
}
