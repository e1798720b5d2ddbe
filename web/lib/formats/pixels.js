// @ts-check
// Holds a decoded picture in as few bytes a pixel as it has channels.

import { rint } from "../rounding.js";

/**
 * @typedef {object} Pixels a decoded picture
 * @property {number} width
 * @property {number} height
 * @property {number} channels 1 grey or places in the palette, 2 these with alpha, 3 colours, 4 with alpha
 * @property {Uint8Array | Uint8ClampedArray} data row by row, from the top
 * @property {ArrayLike<number>} [palette] red, green, blue, alpha of each of its places
 */

/**
 * @typedef {object} Opened a picture whose header is read, nothing unpacked yet
 * @property {string} format
 * @property {string} [within] the format of what that holds, where it holds another
 * @property {number} width
 * @property {number} height
 * @property {(decode: Decode) => Pixels | Promise<Pixels>} decode throws whatever if it is torn
 */

/**
 * @callback Decode has the browser decode a picture
 * @param {Uint8Array[]} parts of its file
 * @returns {Promise<Pixels>}
 */

/** What a file says cannot be. */
export class TornError extends Error {}

/** What a file says can be, yet is not read: its message says what that is. */
export class UnreadError extends Error {}

/**
 * @param {number} count of bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const room = (count) => new Uint8Array(count);

/** Reads numbers one after the other; what is beyond the end is torn. */
export class Cursor {
  /**
   * @param {Uint8Array} bytes
   * @param {boolean} [little] whether a number's last byte comes first
   */
  constructor(bytes, little = true) {
    this.bytes = bytes;
    this.little = little;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  /** @param {number} count @returns {number} where it was before it went on */
  step(count) {
    const at = this.at;
    if (!(count >= 0) || at + count > this.bytes.length) throw new TornError("the end is missing");
    this.at = at + count;
    return at;
  }

  u8() {
    return this.view.getUint8(this.step(1));
  }

  u16() {
    return this.view.getUint16(this.step(2), this.little);
  }

  u32() {
    return this.view.getUint32(this.step(4), this.little);
  }

  /** @param {number} count */
  take(count) {
    const at = this.step(count);
    return this.bytes.subarray(at, at + count);
  }
}

/**
 * @param {Pixels} pixels
 * @param {number} top
 * @param {number} tall
 * @returns {Uint8ClampedArray} some of its rows, red, green, blue, alpha of each pixel
 */
export function rowsOf({ width, channels, data, palette }, top, tall) {
  const rgba = new Uint8ClampedArray(4 * width * tall).fill(255);
  const hasAlpha = channels % 2 === 0;
  let at = channels * width * top;
  if (data.length < at + channels * width * tall) throw new TornError("the end is missing");
  for (let i = 0; i < rgba.length; i += 4, at += channels) {
    if (palette) {
      for (let c = 0; c < 4; c += 1) rgba[i + c] = palette[4 * data[at] + c] ?? Number(c > 2) * 255;
    } else {
      for (let c = 0; c < 3; c += 1) rgba[i + c] = data[channels < 3 ? at : at + c];
    }
    if (hasAlpha) rgba[i + 3] = data[at + channels - 1];
  }
  return rgba;
}

/**
 * Bring numbers of more than 8 bits to 8, as Python does: by the largest and the least of them.
 *
 * @param {ArrayLike<number>} values
 * @param {boolean} areFractions whether the largest may be 1
 * @returns {Uint8ClampedArray}
 */
export function toEightBits(values, areFractions = false) {
  const { low, factor } = scaleOf(values, areFractions);
  const eight = new Uint8ClampedArray(values.length);
  const single = Math.fround(factor);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] - low;
    // No number is 0.
    eight[i] = Math.floor(areFractions ? Math.fround(Math.fround(value) * single) : value * factor);
  }
  return eight;
}

/**
 * Say what is black among numbers, and what brings those above it to 8 bits.
 *
 * @param {ArrayLike<number>} values
 * @param {boolean} areFractions
 * @returns {{ low: number, factor: number }}
 */
function scaleOf(values, areFractions) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i += 1) {
    if (!Number.isFinite(values[i])) continue;
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (high < low) return { low: 0, factor: 1 };
  // Enlarging or turning leads so far below black.
  if (low <= -high / 2 && low < 0) return { low, factor: 255 / (high - low || 1) };
  if (areFractions && high <= 1) return { low: 0, factor: 255 };
  if (areFractions) return { low: 0, factor: high > 128 && high <= 255 ? 1 : 255 / high };
  // Cameras and scanners keep 10 or 12 bits in 16.
  const bits = Math.max(8, 32 - Math.clz32(high));
  return { low: 0, factor: high <= 65535 ? 2 ** (8 - bits) : 255 / high };
}

/**
 * Turn a picture as Exif's orientation says.
 *
 * @param {Pixels} pixels
 * @param {number} orientation from 1, which is upright, to 8
 * @returns {Pixels}
 */
export function turned(pixels, orientation) {
  if (!(orientation >= 2 && orientation <= 8)) return pixels;
  const { width, height, channels, data } = pixels;
  const isAcross = orientation > 4;
  const [wide, tall] = isAcross ? [height, width] : [width, height];
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const result = room(data.length);
  for (let y = 0; y < tall; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      const [column, row] = isAcross ? [y, x] : [x, y];
      const from =
        (fromBottom ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column);
      const [to, at] = [(y * wide + x) * channels, from * channels];
      for (let c = 0; c < channels; c += 1) result[to + c] = data[at + c];
    }
  }
  return { ...pixels, width: wide, height: tall, data: result };
}

/**
 * Mix the four inks of a press to colours.
 *
 * @param {ArrayLike<number>} inks cyan, magenta, yellow, black of each pixel, 255 = all of it
 * @param {number} [step] bytes a pixel
 * @returns {Uint8Array} red, green, blue of each
 */
export function printed(inks, step = 4) {
  const data = room((3 * inks.length) / step);
  for (let i = 0, at = 0; i < inks.length; i += step, at += 3) {
    const light = 255 - inks[i + 3];
    for (let c = 0; c < 3; c += 1) data[at + c] = light - rint((inks[i + c] * light) / 255);
  }
  return data;
}

/**
 * Spread numbers of fewer than 8 bits, each row of which begins a byte, the first in the highest bits.
 *
 * @param {Uint8Array} packed
 * @param {number} bits of each, 1, 2 or 4
 * @param {number} perRow
 * @param {number} rows
 * @returns {Uint8Array}
 */
export function spread(packed, bits, perRow, rows) {
  const rowBytes = Math.ceil((perRow * bits) / 8);
  if (packed.length < rowBytes * rows) throw new TornError("the end is missing");
  const values = room(perRow * rows);
  const mask = 2 ** bits - 1;
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < perRow; x += 1) {
      const bit = x * bits;
      values[y * perRow + x] = (packed[y * rowBytes + (bit >> 3)] >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return values;
}

/**
 * Unpack what is written as runs: a count with the byte that is repeated, or a count of bytes as they are.
 *
 * @param {Uint8Array} packed
 * @param {number} count of bytes that it holds
 * @returns {Uint8Array}
 */
export function unpackBits(packed, count) {
  const bytes = room(count);
  let [at, to] = [0, 0];
  while (to < count) {
    if (at >= packed.length) throw new TornError("the end is missing");
    const run = packed[at];
    at += 1;
    if (run === 128) continue;
    if (run > 128) {
      bytes.fill(packed[at], to, to + 257 - run);
      at += 1;
      to += 257 - run;
    } else {
      const piece = packed.subarray(at, at + Math.min(run + 1, count - to));
      bytes.set(piece, to);
      at += run + 1;
      to += run + 1;
    }
  }
  return bytes;
}
