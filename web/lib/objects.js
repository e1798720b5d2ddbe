// @ts-check
// Tells what lies on a sheet, a pen or a finger, from the drawing beside it.

import { ALL_AROUND, distances, grown, label, map, not } from "./filters.js";
import { MANY, piecesOf, without } from "./pieces.js";
import { rint } from "./rounding.js";
import { hullRows } from "./sheets.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {import("./pieces.js").Piece} Piece */

// A thing is thicker than the strokes by this factor at least.
const THICKER = 2.5;
// Share of its convex hull that it fills.
const COMPACT = 0.7;
// A pen that ends on the sheet at both ends is longer than wide by this factor.
const LONG = 5;
// Share of a side of the picture that a thing takes at most where it comes in.
const WIDEST = 0.25;

/**
 * Take off what is far thicker than the strokes and reaches over the sheet's edge, or is a rod apart.
 *
 * @param {Plane} mask
 * @param {Plane} [sheet] where the sheet is; everywhere if left out
 * @returns {Plane | undefined} nothing where none is certain
 */
export function withoutObjects(mask, sheet) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups < 2 || regions.groups > MANY) return undefined;
  const { height, width } = mask;
  const depth = distances(mask).values;
  const area = new Float64Array(regions.groups + 1);
  const depths = new Float64Array(regions.groups + 1);
  regions.numbers.forEach((number, i) => {
    area[number] += 1;
    depths[number] += depth[i];
  });
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
    // The mean depth of a line is half of its greatest.
    const own = (2 * depths[one.number]) / one.area;
    let [pixels, deep] = [0, 0];
    for (let number = 1; number < area.length; number += 1) {
      if (number === one.number || gone.has(number)) continue;
      pixels += area[number];
      deep += depths[number];
    }
    if (pixels < 30 || own < (THICKER * 2 * deep) / pixels) continue;
    const piece = map(mask, (_, i) => Number(regions.numbers[i] === one.number));
    if (isObject(mask, piece, one, own, edge)) gone.add(one.number);
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
 */
function isObject(mask, piece, one, half, edge) {
  const { height, width } = mask;
  const rows = hullRows(piece);
  let hull = 0;
  for (let i = 0; i < rows.length; i += 2) hull += Math.max(rows[i + 1] - rows[i] + 1, 0);
  if (one.area < Math.max(COMPACT * hull, 0.95 * one.filled)) return false;
  let [top, bottom, left, right] = [height, -1, width, -1];
  piece.values.forEach((value, i) => {
    if (!value || !edge.values[i]) return;
    const [y, x] = [Math.floor(i / width), i % width];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
  });
  if (bottom >= 0) {
    const across = Math.max(bottom - top, right - left);
    return across >= half && across <= WIDEST * Math.min(height, width);
  }
  const near = grown(piece, rint(half)).values;
  const isApart = !mask.values.some((value, i) => value && !piece.values[i] && near[i]);
  return isApart && one.area >= LONG * (2 * half) ** 2;
}
