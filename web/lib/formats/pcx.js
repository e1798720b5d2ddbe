// @ts-check
// Decodes the pictures of PC Paintbrush (PCX).

import { Cursor, room, spread, TornError, UnreadError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

const VERSIONS = [0, 2, 3, 5];
const NEWEST = 5;
const HEADER = 128;
const PALETTE = 16;
const PLANES = 65;
// What stands before the 256 colours at the end.
const LATE_PALETTE = 769;
const MARK = 12;
const RUN = 0xc0;

/** @type {(bytes: Uint8Array) => boolean} */
export const isPcx = (bytes) => bytes[0] === 10 && VERSIONS.includes(bytes[1]);

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openPcx(bytes) {
  const cursor = new Cursor(bytes);
  cursor.at = 3;
  const bits = cursor.u8();
  const [left, top] = [cursor.u16(), cursor.u16()];
  const [width, height] = [cursor.u16() + 1 - left, cursor.u16() + 1 - top];
  cursor.at = PLANES;
  const planes = cursor.u8();
  const told = cursor.u16();
  if (width <= 0 || height <= 0) throw new TornError("no size");
  const isSmall = bits === 1 && [1, 2, 4].includes(planes);
  const isLarge = bits === 8 && [1, 3].includes(planes) && bytes[1] === NEWEST;
  if (!isSmall && !isLarge) throw new UnreadError(`PCX of ${bits} bits in ${planes} planes`);
  return {
    format: "PCX",
    width,
    height,
    decode: () => decode(bytes, { width, height, bits, planes, told }),
  };
}

/**
 * @param {Uint8Array} bytes
 * @param {{ width: number, height: number, bits: number, planes: number, told: number }} header
 * @returns {Pixels}
 */
function decode(bytes, { width, height, bits, planes, told }) {
  const used = Math.ceil((width * bits) / 8);
  // A row is even, unless it says that it is not.
  const stride = told === used ? used : used + (used % 2);
  const cursor = new Cursor(bytes);
  cursor.at = HEADER;
  const row = room(stride * planes);
  const data = room(width * height * (bits === 8 ? planes : 1));
  for (let y = 0; y < height; y += 1) {
    unpackRow(cursor, row);
    for (let plane = 0; plane < planes; plane += 1) {
      const part = row.subarray(stride * plane, stride * plane + used);
      const values = bits === 8 ? part : spread(part, 1, width, 1);
      for (let x = 0; x < width; x += 1) {
        const at = y * width + x;
        if (bits === 8) data[at * planes + plane] = values[x];
        else data[at] |= values[x] << plane;
      }
    }
  }
  const shape = { width, height, data };
  if (bits === 8) {
    const palette = planes === 1 ? lateColours(bytes) : undefined;
    return { ...shape, channels: planes, palette };
  }
  if (planes === 1) return { ...shape, channels: 1, data: data.map((bit) => 255 * bit) };
  return { ...shape, channels: 1, palette: coloursOf(bytes.subarray(PALETTE, PALETTE + 48)) };
}

/** @type {(cursor: Cursor, row: Uint8Array) => void} */
function unpackRow(cursor, row) {
  for (let to = 0; to < row.length; ) {
    const byte = cursor.u8();
    const isRun = byte >= RUN;
    const count = isRun ? byte - RUN : 1;
    if (to + count > row.length) throw new TornError("a row is too long");
    row.fill(isRun ? cursor.u8() : byte, to, to + count);
    to += count;
  }
}

/** @type {(bytes: Uint8Array) => Uint8Array | undefined} */
function lateColours(bytes) {
  if (bytes.length < LATE_PALETTE) throw new TornError("no palette");
  const late = bytes.subarray(-LATE_PALETTE);
  return late[0] === MARK ? coloursOf(late.subarray(1)) : undefined;
}

/** @type {(colours: Uint8Array) => Uint8Array} red, green, blue, alpha of each */
const coloursOf = (colours) =>
  room((4 * colours.length) / 3).map((_, i) =>
    i % 4 === 3 ? 255 : colours[3 * Math.floor(i / 4) + (i % 4)],
  );
