// @ts-check
// Measures convex regions of a picture: their rows, their corners, what shows in each direction.

import { map } from "./filters.js";
import { areaOf, bends, fewerSides, sideOf } from "./polygons.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {Float64Array} Rows first, last column of a region in each row, in turn; 1, 0 for none */

// A sheet fills the least rectangle around it up to this share, or is seen slantwise.
export const RECTANGLE = 0.84;
// A sheet seen slantwise fills four sides up to this share; a round or a three-cornered thing does not.
const FOUR_SIDES = 0.94;
// The shortest of its four sides is at least this part of the longest.
const SHORTEST = 0.25;
// In so many directions from its middle a region is looked at.
export const SECTORS = 16;

/**
 * The rows of a mask's convex hull.
 *
 * @param {Plane} mask
 * @returns {Rows}
 */
export function hullRows({ height, width, values }) {
  const rows = Float64Array.from({ length: 2 * height }, (_, i) => 1 - (i % 2));
  /** @type {number[][]} */
  const ends = [];
  for (let y = 0; y < height; y += 1) {
    const row = values.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(1);
    if (first >= 0) ends.push([y, first, row.lastIndexOf(1)]);
  }
  for (const [side, sign] of [
    [0, 1],
    [1, -1],
  ]) {
    /** @type {number[][]} */
    const chain = [];
    for (const end of ends) {
      const [y, x] = [end[0], sign * end[1 + side]];
      while (chain.length > 1) {
        const [[y0, x0], [y1, x1]] = chain.slice(-2);
        if ((x1 - x0) * (y - y0) < (x - x0) * (y1 - y0)) break;
        chain.pop();
      }
      chain.push([y, x]);
    }
    for (let n = 0; n < chain.length; n += 1) {
      const [y0, x0] = chain[n];
      const [y1, x1] = chain[n + 1] ?? chain[n];
      for (let y = y0; y <= y1; y += 1) {
        const part = y1 > y0 ? (y - y0) / (y1 - y0) : 0;
        rows[2 * y + side] = sign * (x0 + (x1 - x0) * part);
      }
    }
  }
  return rows;
}

/** @param {Rows} rows how many pixels a convex region covers */
export function hullArea(rows) {
  let area = 0;
  for (let i = 0; i < rows.length; i += 2) area += Math.max(rows[i + 1] - rows[i] + 1, 0);
  return area;
}

/** @param {Rows} rows points of y, x along both sides of a convex region */
export function corners(rows) {
  const points = [];
  for (let i = 0; i < rows.length; i += 2) {
    if (rows[i + 1] >= rows[i]) points.push([i / 2, rows[i]], [i / 2, rows[i + 1]]);
  }
  return points;
}

/** @param {Rows} rows points of x, y around a convex region, clockwise */
export function pointsAround(rows) {
  const [right, left] = [[], []].map(() => /** @type {number[][]} */ ([]));
  for (let y = 0; 2 * y < rows.length; y += 1) {
    if (rows[2 * y + 1] < rows[2 * y]) continue;
    right.push([rows[2 * y + 1], y]);
    left.push([rows[2 * y], y]);
  }
  return [...right, ...left.reverse()];
}

/** @param {Rows} rows of a sheet, whether it is seen so slantwise that it hardly is a rectangle */
export const isSlanted = (rows) => hullArea(rows) < RECTANGLE * leastBox(rows);

/** @param {Rows} rows whether a convex region has four sides, as a sheet seen slantwise has */
export function hasFourSides(rows) {
  const outline = bends(/** @type {[number, number][]} */ (pointsAround(rows)));
  const area = areaOf(outline);
  const found = fewerSides(outline, area);
  if (found.length !== 4 || area < FOUR_SIDES * areaOf(found)) return false;
  const sides = found.map((_, i) => Math.hypot(...sideOf(found, i)));
  return Math.min(...sides) >= SHORTEST * Math.max(...sides);
}

/** @param {Rows} rows area of the least of the rectangles, turned by whole degrees, around a region */
export function leastBox(rows) {
  const points = corners(rows);
  let best = Infinity;
  for (let degrees = 0; degrees < 90; degrees += 1) {
    const angle = (degrees * Math.PI) / 180;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    let [low, high, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [y, x] of points) {
      const [along, across] = [y * sin + x * cos, y * cos - x * sin];
      [low, high] = [Math.min(low, along), Math.max(high, along)];
      [left, right] = [Math.min(left, across), Math.max(right, across)];
    }
    best = Math.min(best, (high - low + 1) * (right - left + 1));
  }
  return best;
}

/**
 * Mask of a convex region that is given by its rows.
 *
 * @param {Rows} rows
 * @param {Plane} like
 */
export const hullOf = (rows, like) =>
  map(like, (_, i) => {
    const [y, x] = [Math.floor(i / like.width), i % like.width];
    return Number(x >= rows[2 * y] && x <= rows[2 * y + 1]);
  });

/**
 * In which direction from the middle of a region each pixel lies.
 *
 * @param {Plane} hull
 */
export function sectorsOf({ width, values }) {
  let [count, middleY, middleX] = [0, 0, 0];
  values.forEach((value, i) => {
    if (!value) return;
    count += 1;
    middleY += Math.floor(i / width);
    middleX += i % width;
  });
  return Int32Array.from(values, (_, i) => {
    const at = Math.atan2(Math.floor(i / width) - middleY / count, (i % width) - middleX / count);
    return Math.floor((at / Math.PI + 1) * (SECTORS / 2)) % SECTORS;
  });
}

/**
 * What a ring around a region shows in each direction, where that is enough.
 *
 * @param {Plane} hull
 * @param {(i: number) => boolean} isOn
 * @param {(i: number) => number} shown
 */
export function shownAround(hull, isOn, shown) {
  /** @type {number[][]} */
  const seen = Array.from({ length: SECTORS }, () => []);
  sectorsOf(hull).forEach((sector, i) => {
    if (isOn(i)) seen[sector].push(shown(i));
  });
  return seen.filter((one) => one.length >= 20);
}
