// @ts-check
// Decodes PNG pictures of 16 bits a number, which each browser brings to 8 in its own way.

import { Cursor, room, TornError, toEightBits } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

// Where the header says what it says.
const WIDTH = 16;
const HEIGHT = 20;
const BITS = 24;
const KIND = 25;
const CHUNKS = 33;
// The header's last byte, before its checksum of four.
const INTERLACED = CHUNKS - 5;
// A kind one colour of which may be clear.
const COLOURS = 2;
/** Numbers of a pixel, by the kind. @type {Record<number, number>} */
const CHANNELS = { 0: 1, 2: 3, 4: 2, 6: 4 };
/** The first column, the first row, the steps across, down of each pass. */
const WHOLE = [[0, 0, 1, 1]];
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** @type {(bytes: Uint8Array) => boolean} whether a PNG picture is such a one */
export const isDeep = (bytes) => bytes.length > CHUNKS && bytes[BITS] === 16;

/**
 * @param {Uint8Array} bytes of a picture that is deep
 * @returns {Opened | undefined} nothing where the browser alone knows what is to be seen
 */
export function openDeepPng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(WIDTH), view.getUint32(HEIGHT)];
  const channels = CHANNELS[bytes[KIND]];
  if (!channels) return undefined;
  return {
    format: "PNG",
    width,
    height,
    decode: () => decode(bytes, { width, height, channels }),
  };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Generator<{ name: string, content: Uint8Array }>} what comes between header, end
 */
function* chunks(bytes) {
  const cursor = new Cursor(bytes, false);
  cursor.at = CHUNKS;
  while (cursor.at < bytes.length) {
    const length = cursor.u32();
    const name = String.fromCharCode(...cursor.take(4));
    if (name === "IEND") return;
    yield { name, content: cursor.take(length) };
    cursor.step(4); // its checksum
  }
}

/**
 * Unpack what comes in rows, holding no more than one of them.
 *
 * @param {Uint8Array[]} parts
 * @returns {(row: Uint8Array) => Promise<void>} fills the next row
 */
function rowsFrom(parts) {
  const packed = new Blob(/** @type {Uint8Array<ArrayBuffer>[]} */ (parts));
  const reader = packed.stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  let rest = room(0);
  return async (row) => {
    for (let at = 0; at < row.length; ) {
      if (!rest.length) {
        const { done, value } = await reader.read();
        if (done) throw new TornError("the end is missing");
        rest = value;
      }
      const piece = rest.subarray(0, row.length - at);
      row.set(piece, at);
      at += piece.length;
      rest = rest.subarray(piece.length);
    }
  };
}

/**
 * @param {Uint8Array} bytes
 * @param {{ width: number, height: number, channels: number }} shape
 * @returns {Promise<Pixels>}
 */
async function decode(bytes, shape) {
  const { width, height, channels } = shape;
  // Python looks at all of a grey picture's 16 bits, at the higher 8 of colours.
  const isGrey = channels === 1;
  const values = isGrey ? new Uint16Array(width * height) : room(width * height * channels);
  const all = [...chunks(bytes)];
  const parts = all.filter(({ name }) => name === "IDAT");
  const next = rowsFrom(parts.map(({ content }) => content));
  const step = 2 * channels;
  for (const [left, top, across, down] of bytes[INTERLACED] ? PASSES : WHOLE) {
    const wide = Math.ceil((width - left) / across);
    if (wide <= 0) continue;
    let above = room(wide * step);
    let row = room(wide * step);
    const filtered = room(1 + row.length);
    for (let y = top; y < height; y += down) {
      await next(filtered);
      undo(filtered, row, above, step);
      for (let x = 0; x < wide; x += 1) {
        const to = (y * width + left + x * across) * channels;
        for (let c = 0; c < channels; c += 1) {
          const at = x * step + 2 * c;
          values[to + c] = isGrey ? 256 * row[at] + row[at + 1] : row[at];
        }
      }
      [above, row] = [row, above];
    }
  }
  if (values instanceof Uint16Array) return { ...shape, data: toEightBits(values) };
  const clear = bytes[KIND] === COLOURS && all.find(({ name }) => name === "tRNS");
  return clear ? cleared(shape, values, clear.content) : { ...shape, data: values };
}

/**
 * Give colours alpha: one of them is clear. As Python does, the higher bytes alone are looked at.
 *
 * @param {{ width: number, height: number }} shape
 * @param {Uint8Array} values
 * @param {Uint8Array} clear red, green, blue of 16 bits
 * @returns {Pixels}
 */
function cleared({ width, height }, values, clear) {
  if (clear.length < 6) throw new TornError("no colour");
  const data = room(4 * width * height);
  for (let from = 0, to = 0; to < data.length; from += 3, to += 4) {
    data.set(values.subarray(from, from + 3), to);
    const isClear = [0, 1, 2].every((c) => values[from + c] === clear[2 * c]);
    data[to + 3] = isClear ? 0 : 255;
  }
  return { width, height, channels: 4, data };
}

/**
 * Each byte was stored as what it differs by from those before or above.
 *
 * @param {Uint8Array} filtered the filter's number, then the differences
 * @param {Uint8Array} row is filled
 * @param {Uint8Array} above
 * @param {number} step bytes of a pixel
 */
function undo(filtered, row, above, step) {
  const guess = GUESSES[filtered[0]];
  if (!guess) throw new TornError("no filter");
  for (let i = 0; i < row.length; i += 1) {
    const isFirst = i < step;
    const before = isFirst ? 0 : row[i - step];
    row[i] = filtered[i + 1] + guess(before, above[i], isFirst ? 0 : above[i - step]);
  }
}

/**
 * What a byte differs from, by the number of the filter.
 *
 * @type {((before: number, above: number, corner: number) => number)[]}
 */
const GUESSES = [
  () => 0,
  (before) => before,
  (_, above) => above,
  (before, above) => (before + above) >> 1,
  (before, above, corner) => {
    const sum = before + above - corner;
    const [a, b, c] = [Math.abs(sum - before), Math.abs(sum - above), Math.abs(sum - corner)];
    if (a <= b && a <= c) return before;
    return b <= c ? above : corner;
  },
];
