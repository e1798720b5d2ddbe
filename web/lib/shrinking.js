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
 */

// Longest side at which ink is looked for.
const LONGEST = 800;

/**
 * Which pixels lie in the box of each new one: those whose centre does.
 *
 * @param {number} length
 * @param {number} newLength
 */
function boxes(length, newLength) {
  const scale = length / newLength;
  return Array.from({ length: newLength }, (_, i) =>
    [i, i + 1].map((edge) => Math.min(Math.floor(edge * scale + 0.5), length)),
  );
}

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
    const { shrunk, sums, from } = this;
    const rowBytes = 4 * from;
    for (let start = 0; start + rowBytes <= bytes.length; start += rowBytes) {
      for (let x = 0; x < shrunk.width; x += 1) {
        const [first, beyond] = this.across[x];
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
        const count = beyond - first;
        sums[4 * x] += Math.floor(red / count + 0.5);
        sums[4 * x + 1] += Math.floor(green / count + 0.5);
        sums[4 * x + 2] += Math.floor(blue / count + 0.5);
        sums[4 * x + 3] += Math.floor(cover / count + 0.5);
      }
      this.endRow();
    }
  }

  endRow() {
    const { shrunk, sums } = this;
    this.row += 1;
    const [first, beyond] = this.down[this.newRow];
    if (this.row < beyond) return;
    const count = beyond - first;
    const start = this.newRow * sums.length;
    for (let i = 0; i < sums.length; i += 1) {
      shrunk.data[start + i] = Math.floor(sums[i] / count + 0.5);
    }
    sums.fill(0);
    this.newRow += 1;
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
