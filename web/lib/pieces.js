// @ts-check
// Takes a mask of ink apart: turned, cut, pasted, piece by piece.

import { ALL_AROUND, distances, filled, label, map, plane, sum } from "./filters.js";
import { skeleton } from "./skeleton.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {{ top: number, bottom: number, left: number, right: number }} Box bottom, right lie beyond */

/**
 * @typedef {object} Piece ink that hangs together
 * @property {number} number
 * @property {number} top
 * @property {number} bottom
 * @property {number} left
 * @property {number} right
 * @property {number} height
 * @property {number} width
 * @property {number} area
 * @property {number} filled its area with all that it encloses
 */

// More pieces than this are grain or hatching, no writing, no drawings apart.
export const MANY = 300;

/** @param {ArrayLike<number>} values */
export const most = (values) => Array.from(values).reduce((a, b) => Math.max(a, b), -Infinity);
/** @param {ArrayLike<number>} values */
export const least = (values) => Array.from(values).reduce((a, b) => Math.min(a, b), Infinity);
/** @param {Plane} mask */
export const isEmpty = ({ values }) => !values.some(Boolean);

/** @param {Plane} source */
export function turned({ height, width, values }) {
  const result = plane(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) result.values[x * height + y] = values[y * width + x];
  }
  return result;
}

/**
 * The first rows or columns that hold anything, the last too.
 *
 * @param {Plane} mask
 */
export function extent({ height, width, values }) {
  let [top, bottom, left, right] = [height, -1, width, -1];
  values.forEach((value, i) => {
    if (!value) return;
    const [y, x] = [Math.floor(i / width), i % width];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
  });
  return { top, bottom, left, right };
}

/** @type {(mask: Plane, box: Box) => Plane} */
export function cut({ width, values }, { top, bottom, left, right }) {
  const part = plane(bottom - top, right - left);
  return map(part, (_, i) => {
    const [y, x] = [Math.floor(i / part.width), i % part.width];
    return values[(top + y) * width + left + x];
  });
}

/** @type {(mask: Plane, part: Plane, box: Box) => Plane} */
export function pasted(mask, part, { top, bottom, left, right }) {
  return map(mask, (value, i) => {
    const [y, x] = [Math.floor(i / mask.width), i % mask.width];
    const isBeyond = y < top || y >= bottom || x < left || x >= right;
    return isBeyond ? value : part.values[(y - top) * part.width + x - left];
  });
}

/**
 * @param {Plane} mask
 * @param {{ numbers: Int32Array, groups: number }} [regions]
 * @returns {Piece[]}
 */
export function piecesOf(mask, regions = label(mask, ALL_AROUND)) {
  const { width } = mask;
  const found = Array.from({ length: regions.groups }, (_, i) => ({
    number: i + 1,
    top: Infinity,
    bottom: -Infinity,
    left: Infinity,
    right: -Infinity,
    height: 0,
    width: 0,
    area: 0,
    filled: 0,
  }));
  regions.numbers.forEach((number, i) => {
    if (!number) return;
    const one = found[number - 1];
    const [y, x] = [Math.floor(i / width), i % width];
    [one.top, one.bottom] = [Math.min(one.top, y), Math.max(one.bottom, y)];
    [one.left, one.right] = [Math.min(one.left, x), Math.max(one.right, x)];
    one.area += 1;
  });
  for (const one of found) {
    one.height = one.bottom - one.top + 1;
    one.width = one.right - one.left + 1;
    one.filled = sum(filled(maskOf(mask, regions.numbers, one)));
  }
  return found;
}

/**
 * The mask of a piece, of its box.
 *
 * @param {Plane} mask
 * @param {Int32Array} numbers of the pixels' pieces
 * @param {Piece} one
 */
export const maskOf = ({ width }, numbers, one) =>
  map(plane(one.height, one.width), (_, i) => {
    const [y, x] = [one.top + Math.floor(i / one.width), one.left + (i % one.width)];
    return Number(numbers[y * width + x] === one.number);
  });

/** @param {Piece[]} all the one with the largest box of these */
export const largestBox = (all) =>
  all.reduce((best, one) => (one.height * one.width > best.height * best.width ? one : best));

/** Those of some pieces that lie within the box of one, reach none of its sides. @type {(all: Piece[], box: Piece) => Piece[]} */
export const piecesInside = (all, box) =>
  all.filter(
    (one) =>
      one.top > box.top && one.bottom < box.bottom && one.left > box.left && one.right < box.right,
  );

/**
 * Half the widths along the middle lines of each piece, by their numbers. By their median, what is drawn is
 * as wide as its pen, even where much of it is filled.
 *
 * @param {Plane} mask
 * @param {{ numbers: Int32Array, groups: number }} regions
 * @returns {number[][]}
 */
export function pensOf(mask, { numbers, groups }) {
  const depth = distances(mask).values;
  /** @type {number[][]} */
  const widths = Array.from({ length: groups + 1 }, () => []);
  skeleton(mask).values.forEach((value, i) => {
    if (value) widths[numbers[i]].push(depth[i]);
  });
  return widths;
}

/**
 * @param {Plane} mask
 * @param {Int32Array} numbers of the pixels' pieces
 * @param {Set<number>} gone
 */
export const without = (mask, numbers, gone) =>
  gone.size ? map(mask, (value, i) => Number(value && !gone.has(numbers[i]))) : undefined;
