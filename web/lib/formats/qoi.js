// @ts-check
// Decodes pictures of the "quite OK" kind (QOI).

import { Cursor, room } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */

const COLOURS = 254;
const COLOURS_WITH_ALPHA = 255;
// What the two highest bits say.
const SEEN = 0;
const NEAR = 1;
const NEARBY = 2;
const KEPT = 64;

/** @type {(bytes: Uint8Array) => boolean} */
export const isQoi = (bytes) => String.fromCharCode(...bytes.subarray(0, 4)) === "qoif";

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openQoi(bytes) {
  const cursor = new Cursor(bytes, false);
  cursor.at = 4;
  const [width, height, said] = [cursor.u32(), cursor.u32(), cursor.u8()];
  cursor.step(1);
  const channels = said === 3 ? 3 : 4;
  return {
    format: "QOI",
    width,
    height,
    decode: () => ({ width, height, channels, data: unpack(cursor, width * height, channels) }),
  };
}

/** @type {(cursor: Cursor, count: number, channels: number) => Uint8Array} */
function unpack(cursor, count, channels) {
  const data = room(count * channels);
  const seen = new Uint8Array(4 * KEPT);
  const pixel = Uint8Array.of(0, 0, 0, 255);
  for (let to = 0; to < data.length; ) {
    const byte = cursor.u8();
    const [order, rest] = [byte >> 6, byte & 63];
    let run = 1;
    if (byte === COLOURS) pixel.set(cursor.take(3));
    else if (byte === COLOURS_WITH_ALPHA) pixel.set(cursor.take(4));
    else if (order === SEEN) pixel.set(seen.subarray(4 * rest, 4 * rest + 4));
    else if (order === NEAR) {
      for (let c = 0; c < 3; c += 1) pixel[c] += ((rest >> (4 - 2 * c)) & 3) - 2;
    } else if (order === NEARBY) {
      const [green, two] = [rest - 32, cursor.u8()];
      pixel[0] += green + (two >> 4) - 8;
      pixel[1] += green;
      pixel[2] += green + (two & 15) - 8;
    } else run = rest + 1;
    // A repeated pixel is not kept anew.
    if (order !== 3 || byte >= COLOURS) {
      const place = (3 * pixel[0] + 5 * pixel[1] + 7 * pixel[2] + 11 * pixel[3]) % KEPT;
      seen.set(pixel, 4 * place);
    }
    for (const end = Math.min(data.length, to + run * channels); to < end; to += channels) {
      for (let c = 0; c < channels; c += 1) data[to + c] = pixel[c];
    }
  }
  return data;
}
