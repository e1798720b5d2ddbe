// @ts-check
// Decodes the pictures of Silicon Graphics (SGI).

import { Cursor, room, TornError, turned, UnreadError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

const HEADER = 512;
/** What is read: dimensions, channels. */
const KINDS = ["1,1", "2,1", "3,3", "3,4"];
const UPSIDE_DOWN = 4;

/** @type {(bytes: Uint8Array) => boolean} */
export const isSgi = (bytes) => bytes[0] === 1 && bytes[1] === 0xda;

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openSgi(bytes) {
  const cursor = new Cursor(bytes, false);
  cursor.at = 2;
  const [packing, size, dimensions] = [cursor.u8(), cursor.u8(), cursor.u16()];
  const [width, height, channels] = [cursor.u16(), cursor.u16(), cursor.u16()];
  const isKnown = KINDS.includes(`${dimensions},${channels}`) && (size === 1 || size === 2);
  if (!isKnown || packing > 1 || (size === 2 && dimensions === 1)) {
    throw new UnreadError("SGI of colours of its own");
  }
  const shape = { width, height, channels };
  return {
    format: "SGI",
    width,
    height,
    decode() {
      const data = room(width * height * channels);
      const rows = packing ? packedRows(bytes, shape, size) : plainRows(bytes, shape, size);
      for (const { row, y, channel } of rows) {
        for (let x = 0; x < width; x += 1) data[(y * width + x) * channels + channel] = row[x];
      }
      return turned({ ...shape, data }, UPSIDE_DOWN);
    },
  };
}

/** @typedef {{ width: number, height: number, channels: number }} Shape */
/** @typedef {{ row: Uint8Array, y: number, channel: number }} Row */

/** @type {(bytes: Uint8Array, shape: Shape, size: number) => Generator<Row>} */
function* plainRows(bytes, { width, height, channels }, size) {
  const cursor = new Cursor(bytes);
  cursor.at = HEADER;
  for (let channel = 0; channel < channels; channel += 1) {
    for (let y = 0; y < height; y += 1) {
      const row = cursor.take(width * size);
      // Of two bytes the first is the higher one.
      yield { row: size === 1 ? row : row.filter((_, i) => i % 2 === 0), y, channel };
    }
  }
}

/** @type {(bytes: Uint8Array, shape: Shape, size: number) => Generator<Row>} */
function* packedRows(bytes, { width, height, channels }, size) {
  const table = new Cursor(bytes, false);
  const count = height * channels;
  for (let i = 0; i < count; i += 1) {
    table.at = HEADER + 4 * i;
    const start = table.u32();
    table.at = HEADER + 4 * (count + i);
    const length = table.u32();
    const cursor = new Cursor(bytes);
    cursor.at = start;
    const row = unpackRow(new Cursor(cursor.take(length)), width, size);
    yield { row, y: i % height, channel: Math.floor(i / height) };
  }
}

/** @type {(cursor: Cursor, width: number, size: number) => Uint8Array} */
function unpackRow(cursor, width, size) {
  const row = room(width);
  for (let to = 0; cursor.at < cursor.bytes.length; ) {
    cursor.step(size - 1);
    const byte = cursor.u8();
    const count = byte & 127;
    if (!count) break;
    if (to + count > width) throw new TornError("a row is too long");
    const isRun = byte < 128;
    const from = cursor.take(size * (isRun ? 1 : count));
    for (let i = 0; i < count; i += 1, to += 1) row[to] = from[isRun ? 0 : size * i];
  }
  return row;
}
