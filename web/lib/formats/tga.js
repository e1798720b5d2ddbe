// @ts-check
// Decodes Truevision's pictures (TGA), which begin with no word of their own.

import { Cursor, room, spread, turned, UnreadError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

const HEADER = 18;
const TYPES = [1, 2, 3, 9, 10, 11];
const DEPTHS = [1, 8, 16, 24, 32];
const RUNS = 8;
const PLACES = 1;
const COLOURS = 2;
const GREYS = 3;
const FROM_RIGHT = 0x10;
const FROM_TOP = 0x20;
const FOOTER = 26;
const SIGNATURE = "TRUEVISION-XFILE.\0";
// Where the extension says what alpha means.
const ATTRIBUTES = 494;
// Ways to turn: from left to right, upside down, both.
const TURNS = { mirrored: 2, upsideDown: 4, both: 3 };

/** @type {(bytes: Uint8Array) => boolean} whether all that the header says can be */
export function isTga(bytes) {
  if (bytes.length < HEADER) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return (
    bytes[1] <= 1 &&
    TYPES.includes(bytes[2]) &&
    view.getUint16(12, true) > 0 &&
    view.getUint16(14, true) > 0 &&
    DEPTHS.includes(bytes[16])
  );
}

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openTga(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint16(12, true), view.getUint16(14, true)];
  return { format: "TGA", width, height, decode: () => decode(bytes, width, height) };
}

/** @type {(bytes: Uint8Array, width: number, height: number) => Pixels} */
function decode(bytes, width, height) {
  const cursor = new Cursor(bytes);
  const [idLength, hasMap, type] = [cursor.u8(), cursor.u8() === 1, cursor.u8()];
  const [first, count, mapDepth] = [cursor.u16(), cursor.u16(), cursor.u8()];
  const [depth, flags] = [bytes[16], bytes[17]];
  cursor.at = HEADER;
  cursor.step(idLength);
  const palette = hasMap ? mapOf(cursor, first, count, mapDepth) : undefined;
  const kind = type % RUNS;
  if (kind === PLACES && (depth !== 8 || !hasMap))
    throw new UnreadError("TGA of colours of its own");
  if (kind === COLOURS && depth < 16) throw new UnreadError("TGA of colours of its own");
  if (kind === GREYS && depth > 16) throw new UnreadError("TGA of colours of its own");
  const rowBytes = Math.ceil((width * depth) / 8);
  const values =
    type >= RUNS
      ? unpackRuns(cursor, rowBytes * height, Math.ceil(depth / 8))
      : cursor.take(rowBytes * height);
  /** @type {Pixels} */
  let pixels = { width, height, channels: 1, data: values };
  if (kind === PLACES) pixels = { ...pixels, palette };
  else if (depth === 1) {
    pixels.data = spread(values, 1, width, height).map((bit) => 255 * bit);
  } else if (kind === GREYS) pixels.channels = depth / 8;
  else pixels = coloured({ width, height, data: values }, depth);
  if (pixels.channels === 4 && isOpaque(bytes)) {
    for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
  }
  const isMirrored = (flags & FROM_RIGHT) !== 0;
  if ((flags & FROM_TOP) !== 0) return turned(pixels, isMirrored ? TURNS.mirrored : 1);
  return turned(pixels, isMirrored ? TURNS.both : TURNS.upsideDown);
}

/** @type {(cursor: Cursor, first: number, count: number, depth: number) => Uint8Array} */
function mapOf(cursor, first, count, depth) {
  if (depth !== 16 && depth !== 24) throw new UnreadError("TGA of colours of its own");
  const from = cursor.take((count * depth) / 8);
  const palette = room(4 * 256);
  for (let i = 0; i < 256; i += 1) palette[4 * i + 3] = 255;
  for (let i = 0; i < count && first + i < 256; i += 1) {
    palette.set(colourOf(from, (i * depth) / 8, depth), 4 * (first + i));
  }
  return palette;
}

/** @type {(from: Uint8Array, at: number, depth: number) => number[]} red, green, blue, alpha */
function colourOf(from, at, depth) {
  if (depth > 16) return [from[at + 2], from[at + 1], from[at], depth === 32 ? from[at + 3] : 255];
  const two = from[at] | (from[at + 1] << 8);
  const fives = [(two >> 10) & 31, (two >> 5) & 31, two & 31].map((five) => (five * 255) / 31);
  return [...fives, two >> 15 ? 0 : 255];
}

/** @type {(pixels: { width: number, height: number, data: Uint8Array }, depth: number) => Pixels} */
function coloured({ width, height, data: from }, depth) {
  const channels = depth === 24 ? 3 : 4;
  const data = room(channels * width * height);
  for (let i = 0; i < width * height; i += 1) {
    const colour = colourOf(from, (i * depth) / 8, depth);
    for (let c = 0; c < channels; c += 1) data[channels * i + c] = colour[c];
  }
  return { width, height, channels, data };
}

/** @type {(cursor: Cursor, count: number, step: number) => Uint8Array} */
function unpackRuns(cursor, count, step) {
  const values = room(count);
  for (let to = 0; to < count; ) {
    const byte = cursor.u8();
    const length = step * ((byte & 127) + 1);
    const isRun = byte > 127;
    const from = cursor.take(isRun ? step : length);
    const end = Math.min(count, to + length);
    for (let i = 0; to < end; i += 1, to += 1) values[to] = from[isRun ? i % step : i];
  }
  return values;
}

/** @type {(bytes: Uint8Array) => boolean} whether the end says that alpha means nothing */
function isOpaque(bytes) {
  const footer = bytes.subarray(-FOOTER);
  if (String.fromCharCode(...footer.subarray(8)) !== SIGNATURE) return false;
  const at = new DataView(footer.buffer, footer.byteOffset).getUint32(0, true);
  if (at + ATTRIBUTES >= bytes.length) return false;
  return at > 0 && bytes[at + ATTRIBUTES] === 0;
}
