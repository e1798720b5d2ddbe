// @ts-check
// Decodes the plainest pictures: a few numbers as text, then the pixels (netpbm).

import { rint } from "../rounding.js";
import { Cursor, printed, room, spread, TornError, toEightBits } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */

/** @typedef {{ channels: number, isText?: boolean, isBits?: boolean, isFloat?: boolean }} Kind */

/** What each kind of file begins with. @type {Record<string, Kind>} */
const KINDS = {
  P1: { channels: 1, isText: true, isBits: true },
  P2: { channels: 1, isText: true },
  P3: { channels: 3, isText: true },
  P4: { channels: 1, isBits: true },
  P5: { channels: 1 },
  P6: { channels: 3 },
  P0CMYK: { channels: 4 },
  Pf: { channels: 1, isFloat: true },
};
const WHITE = [9, 10, 11, 12, 13, 32];
const COMMENT = 35; // #
const LONGEST_NUMBER = 10;

/** @param {Uint8Array} bytes @returns {string} the first word, empty if it is none of these */
function magic(bytes) {
  const end = bytes.subarray(0, 7).findIndex((byte) => WHITE.includes(byte));
  const word = String.fromCharCode(...bytes.subarray(0, Math.max(end, 0)));
  return Object.hasOwn(KINDS, word) ? word : "";
}

/** @param {Uint8Array} bytes */
export const isNetpbm = (bytes) => magic(bytes) !== "";

/** Skip a comment to the end of its line. @param {Cursor} cursor */
function skipLine(cursor) {
  while (cursor.at < cursor.bytes.length && ![10, 13].includes(cursor.u8()));
}

/**
 * @param {Cursor} cursor
 * @returns {string} the next word, with the white space after it skipped
 */
function word(cursor) {
  let text = "";
  while (cursor.at < cursor.bytes.length) {
    const byte = cursor.u8();
    if (byte === COMMENT) skipLine(cursor);
    else if (!WHITE.includes(byte)) text += String.fromCharCode(byte);
    else if (text) break;
    if (text.length > LONGEST_NUMBER) break;
  }
  if (!text || text.length > LONGEST_NUMBER) throw new TornError("no number");
  return text;
}

/** @param {Cursor} cursor */
function whole(cursor) {
  const text = word(cursor);
  if (!/^\d+$/.test(text)) throw new TornError("no number");
  return Number(text);
}

/** @type {(cursor: Cursor, count: number) => Uint8Array} bits of an ink, written as digits */
function digits(cursor, count) {
  const values = room(count);
  for (let i = 0; i < count; ) {
    const byte = cursor.u8();
    if (byte === COMMENT) skipLine(cursor);
    else if (byte === 48 || byte === 49) {
      values[i] = byte - 48;
      i += 1;
    } else if (!WHITE.includes(byte)) throw new TornError("no digit");
  }
  return values;
}

/**
 * @param {Cursor} cursor
 * @param {number} count
 * @param {number} most
 */
function numbers(cursor, count, most) {
  // Each takes two bytes at least, the last of them one: what is too short is known at once.
  if (2 * count - 1 > cursor.bytes.length - cursor.at) throw new TornError("the end is missing");
  const values = new Uint16Array(count);
  for (let i = 0; i < count; i += 1) {
    const value = whole(cursor);
    if (value > most) throw new TornError("a number is too large");
    values[i] = value;
  }
  return values;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openNetpbm(bytes) {
  const begin = magic(bytes);
  const { channels, isText, isBits, isFloat } = KINDS[begin];
  const cursor = new Cursor(bytes, false);
  cursor.step(begin.length + 1);
  const [width, height] = [whole(cursor), whole(cursor)];
  const scale = isFloat ? Number(word(cursor)) : 0;
  if (isFloat && !(Number.isFinite(scale) && scale)) throw new TornError("no scale");
  const most = isBits || isFloat ? 1 : whole(cursor);
  if (most < 1 || most > 65535) throw new TornError("no largest number");
  const count = width * height * channels;
  const shape = { width, height, channels };
  /** @returns {ArrayLike<number>} from 0 to the largest */
  const samples = () => {
    if (isText) return numbers(cursor, count, most);
    if (most < 256) return cursor.take(count);
    const start = cursor.step(2 * count);
    return Uint16Array.from({ length: count }, (_, i) => cursor.view.getUint16(start + 2 * i));
  };
  return {
    format: "PPM",
    width,
    height,
    decode() {
      if (isBits) {
        const ink = isText
          ? digits(cursor, count)
          : spread(bytes.subarray(cursor.at), 1, width, height);
        return { ...shape, data: ink.map((bit) => 255 * (1 - bit)) };
      }
      if (isFloat) return { ...shape, data: fractions(cursor, width, height, scale < 0) };
      const values = samples();
      if (most === 255 && values instanceof Uint8Array) return told(shape, values);
      // Python keeps 16 bits of grey, 8 of a colour.
      const [top, isDeep] = channels === 1 && most > 255 ? [65535, true] : [255, false];
      const scaled = Uint16Array.from(values, (value) => Math.min(top, rint((value / most) * top)));
      return told(shape, isDeep ? toEightBits(scaled) : Uint8Array.from(scaled));
    },
  };
}

/**
 * @param {{ width: number, height: number, channels: number }} shape
 * @param {Uint8Array | Uint8ClampedArray} data
 * @returns {import("./pixels.js").Pixels}
 */
const told = (shape, data) =>
  shape.channels === 4 ? { ...shape, channels: 3, data: printed(data) } : { ...shape, data };

/**
 * @param {Cursor} cursor
 * @param {number} width
 * @param {number} height
 * @param {boolean} isLittle
 */
function fractions(cursor, width, height, isLittle) {
  const start = cursor.step(4 * width * height);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = start + 4 * width * (height - 1 - y); // the lowest comes first
    for (let x = 0; x < width; x += 1) {
      values[y * width + x] = cursor.view.getFloat32(row + 4 * x, isLittle);
    }
  }
  return toEightBits(values, true);
}
