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
  const found = { top: height, bottom: -1, left: width, right: -1 };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!values[y * width + x]) continue;
      if (found.bottom < 0) found.top = y;
      found.bottom = y;
      if (x < found.left) found.left = x;
      if (x > found.right) found.right = x;
    }
  }
  return found;
}

/** @type {(mask: Plane, box: Box) => Plane} */
export function cut({ width, values }, { top, bottom, left, right }) {
  const part = plane(bottom - top, right - left);
  for (let y = 0; y < part.height; y += 1) {
    const start = (top + y) * width;
    part.values.set(values.subarray(start + left, start + right), y * part.width);
  }
  return part;
}

/** @type {(mask: Plane, part: Plane, box: Box) => Plane} */
export function pasted({ height, width, values }, part, { top, left }) {
  const whole = plane(height, width, values.slice());
  for (let y = 0; y < part.height; y += 1) {
    const row = part.values.subarray(y * part.width, (y + 1) * part.width);
    whole.values.set(row, (top + y) * width + left);
  }
  return whole;
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
  const { numbers } = regions;
  for (let i = 0; i < numbers.length; i += 1) {
    if (!numbers[i]) continue;
    const one = found[numbers[i] - 1];
    const y = Math.floor(i / width);
    const x = i - y * width;
    if (!one.area) one.top = y;
    one.bottom = y;
    if (x < one.left) one.left = x;
    if (x > one.right) one.right = x;
    one.area += 1;
  }
  for (const one of found) {
    one.height = one.bottom - one.top + 1;
    one.width = one.right - one.left + 1;
    one.filled = sum(filled(maskOf(mask, numbers, one)));
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
export function maskOf({ width }, numbers, one) {
  const own = plane(one.height, one.width);
  for (let y = 0; y < one.height; y += 1) {
    const start = (one.top + y) * width + one.left;
    for (let x = 0; x < one.width; x += 1) {
      if (numbers[start + x] === one.number) own.values[y * one.width + x] = 1;
    }
  }
  return own;
}

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
  const middle = skeleton(mask).values;
  for (let i = 0; i < middle.length; i += 1) if (middle[i]) widths[numbers[i]].push(depth[i]);
  return widths;
}

/**
 * @param {Plane} mask
 * @param {Int32Array} numbers of the pixels' pieces
 * @param {Set<number>} gone
 */
export const without = (mask, numbers, gone) =>
  gone.size ? map(mask, (value, i) => Number(value && !gone.has(numbers[i]))) : undefined;
