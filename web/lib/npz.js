// @ts-check
// Arrays in numpy's .npz form, read or written: a zip of .npy files.

import { halfValue } from "./half.js";
import { inflate } from "./inflate.js";
import { product } from "./shapes.js";

/** @typedef {{ shape: number[], values: Float32Array }} NumpyArray its numbers row by row */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_LENGTH = 22;
// Where an entry of the list of files says how long its name is, with what follows that.
const LENGTHS = [0x1c, 0x1e, 0x20];
const STORED = 0;
const DEFLATED = 8;
// A zip's first day, since the time of writing would make equal weights into different files.
const FIRST_DAY = 33;
const MAGIC = "\x93NUMPY";
/** More bytes than any network of these pages has. */
const MOST_BYTES = 64_000_000;

/** @param {ArrayLike<number>} bytes */
const lettersOf = (bytes) => String.fromCharCode(...Array.from(bytes));

/** @param {Uint8Array} bytes @returns {number} their checksum, as zip files hold it */
function checksum(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/**
 * Write an array of 32-bit floats as a .npy file.
 *
 * @param {NumpyArray} array
 * @returns {Uint8Array}
 */
function writeNpy({ shape, values }) {
  const lengths = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': ${lengths}, }`;
  // The numbers begin at a multiple of 64 bytes.
  const room = Math.ceil((10 + head.length + 1) / 64) * 64 - 10;
  const text = `${head.padEnd(room - 1)}\n`;
  const bytes = new Uint8Array(10 + room + 4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, letter] of [...MAGIC].entries()) bytes[i] = letter.charCodeAt(0);
  bytes.set([1, 0], 6);
  view.setUint16(8, room, true);
  for (let i = 0; i < room; i += 1) bytes[10 + i] = text.charCodeAt(i);
  for (const [i, value] of values.entries()) view.setFloat32(10 + room + 4 * i, value, true);
  return bytes;
}

/**
 * Write arrays as `numpy.savez(file, *arrays)` does.
 *
 * @param {NumpyArray[]} arrays
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeNpz(arrays) {
  /** @type {number[]} */
  const offsets = [];
  const files = arrays.map(writeNpy);
  const names = files.map((_, i) => [...`arr_${i}.npy`].map((letter) => letter.charCodeAt(0)));
  const sizes = files.map((file, i) => file.length + names[i].length);
  const total = sizes.reduce((sum, size, i) => sum + size + 30 + 46 + names[i].length, END_LENGTH);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  /** @param {number[]} numbers of two bytes each */
  const put = (...numbers) => {
    for (const number of numbers) {
      view.setUint16(at, number, true);
      at += 2;
    }
  };
  /** @param {number} number */
  const putLong = (number) => {
    view.setUint32(at, number, true);
    at += 4;
  };
  /** @param {ArrayLike<number>} content */
  const putBytes = (content) => {
    bytes.set(content, at);
    at += content.length;
  };
  const checks = files.map(checksum);
  /** @param {number} i */
  const putEntry = (i) => {
    put(20, 0, STORED, 0, FIRST_DAY);
    putLong(checks[i]);
    putLong(files[i].length);
    putLong(files[i].length);
    put(names[i].length, 0);
  };
  for (const [i, file] of files.entries()) {
    offsets.push(at);
    putLong(LOCAL);
    putEntry(i);
    putBytes(names[i]);
    putBytes(file);
  }
  const start = at;
  for (const i of files.keys()) {
    putLong(CENTRAL);
    put(20);
    putEntry(i);
    put(0, 0, 0);
    putLong(0);
    putLong(offsets[i]);
    putBytes(names[i]);
  }
  const length = at - start;
  putLong(END);
  put(0, 0, files.length, files.length);
  putLong(length);
  putLong(start);
  put(0);
  return bytes;
}

/** How each of numpy's kinds of number is read, with its bytes. */
const KINDS = /** @type {Record<string, [number, (view: DataView, at: number) => number]>} */ ({
  "<f2": [2, (view, at) => halfValue(view.getUint16(at, true))],
  "<f4": [4, (view, at) => view.getFloat32(at, true)],
  "<f8": [8, (view, at) => view.getFloat64(at, true)],
});

/**
 * Read a .npy file.
 *
 * @param {Uint8Array} bytes
 * @returns {NumpyArray}
 * @throws {Error} if it is none, or holds other numbers
 */
function readNpy(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (lettersOf(bytes.subarray(0, 6)) !== MAGIC) throw new Error("no .npy file");
  const isLong = bytes[6] > 1;
  const from = isLong ? 12 : 10;
  const start = from + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  const head = lettersOf(bytes.subarray(from, start));
  const kind = /'descr': '([^']+)'/.exec(head)?.[1] ?? "";
  const lengths = /'shape': \(([\d, ]*)\)/.exec(head)?.[1];
  if (
    !Object.hasOwn(KINDS, kind) ||
    lengths === undefined ||
    !/'fortran_order': False/.test(head)
  ) {
    throw new Error("numbers of another kind or order");
  }
  const shape = lengths.split(",").flatMap((length) => (length.trim() ? [Number(length)] : []));
  const [size, read] = KINDS[kind];
  const count = product(shape);
  if (start + count * size !== bytes.length) throw new Error("torn");
  return {
    shape,
    values: Float32Array.from({ length: count }, (_, i) => read(view, start + i * size)),
  };
}

/**
 * Read arrays as `numpy.savez` or `numpy.savez_compressed` writes them.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<NumpyArray[]>} in the order in which they were written
 * @throws {Error} if it is no such file, or not whole
 */
export async function readNpz(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_LENGTH;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Error("no zip");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const arrays = [];
  let total = 0;
  for (let i = 0; i < count; i += 1) {
    if (view.getUint32(at, true) !== CENTRAL) throw new Error("torn");
    const how = view.getUint16(at + 10, true);
    const [check, packed, size, entry] = [16, 20, 24, 42].map((place) =>
      view.getUint32(at + place, true),
    );
    total += size;
    if (total > MOST_BYTES) throw new Error("too large");
    // What comes before an entry's bytes may be longer there than here.
    const start =
      entry + 30 + view.getUint16(entry + 26, true) + view.getUint16(entry + 0x1c, true);
    const content = bytes.slice(start, start + packed);
    if (content.length !== packed || (how !== STORED && how !== DEFLATED)) throw new Error("torn");
    const file = how === DEFLATED ? await inflate(content, "deflate-raw") : content;
    if (file.length !== size || checksum(file) !== check) throw new Error("torn");
    arrays.push(readNpy(file));
    at += 46 + LENGTHS.reduce((sum, place) => sum + view.getUint16(at + place, true), 0);
  }
  return arrays;
}
