// @ts-check
// Decodes what a Photoshop file shows as a whole, its layers flattened (PSD).

import { coloursOfLab } from "./lab.js";
import { Cursor, printed, room, spread, TornError, UnreadError, unpackBits } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

// What a number of a pixel is.
const BITS = 0;
const PLACES = 2;
const RGB = 3;
const INKS = 4;
const LAB = 9;
/** How many of them a pixel has, by their kind. @type {Record<number, number>} */
const CHANNELS = { 0: 1, 1: 1, 2: 1, 3: 3, 4: 4, 7: 1, 8: 1, 9: 3 };

/** @type {(bytes: Uint8Array) => boolean} */
export const isPsd = (bytes) => String.fromCharCode(...bytes.subarray(0, 4)) === "8BPS";

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openPsd(bytes) {
  const cursor = new Cursor(bytes, false);
  cursor.at = 4;
  if (cursor.u16() !== 1) throw new UnreadError("PSD of a large kind");
  cursor.step(6);
  const all = cursor.u16();
  const [height, width, bits, kind] = [cursor.u32(), cursor.u32(), cursor.u16(), cursor.u16()];
  let channels = CHANNELS[kind];
  const isKnown = channels && (bits === 8 || (bits === 1 && kind === BITS));
  if (!isKnown) throw new UnreadError(`PSD of ${bits} bits`);
  if (channels > all) throw new TornError("a channel is missing");
  if (kind === RGB && all === 4) channels = 4;
  return {
    format: "PSD",
    width,
    height,
    decode() {
      const colours = cursor.take(cursor.u32());
      cursor.step(cursor.u32()); // what else it says
      cursor.step(cursor.u32()); // layers
      const planes = unpack(cursor, all, channels, Math.ceil((width * bits) / 8), height);
      return coloured({ width, height, channels, data: planes }, kind, bits, colours);
    },
  };
}

/** @type {(cursor: Cursor, all: number, channels: number, rowBytes: number, height: number) => Uint8Array} */
function unpack(cursor, all, channels, rowBytes, height) {
  const packing = cursor.u16();
  const rows = channels * height;
  if (packing === 0) return cursor.take(rows * rowBytes);
  if (packing !== 1) throw new UnreadError("PSD packed by ZIP");
  const lengths = new Cursor(cursor.take(2 * all * height), false);
  const planes = room(rows * rowBytes);
  for (let row = 0; row < rows; row += 1) {
    planes.set(unpackBits(cursor.take(lengths.u16()), rowBytes), row * rowBytes);
  }
  return planes;
}

/** @type {(planes: Pixels & { data: Uint8Array }, kind: number, bits: number, colours: Uint8Array) => Pixels} */
function coloured({ width, height, channels, data: planes }, kind, bits, colours) {
  const shape = { width, height };
  if (bits === 1) {
    const data = spread(planes, 1, width, height).map((bit) => 255 * bit);
    return { ...shape, channels: 1, data };
  }
  if (kind === PLACES && colours.length === 768) {
    const palette = room(1024).map((_, i) =>
      i % 4 === 3 ? 255 : colours[(i % 4) * 256 + (i >> 2)],
    );
    return { ...shape, channels: 1, palette, data: planes };
  }
  if (channels === 1) return { ...shape, channels: 1, data: planes };
  const count = width * height;
  const data = room(channels * count);
  for (let c = 0; c < channels; c += 1) {
    for (let i = 0; i < count; i += 1) {
      const value = planes[c * count + i];
      data[channels * i + c] = kind === INKS ? 255 - value : value; // of ink, 255 means none
    }
  }
  if (kind === INKS) return { ...shape, channels: 3, data: printed(data) };
  if (kind === LAB) return { ...shape, channels: 3, data: coloursOfLab(data) };
  return { ...shape, channels, data };
}
