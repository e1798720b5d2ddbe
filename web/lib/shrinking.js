// @ts-check
// Averages a decoded picture's pixels to the size at which ink is looked for, while they come in strips.

import { rint } from "./rounding.js";

/**
 * @typedef {object} Rgba a decoded picture, as ImageData is
 * @property {ArrayLike<number>} data red, green, blue, alpha of each pixel, from 0 to 255
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} Shrunk a picture of at most the longest side
 * @property {Uint8ClampedArray} data the same, each colour as much as it covers
 * @property {number} width
 * @property {number} height
 * @property {boolean} isOpaque whether all of the decoded picture was
 * @property {string[]} [said] what of its file was not taken
 */

// Longest side at which ink is looked for.
export const LONGEST = 800;

// A weight is a whole number of these parts.
const PARTS = 2 ** 22;

/**
 * @typedef {object} Box which pixels are averaged to a new one
 * @property {number} first
 * @property {number} beyond the last
 * @property {number} weight of each
 */

/**
 * Which pixels lie in the box of each new one: those whose centre does. Where a centre lies on the edge
 * of two boxes, rounding tells which it is in, maybe both or none: hence every step is Pillow's, in
 * the same order.
 *
 * @param {number} length
 * @param {number} newLength
 * @returns {Box[]}
 */
function boxes(length, newLength) {
  const scale = length / newLength;
  const half = scale / 2;
  return Array.from({ length: newLength }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const isIn = (/** @type {number} */ x) => {
      const away = (x - centre + 0.5) * (1 / scale);
      return away > -0.5 && away <= 0.5;
    };
    let first = Math.max(0, Math.trunc(centre - half + 0.5));
    let beyond = Math.min(length, Math.trunc(centre + half + 0.5));
    while (first < beyond && !isIn(first)) first += 1;
    while (beyond > first && !isIn(beyond - 1)) beyond -= 1;
    return { first, beyond, weight: Math.trunc(0.5 + (1 / (beyond - first)) * PARTS) };
  });
}

/** @type {(sum: number, weight: number) => number} the average, rounded to a whole number */
const average = (sum, weight) => Math.floor((sum * weight) / PARTS + 0.5);

export class Shrinking {
  /**
   * @param {number} width of the decoded picture
   * @param {number} height
   */
  constructor(width, height) {
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    const [newWidth, newHeight] = [width, height].map((length) =>
      Math.max(1, rint(length * scale)),
    );
    this.from = width;
    this.across = boxes(width, newWidth);
    this.down = boxes(height, newHeight);
    /** @type {Shrunk} */
    this.shrunk = {
      data: new Uint8ClampedArray(4 * newWidth * newHeight),
      width: newWidth,
      height: newHeight,
      isOpaque: true,
    };
    this.averages = new Uint8ClampedArray(4 * newWidth);
    this.sums = new Float64Array(4 * newWidth);
    // The row that comes next, the new row that it belongs to.
    this.row = 0;
    this.newRow = 0;
  }

  /**
   * Take in the next rows. As Pillow does: averaged across, then down, each rounded to whole numbers;
   * colours count as much as they cover.
   *
   * @param {ArrayLike<number>} bytes red, green, blue, alpha of each pixel
   */
  add(bytes) {
    const { shrunk, averages, from } = this;
    const rowBytes = 4 * from;
    for (let start = 0; start + rowBytes <= bytes.length; start += rowBytes) {
      for (let x = 0; x < shrunk.width; x += 1) {
        const { first, beyond, weight } = this.across[x];
        let [red, green, blue, cover] = [0, 0, 0, 0];
        for (let i = first; i < beyond; i += 1) {
          const at = start + 4 * i;
          const alpha = bytes[at + 3];
          if (alpha === 255) {
            red += bytes[at];
            green += bytes[at + 1];
            blue += bytes[at + 2];
          } else {
            shrunk.isOpaque = false;
            red += rint((bytes[at] * alpha) / 255);
            green += rint((bytes[at + 1] * alpha) / 255);
            blue += rint((bytes[at + 2] * alpha) / 255);
          }
          cover += alpha;
        }
        averages[4 * x] = average(red, weight);
        averages[4 * x + 1] = average(green, weight);
        averages[4 * x + 2] = average(blue, weight);
        averages[4 * x + 3] = average(cover, weight);
      }
      this.endRow();
    }
  }

  endRow() {
    const { shrunk, averages, sums, row } = this;
    this.row += 1;
    while (this.newRow < shrunk.height) {
      const { first, beyond, weight } = this.down[this.newRow];
      if (row >= first && row < beyond) {
        for (let i = 0; i < sums.length; i += 1) sums[i] += averages[i];
      }
      if (this.row < beyond) return;
      const start = this.newRow * sums.length;
      for (let i = 0; i < sums.length; i += 1) shrunk.data[start + i] = average(sums[i], weight);
      sums.fill(0);
      this.newRow += 1; // whose box may hold this row too
    }
  }
}

/**
 * Shrink a picture that is there as a whole.
 *
 * @param {Rgba} picture
 * @returns {Shrunk}
 */
export function shrink({ data, width, height }) {
  const shrinking = new Shrinking(width, height);
  shrinking.add(data);
  return shrinking.shrunk;
}
