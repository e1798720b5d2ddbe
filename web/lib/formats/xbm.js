// @ts-check
// Decodes the bitmaps of X11, which are a few lines of C (XBM).

import { room, TornError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */

// What stands before the pixels is no longer.
const HEAD = 512;
const PATTERN =
  /^\s*#define[ \t]+.*_width[ \t]+([0-9]+)[\r\n]+#define[ \t]+.*_height[ \t]+([0-9]+)[\r\n]+[\s\S]*_bits\[\]/;

/** @type {(bytes: Uint8Array) => RegExpExecArray | null} */
const headOf = (bytes) => PATTERN.exec(String.fromCharCode(...bytes.subarray(0, HEAD)));

/** @type {(bytes: Uint8Array) => boolean} */
export const isXbm = (bytes) => headOf(bytes) !== null;

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openXbm(bytes) {
  const [head, width, height] = headOf(bytes) ?? ["", "0", "0"];
  const shape = { width: Number(width), height: Number(height) };
  return { format: "XBM", ...shape, decode: () => decode(bytes, head.length, shape) };
}

/** @type {(bytes: Uint8Array, start: number, shape: { width: number, height: number }) => import("./pixels.js").Pixels} */
function decode(bytes, start, { width, height }) {
  const data = room(width * height);
  let at = start;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 8) {
      at = bytes.indexOf(120, at); // the x of 0x
      if (at < 0 || at + 3 > bytes.length) throw new TornError("the end is missing");
      const byte = 16 * digit(bytes[at + 1]) + digit(bytes[at + 2]);
      at += 3;
      for (let bit = 0; bit < 8 && x + bit < width; bit += 1) {
        data[y * width + x + bit] = 255 * ((byte >> bit) & 1);
      }
    }
  }
  return { width, height, channels: 1, data };
}

/** @type {(letter: number) => number} */
const digit = (letter) => Number.parseInt(String.fromCharCode(letter), 16) || 0;
