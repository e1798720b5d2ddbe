// @ts-check
// Decodes the bitmaps of Windows, which icons hold too.

import { Cursor, room, spread, TornError, turned, UnreadError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

// What stands before the header: two letters, then where the pixels are, among others.
const BEFORE = 14;
const OLDEST = 12;
const HEADERS = [OLDEST, 40, 52, 56, 64, 108, 124];
const DEPTHS = [1, 4, 8, 16, 24, 32];
// How the pixels are packed.
const RUNS_OF_BYTES = 1;
const RUNS_OF_HALVES = 2;
const MASKS = 3;
// Up or down: the last row comes first, unless its height is below zero.
const UPSIDE_DOWN = 4;

/** Where red, green, blue, alpha stand in a pixel, by bits with masks of these. @type {Record<string, number[]>} */
const PLACES = {
  "32 ff0000 ff00 ff 0": [2, 1, 0],
  "32 ff000000 ff0000 ff00 0": [3, 2, 1],
  "32 ff000000 ff00 ff 0": [3, 1, 0],
  "32 ff000000 ff0000 ff00 ff": [3, 2, 1, 0],
  "32 ff ff00 ff0000 ff000000": [0, 1, 2, 3],
  "32 ff0000 ff00 ff ff000000": [2, 1, 0, 3],
  "32 ff000000 ff00 ff ff0000": [3, 1, 0, 2],
  "32 0 0 0 0": [2, 1, 0, 3],
};
const FIVES = "7c00 3e0 1f";
const SIX_FOR_GREEN = "f800 7e0 1f";

/** @type {(bytes: Uint8Array) => boolean} whether a file begins as bitmaps do */
export const isBmp = (bytes) =>
  bytes.length >= BEFORE + 4 && bytes[0] === 66 && bytes[1] === 77 && isBitmap(bytes, BEFORE);

/** @type {(bytes: Uint8Array) => boolean} the same without what stands before the header */
export const isDib = (bytes) => isBitmap(bytes, 0);

/** @type {(bytes: Uint8Array, at: number) => boolean} */
function isBitmap(bytes, at) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length >= at + 4 && HEADERS.includes(view.getUint32(at, true));
}

/**
 * @typedef {object} Bitmap what a header tells
 * @property {number} width
 * @property {number} height
 * @property {boolean} isUpright whether the first row comes first
 * @property {number} bits
 * @property {number} packing
 * @property {string} masks
 * @property {Uint8Array} palette red, green, blue, alpha of each of its places
 * @property {number} start of the pixels
 */

/**
 * @param {Uint8Array} bytes
 * @param {number} at where the header begins
 * @param {number} [told] where the pixels begin, if the file says so
 * @returns {Bitmap}
 */
export function bitmapOf(bytes, at, told) {
  const cursor = new Cursor(bytes);
  cursor.at = at;
  const size = cursor.u32();
  if (!HEADERS.includes(size)) throw new TornError("no header");
  const isOldest = size === OLDEST;
  const width = isOldest ? cursor.u16() : cursor.u32();
  const signed = isOldest ? cursor.u16() : cursor.u32() | 0;
  // Pillow tells a negative height by its highest byte.
  const isUpright = signed < 0;
  cursor.step(2);
  const bits = cursor.u16();
  const packing = isOldest ? 0 : cursor.u32();
  let count = 0;
  if (!isOldest) {
    cursor.step(12);
    count = cursor.u32();
    cursor.step(4);
  }
  if (!DEPTHS.includes(bits)) throw new UnreadError(`BMP of ${bits} bits`);
  let masks = "";
  if (packing === MASKS) {
    const many = size >= 56 ? 4 : 3; // the shorter header stands before them
    const found = Array.from({ length: many }, () => cursor.u32().toString(16));
    masks = (
      many === 3 && bits === 32 ? [...found, "0"] : found.slice(0, bits === 32 ? 4 : 3)
    ).join(" ");
  }
  cursor.at = Math.max(cursor.at, at + size);
  const entry = isOldest ? 3 : 4;
  count ||= 2 ** bits;
  const palette = bits <= 8 ? paletteOf(cursor, count, entry) : room(0);
  const after = cursor.at;
  const isPlain = told === BEFORE + size && bits <= 8;
  const start = isPlain ? told + entry * count : told || after;
  return { width, height: Math.abs(signed), isUpright, bits, packing, masks, palette, start };
}

/** @type {(cursor: Cursor, count: number, entry: number) => Uint8Array} */
function paletteOf(cursor, count, entry) {
  if (count > 65_536) throw new TornError("too many colours");
  const from = cursor.take(Math.min(count * entry, cursor.bytes.length - cursor.at));
  const palette = room(4 * 256).fill(255);
  for (let i = 0; i < Math.min(256, Math.floor(from.length / entry)); i += 1) {
    for (let c = 0; c < 3; c += 1) palette[4 * i + c] = from[entry * i + 2 - c];
  }
  return palette;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openBmp(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return opened(bytes, "BMP", bitmapOf(bytes, BEFORE, view.getUint32(10, true)));
}

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export const openDib = (bytes) => opened(bytes, "DIB", bitmapOf(bytes, 0));

/** @type {(bytes: Uint8Array, format: string, bitmap: Bitmap) => Opened} */
const opened = (bytes, format, bitmap) => ({
  format,
  width: bitmap.width,
  height: bitmap.height,
  decode: () => decodeBitmap(bytes, bitmap),
});

/**
 * @param {Uint8Array} bytes
 * @param {Bitmap} bitmap
 * @returns {Pixels}
 */
export function decodeBitmap(bytes, bitmap) {
  const { width, height, bits, packing, palette, isUpright, start } = bitmap;
  const shape = { width, height };
  /** @type {Pixels} */
  let pixels;
  if (packing === RUNS_OF_BYTES || packing === RUNS_OF_HALVES) {
    if (bits > 8) throw new UnreadError("BMP packed in a way of its own");
    const data = unpackRuns(bytes, bitmap);
    pixels = { ...shape, channels: 1, palette, data };
  } else if (packing === 0 || packing === MASKS) {
    const rowBytes = (Math.ceil((width * bits) / 8) + 3) & ~3;
    // The last row need not be filled up.
    const needed = rowBytes * (height - 1) + Math.ceil((width * bits) / 8);
    if (start + needed > bytes.length) throw new TornError("the end is missing");
    const rows = bytes.subarray(start, start + rowBytes * height);
    pixels =
      bits <= 8
        ? { ...shape, channels: 1, palette, data: places(rows, bits, width, height, rowBytes) }
        : { ...shape, ...coloursOf(rows, bitmap, rowBytes) };
  } else {
    throw new UnreadError("BMP packed in a way of its own");
  }
  return isUpright ? pixels : turned(pixels, UPSIDE_DOWN);
}

/** @type {(rows: Uint8Array, bits: number, width: number, height: number, rowBytes: number) => Uint8Array} */
function places(rows, bits, width, height, rowBytes) {
  const data = room(width * height);
  const used = Math.ceil((width * bits) / 8);
  for (let y = 0; y < height; y += 1) {
    const row = rows.subarray(y * rowBytes, y * rowBytes + used);
    data.set(bits === 8 ? row : spread(row, bits, width, 1), y * width);
  }
  return data;
}

/** @type {(rows: Uint8Array, bitmap: Bitmap, rowBytes: number) => { channels: number, data: Uint8Array }} */
function coloursOf(rows, { width, height, bits, packing, masks }, rowBytes) {
  if (bits === 16) {
    const isSix = packing === MASKS && masks === SIX_FOR_GREEN;
    if (packing === MASKS && !isSix && masks !== FIVES) {
      throw new UnreadError("BMP of colours of its own");
    }
    const data = room(3 * width * height);
    for (let y = 0, to = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, to += 3) {
        const at = y * rowBytes + 2 * x;
        const two = rows[at] | (rows[at + 1] << 8);
        data[to] = (((two >> (isSix ? 11 : 10)) & 31) * 255) / 31;
        data[to + 1] = isSix ? (((two >> 5) & 63) * 255) / 63 : (((two >> 5) & 31) * 255) / 31;
        data[to + 2] = ((two & 31) * 255) / 31;
      }
    }
    return { channels: 3, data };
  }
  let from = [2, 1, 0];
  if (packing === MASKS) {
    from = bits === 24 && masks === "ff0000 ff00 ff" ? from : PLACES[`${bits} ${masks}`];
  }
  if (!from) throw new UnreadError("BMP of colours of its own");
  const [channels, step] = [from.length, bits / 8];
  const data = room(channels * width * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * rowBytes + step * x;
      for (let c = 0; c < channels; c += 1, to += 1) data[to] = rows[at + from[c]];
    }
  }
  return { channels, data };
}

/**
 * Unpack counts with the byte that is repeated, or with bytes as they are; 0 begins an order.
 *
 * @param {Uint8Array} bytes
 * @param {Bitmap} bitmap
 * @returns {Uint8Array}
 */
function unpackRuns(bytes, { width, height, packing, start }) {
  const areHalves = packing === RUNS_OF_HALVES;
  const data = room(width * height);
  const cursor = new Cursor(bytes);
  cursor.at = start;
  const put = (/** @type {number} */ to, /** @type {number} */ value) => {
    if (to < data.length) data[to] = value;
  };
  let [to, x] = [0, 0];
  while (to < data.length) {
    const [count, value] = [cursor.u8(), cursor.u8()];
    if (count) {
      const run = Math.min(count, Math.max(0, width - x));
      for (let i = 0; i < run; i += 1) {
        put(to + i, areHalves ? (i % 2 ? value & 15 : value >> 4) : value);
      }
      [to, x] = [to + run, x + run];
    } else if (value === 0) {
      to = width * Math.ceil(to / width);
      x = 0;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      const [right, up] = [cursor.u8(), cursor.u8()];
      to += right + up * width;
      x = to % width;
    } else {
      const many = areHalves ? value >> 1 : value;
      for (const byte of cursor.take(many)) {
        if (areHalves) put(to, byte >> 4);
        put(areHalves ? to + 1 : to, areHalves ? byte & 15 : byte);
        to += areHalves ? 2 : 1;
      }
      x += value;
      if (cursor.at % 2) cursor.step(1);
    }
  }
  if (to < data.length) throw new TornError("the end is missing");
  return data;
}
