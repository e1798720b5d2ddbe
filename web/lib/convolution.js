// @ts-check
// What one filter makes of one plane, window by window, of the sizes that Keras gives.

import { map, plane } from "./filters.js";
import { upTo } from "./shapes.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {"none" | "same"} Padding "none" is called "valid" in Keras */

/**
 * @typedef {object} Slide how a window slides over one side of a plane
 * @property {number} length of the side
 * @property {number} stride
 * @property {number} before zeros that padding puts before the side
 * @property {number} after zeros that it puts after it
 * @property {number} size places of the window, hence the side of the map
 */

/** Weights a side of a filter. */
export const FILTER_SIDE = 3;
/** Weights of a filter. */
export const WEIGHTS = FILTER_SIDE ** 2;
/** Places a side of what pooling takes the largest of. */
export const POOL_SIDE = 2;

/**
 * Say how a filter slides: as far as it fits, or with padding so that the map is as long as the side,
 * divided by the stride.
 *
 * @param {number} length of the side
 * @param {number} stride
 * @param {Padding} padding an odd zero goes after the side
 * @returns {Slide}
 */
export function slide(length, stride, padding) {
  const places = upTo(length, stride) / stride;
  const zeros = padding === "same" ? Math.max((places - 1) * stride + FILTER_SIDE - length, 0) : 0;
  const before = Math.floor(zeros / 2);
  const size = Math.floor((length + zeros - FILTER_SIDE) / stride) + 1;
  return { length, stride, before, after: zeros - before, size };
}

/**
 * What lies under the window at one of its places, row by row.
 *
 * @param {Plane} source a square
 * @param {Slide} way
 * @param {number} row of the map
 * @param {number} column of the map
 * @returns {number[]} zeros beyond the border
 */
export function windowAt({ height, width, values }, { stride, before }, row, column) {
  return Array.from({ length: WEIGHTS }, (_, i) => {
    const y = row * stride - before + Math.floor(i / FILTER_SIDE);
    const x = column * stride - before + (i % FILTER_SIDE);
    return y >= 0 && y < height && x >= 0 && x < width ? values[y * width + x] : 0;
  });
}

/**
 * @param {number[]} pixels under a window
 * @param {number[]} filter as many weights
 * @returns {number[]} each pixel times its weight
 */
export const products = (pixels, filter) => pixels.map((pixel, i) => pixel * filter[i]);

/**
 * @param {number[]} values
 * @returns {number}
 */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * Slide a filter over a plane: what deep learning calls convolution, which does not flip the filter.
 *
 * @param {Plane} source a square
 * @param {number[]} filter its weights row by row
 * @param {Slide} way
 * @returns {Plane} the map
 */
export function convolve(source, filter, way) {
  const values = Float64Array.from({ length: way.size ** 2 }, (_, place) => {
    const [row, column] = [Math.floor(place / way.size), place % way.size];
    return sum(products(windowAt(source, way, row, column), filter));
  });
  return plane(way.size, way.size, values);
}

/**
 * @param {Plane} source
 * @returns {Plane} zero where it was negative
 */
export const relu = (source) => map(source, (value) => Math.max(value, 0));

/**
 * Keep the largest value of each block; what fills no block at the end is left out.
 *
 * @param {Plane} source
 * @returns {Plane}
 */
export function maxPool({ height, width, values }) {
  const [rows, columns] = [height, width].map((length) => Math.floor(length / POOL_SIDE));
  const largest = plane(rows, columns, new Float64Array(rows * columns).fill(-Infinity));
  for (let y = 0; y < rows * POOL_SIDE; y += 1) {
    for (let x = 0; x < columns * POOL_SIDE; x += 1) {
      const block = Math.floor(y / POOL_SIDE) * columns + Math.floor(x / POOL_SIDE);
      largest.values[block] = Math.max(largest.values[block], values[y * width + x]);
    }
  }
  return largest;
}
