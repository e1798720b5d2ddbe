// @ts-check
// Unpacks the strips or tiles that TIFF pictures come in.

import words from "../../../qdtools/drawings/pictures.json" with { type: "json" };
import { unpackFax } from "./fax.js";
import { room, TornError, UnreadError, unpackBits } from "./pixels.js";

// How a piece may be packed.
export const PLAIN = 1;
const FAX_ROWS = 2;
const GROUP_3 = 3;
const GROUP_4 = 4;
const LZW = 5;
export const JPEG = 7;
const DEFLATE = [8, 32_946];
const RUNS = 32_773;
/** @type {Record<string, string>} what Python does not read either */
const UNREAD = words.tiff_packings;
/** What stores differences between pixels, if the file says so. */
export const mayBeDifferences = (/** @type {number} */ packing) =>
  packing === LZW || DEFLATE.includes(packing);

/**
 * @typedef {object} Piece
 * @property {number} packing
 * @property {number} count of bytes that it unpacks to
 * @property {number} width in pixels
 * @property {number} height
 * @property {number} options of group 3: the lowest bit says that rows may stand on those above
 */

/**
 * Unpack a piece, never more than it should hold.
 *
 * @param {Uint8Array} packed
 * @param {Piece} piece
 * @returns {Promise<Uint8Array>}
 * @throws {TornError} if it holds less
 * @throws {UnreadError} if it is packed in a way that is not read
 */
export async function unpack(packed, { packing, count, width, height, options }) {
  if (packing === PLAIN) {
    if (packed.length < count) throw new TornError("the end is missing");
    return packed.subarray(0, count);
  }
  if (packing === FAX_ROWS) return unpackFax(packed, width, height, "rows");
  if (packing === GROUP_3) return unpackFax(packed, width, height, "group 3", options % 2 === 1);
  if (packing === GROUP_4) return unpackFax(packed, width, height, "group 4");
  if (packing === RUNS) return unpackBits(packed, count);
  if (packing === LZW) return unpackLzw(packed, count);
  if (DEFLATE.includes(packing)) return inflateFirst(packed, count);
  throw new UnreadError(`TIFF packed ${UNREAD[packing] ?? "in a way of its own"}`);
}

/**
 * @param {Uint8Array} packed
 * @param {number} count
 */
async function inflateFirst(packed, count) {
  const stream = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (packed)]).stream();
  const reader = stream.pipeThrough(new DecompressionStream("deflate")).getReader();
  const bytes = room(count);
  let at = 0;
  while (at < count) {
    const { done, value } = await reader.read();
    if (done) throw new TornError("the end is missing");
    bytes.set(value.subarray(0, count - at), at);
    at += value.length;
  }
  reader.cancel().catch(() => {}); // what follows is of no interest
  return bytes;
}

const CLEAR = 256;
const END = 257;
const MOST_CODES = 4096;

/**
 * @param {Uint8Array} packed
 * @param {number} count
 */
function unpackLzw(packed, count) {
  const bytes = room(count);
  // Each code stands for a text that was written before: where that begins, how long it is.
  const begins = new Uint32Array(MOST_CODES);
  const lengths = new Uint32Array(MOST_CODES);
  let [bit, size, known, to] = [0, 9, END + 1, 0];
  while (to < count) {
    if (bit + size > 8 * packed.length) throw new TornError("the end is missing");
    const at = bit >> 3;
    const three = (packed[at] << 16) | ((packed[at + 1] ?? 0) << 8) | (packed[at + 2] ?? 0);
    const code = (three >> (24 - size - (bit & 7))) & (2 ** size - 1);
    bit += size;
    if (code === END) throw new TornError("the end is missing");
    if (code === CLEAR) {
      [size, known] = [9, END + 1];
      continue;
    }
    const start = to;
    if (code < CLEAR) {
      bytes[to] = code;
      to += 1;
    } else {
      if (code >= known) throw new TornError("no code");
      for (let i = 0; i < lengths[code] && to < count; i += 1, to += 1) {
        bytes[to] = bytes[begins[code] + i];
      }
    }
    // What was last written, with the first byte of what comes next, is the next code.
    if (known < MOST_CODES) {
      begins[known] = start;
      lengths[known] = to - start + 1;
      known += 1;
    }
    if (known >= 2 ** size && size < 12) size += 1;
  }
  return bytes;
}
