// @ts-check
// Decodes textures of DirectX, plain ones or in blocks of 4 x 4 pixels (DDS).

import { Cursor, room, TornError, UnreadError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

const HEADER = 124;
const FORMAT = 80;
// What the pixels are.
const WITH_ALPHA = 0x1;
const NAMED = 0x4;
const PLACES = 0x20;
const COLOURS = 0x40;
const GREYS = 0x20000;
const SIDE = 4;

/**
 * @typedef {object} Kind
 * @property {number} channels
 * @property {number} bytes of a block
 * @property {(block: Uint8Array, pixels: Uint8Array) => void} fill
 */

/** By the name of the first version, by the number of the tenth. @type {Record<string, string>} */
const NAMES = {
  DXT1: "BC1",
  DXT3: "BC2",
  DXT5: "BC3",
  BC4U: "BC4",
  ATI1: "BC4",
  BC5U: "BC5",
  ATI2: "BC5",
};
const NUMBERS = new Map([
  [70, "BC1"],
  [71, "BC1"],
  [73, "BC2"],
  [74, "BC2"],
  [76, "BC3"],
  [77, "BC3"],
  [79, "BC4"],
  [80, "BC4"],
  [82, "BC5"],
  [83, "BC5"],
]);
const PLAIN = [0x1b, 0x1c, 0x1d];

/** @type {Record<string, Kind>} */
const KINDS = {
  BC1: { channels: 4, bytes: 8, fill: (block, pixels) => fillColours(block, pixels, false) },
  BC2: {
    channels: 4,
    bytes: 16,
    fill(block, pixels) {
      fillColours(block.subarray(8), pixels, true);
      for (let i = 0; i < 16; i += 1)
        pixels[4 * i + 3] = 17 * ((block[i >> 1] >> (4 * (i % 2))) & 15);
    },
  },
  BC3: {
    channels: 4,
    bytes: 16,
    fill(block, pixels) {
      fillColours(block.subarray(8), pixels, true);
      fillLevels(block, pixels, 4, 3);
    },
  },
  BC4: { channels: 1, bytes: 8, fill: (block, pixels) => fillLevels(block, pixels, 1, 0) },
  BC5: {
    channels: 3,
    bytes: 16,
    fill(block, pixels) {
      fillLevels(block, pixels, 3, 0);
      fillLevels(block.subarray(8), pixels, 3, 1);
    },
  },
};

/** @type {(bytes: Uint8Array) => boolean} */
export const isDds = (bytes) => String.fromCharCode(...bytes.subarray(0, 4)) === "DDS ";

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openDds(bytes) {
  const cursor = new Cursor(bytes);
  cursor.at = 4;
  if (cursor.u32() !== HEADER) throw new TornError("no header");
  cursor.step(HEADER - 4);
  cursor.at = 12;
  const [height, width] = [cursor.u32(), cursor.u32()];
  return { format: "DDS", width, height, decode: () => decode(cursor, { width, height }) };
}

/** @type {(cursor: Cursor, shape: { width: number, height: number }) => Pixels} */
function decode(cursor, shape) {
  cursor.at = FORMAT;
  const [flags, name, bits] = [cursor.u32(), cursor.take(4), cursor.u32()];
  const masks = Array.from({ length: 4 }, () => cursor.u32());
  cursor.at = 4 + HEADER;
  const count = shape.width * shape.height;
  const hasAlpha = (flags & WITH_ALPHA) !== 0;
  if (flags & COLOURS) {
    return { ...shape, ...masked(cursor, count, bits, hasAlpha ? masks : masks.slice(0, 3)) };
  }
  if (flags & GREYS) {
    if (bits !== 8 && !(bits === 16 && hasAlpha)) throw new UnreadError(`DDS of ${bits} bits`);
    return { ...shape, channels: bits / 8, data: cursor.take((count * bits) / 8) };
  }
  if (flags & PLACES) {
    const palette = cursor.take(1024);
    return { ...shape, channels: 1, palette, data: cursor.take(count) };
  }
  if (!(flags & NAMED)) throw new UnreadError("DDS of colours of its own");
  let called = NAMES[String.fromCharCode(...name)];
  if (String.fromCharCode(...name) === "DX10") {
    const number = cursor.u32();
    cursor.step(16);
    if (PLAIN.includes(number)) return { ...shape, channels: 4, data: cursor.take(4 * count) };
    called = NUMBERS.get(number) ?? "";
  }
  const kind = KINDS[called];
  if (!kind) throw new UnreadError("DDS packed in a way of its own");
  return { ...shape, channels: kind.channels, data: unpackBlocks(cursor, shape, kind) };
}

/** @type {(cursor: Cursor, count: number, bits: number, masks: number[]) => { channels: number, data: Uint8Array }} */
function masked(cursor, count, bits, masks) {
  const size = Math.floor(bits / 8);
  if (size < 1 || size > 4) throw new UnreadError(`DDS of ${bits} bits`);
  const from = cursor.take(size * count);
  const channels = masks.length;
  const data = room(channels * count);
  const shifts = masks.map((mask) => (mask ? 31 - Math.clz32(mask & -mask) : 0));
  // Each level that a channel may have, where there are few: 49 million pixels take a second so, not half
  // a minute.
  const levels = masks.map((mask, c) => levelsOf(mask >>> shifts[c]));
  for (let i = 0, at = 0, to = 0; i < count; i += 1, at += size) {
    let value = from[at];
    if (size > 1) value |= from[at + 1] << 8;
    if (size > 2) value |= from[at + 2] << 16;
    if (size > 3) value |= from[at + 3] << 24;
    for (let c = 0; c < channels; c += 1, to += 1) {
      const part = (value & masks[c]) >>> shifts[c];
      const table = levels[c];
      data[to] = table ? table[part] : Math.floor((part / (masks[c] >>> shifts[c])) * 255);
    }
  }
  return { channels, data };
}

/** @type {(all: number) => Uint8Array | undefined} what each of a channel's levels is of 255 */
function levelsOf(all) {
  if (all > 65_535) return undefined;
  return Uint8Array.from({ length: all + 1 }, (_, part) =>
    all ? Math.floor((part / all) * 255) : 0,
  );
}

/** @type {(cursor: Cursor, shape: { width: number, height: number }, kind: Kind) => Uint8Array} */
function unpackBlocks(cursor, { width, height }, { channels, bytes, fill }) {
  const [wide, tall] = [Math.ceil(width / SIDE), Math.ceil(height / SIDE)];
  const packed = cursor.take(wide * tall * bytes);
  const data = room(channels * width * height);
  const pixels = room(channels * SIDE * SIDE);
  for (let n = 0; n < wide * tall; n += 1) {
    fill(packed.subarray(n * bytes, (n + 1) * bytes), pixels);
    const [left, top] = [SIDE * (n % wide), SIDE * Math.floor(n / wide)];
    const across = channels * Math.min(SIDE, width - left);
    for (let y = 0; y < Math.min(SIDE, height - top); y += 1) {
      const from = channels * SIDE * y;
      data.set(pixels.subarray(from, from + across), channels * ((top + y) * width + left));
    }
  }
  return data;
}

/** @type {(two: number) => number[]} red, green, blue of 5, 6, 5 bits */
function colourOf(two) {
  const [red, green, blue] = [(two & 0xf800) >> 8, (two & 0x7e0) >> 3, (two & 0x1f) << 3];
  return [red | (red >> 5), green | (green >> 6), blue | (blue >> 5), 255];
}

/**
 * Two colours, two between them; or one between, with none, if the first is the smaller number.
 *
 * @param {Uint8Array} block
 * @param {Uint8Array} pixels are filled
 * @param {boolean} isApart whether alpha is told elsewhere
 */
function fillColours(block, pixels, isApart) {
  const numbers = [0, 2].map((at) => block[at] | (block[at + 1] << 8));
  const [one, other] = numbers.map(colourOf);
  const mix = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ all) =>
    one.map((value, c) => Math.floor((a * value + b * other[c]) / all));
  const four =
    isApart || numbers[0] > numbers[1]
      ? [one, other, mix(2, 1, 3), mix(1, 2, 3)]
      : [one, other, mix(1, 1, 2), [0, 0, 0, 0]];
  for (let i = 0; i < 16; i += 1) {
    pixels.set(four[(block[4 + (i >> 2)] >> (2 * (i % 4))) & 3], 4 * i);
  }
}

/**
 * Two levels, six between them; or four between, with both ends, if the first is not the larger.
 *
 * @param {Uint8Array} block
 * @param {Uint8Array} pixels are filled
 * @param {number} step
 * @param {number} channel
 */
function fillLevels(block, pixels, step, channel) {
  const [one, other] = block;
  const between = one > other ? 7 : 5;
  const levels = [one, other];
  for (let i = 1; i < between; i += 1) {
    levels.push(Math.floor(((between - i) * one + i * other) / between));
  }
  if (between === 5) levels.push(0, 255);
  for (let i = 0; i < 16; i += 1) {
    const bit = 3 * i;
    const two = block[2 + (bit >> 3)] | ((block[3 + (bit >> 3)] ?? 0) << 8);
    pixels[step * i + channel] = levels[(two >> (bit & 7)) & 7];
  }
}
