// @ts-check
// Reads from a picture file's first bytes what it is, how large it is: before anything is decoded.

import words from "../../qdtools/drawings/pictures.json" with { type: "json" };
import { isDeep, openDeepPng } from "./deep_png.js";
import { isNetpbm, openNetpbm } from "./netpbm.js";
import { UnreadError } from "./pixels.js";
import { isTiff, openTiff } from "./tiff.js";

/**
 * @typedef {object} Header
 * @property {string} format
 * @property {number} width in pixels
 * @property {number} height
 * @property {Uint8Array} [before] what it lacks to be a file that browsers read
 * @property {import("./pixels.js").Opened["decode"]} [decode] where browsers do not
 */

/** @typedef {{ what: string, remedy: string }} Other what is no picture of pixels that browsers read */

const HEIC = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];

// Where such a WebP file says its width, before its height.
const LOSSY_SIZE = 26;
/** Looks no farther than this for a size; bytes. */
export const FAR = 4_000_000;

/** @type {(bytes: Uint8Array, text: string, at?: number) => boolean} whether a text stands at a place */
const says = (bytes, text, at = 0) =>
  bytes.length >= at + text.length &&
  [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** @param {DataView} view @returns {Header | undefined} */
function png(view) {
  if (view.byteLength < 24) return undefined;
  return { format: "PNG", width: view.getUint32(16), height: view.getUint32(20) };
}

/** @type {(bytes: Uint8Array) => boolean} */
const isPng = (bytes) => says(bytes, "\x89PNG\r\n\x1a\n");

/** @param {DataView} view @returns {Header | undefined} */
function jpeg(view) {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // A frame's header, which some other markers lie among.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      return { format: "JPEG", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += isBare ? 2 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** @param {DataView} view @param {Uint8Array} bytes @returns {Header | undefined} */
function webp(view, bytes) {
  const format = "WebP";
  if (view.byteLength < 30) return undefined;
  /** @param {number} at */
  const three = (at) => view.getUint16(at, true) + 65536 * view.getUint8(at + 2);
  if (says(bytes, "VP8X", 12)) return { format, width: three(24) + 1, height: three(27) + 1 };
  if (says(bytes, "VP8L", 12)) {
    const bits = view.getUint32(21, true);
    return { format, width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  if (!says(bytes, "VP8 ", 12)) return undefined;
  return {
    format,
    width: view.getUint16(LOSSY_SIZE, true) & 0x3fff,
    height: view.getUint16(LOSSY_SIZE + 2, true) & 0x3fff,
  };
}

/** @param {DataView} view @returns {Header | undefined} */
function gif(view) {
  if (view.byteLength < 10) return undefined;
  return { format: "GIF", width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** @param {DataView} view @returns {Header | undefined} */
function bmp(view) {
  if (view.byteLength < 26) return undefined;
  const format = "BMP";
  // The oldest kind has sizes of two bytes; a height below zero counts from the top.
  if (view.getUint32(14, true) === 12) {
    return { format, width: view.getUint16(18, true), height: view.getUint16(20, true) };
  }
  return {
    format,
    width: Math.abs(view.getInt32(18, true)),
    height: Math.abs(view.getInt32(22, true)),
  };
}

/**
 * The largest of the images that such a file tells of.
 *
 * @param {DataView} view
 * @param {Uint8Array} bytes
 * @param {string} format
 * @returns {Header | undefined}
 */
function boxed(view, bytes, format) {
  /** @type {Header | undefined} */
  let largest;
  const end = Math.min(view.byteLength - 16, 65_536);
  for (let at = 0; at <= end; at += 1) {
    if (!says(bytes, "ispe", at)) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (!largest || width * height > largest.width * largest.height) {
      largest = { format, width, height };
    }
  }
  return largest;
}

/** What Python reads besides, by what it begins with. */
const PYTHON_ALONE = [
  ["JPEG 2000", "\0\0\0\x0cjP  "],
  ["JPEG 2000", "\xff\x4f\xff\x51"],
  ["ICO", "\0\0\x01\0"],
  ["ICNS", "icns"],
  ["PSD", "8BPS"],
  ["QOI", "qoif"],
  ["DDS", "DDS "],
  ["SGI", "\x01\xda"],
  ["PCX", "\x0a\x05\x01"],
];

const DIB_HEADERS = [12, 40, 52, 56, 64, 108, 124];
const DIB_BITS = [1, 4, 8, 16, 24, 32];
// What a whole file has before.
const BEFORE = 14;

/**
 * A BMP picture without the first of its headers.
 *
 * @param {Uint8Array} bytes
 * @returns {Header | undefined}
 */
function dib(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 40) return undefined;
  const size = view.getUint32(0, true);
  const isOld = size === 12;
  const bits = view.getUint16(isOld ? 10 : 14, true);
  if (!DIB_HEADERS.includes(size) || !DIB_BITS.includes(bits)) return undefined;
  // Between the header and the pixels: masks that the shorter header has no room for, the palette.
  const masks = size === 40 && view.getUint32(16, true) === 3 ? 12 : 0;
  const told = isOld ? 0 : view.getUint32(32, true);
  const colours = bits <= 8 ? told || 2 ** bits : 0;
  const before = new Uint8Array(BEFORE);
  const head = new DataView(before.buffer);
  before.set([66, 77]); // BM
  head.setUint32(2, BEFORE + bytes.length, true);
  head.setUint32(10, BEFORE + size + masks + colours * (isOld ? 3 : 4), true);
  const whole = new Uint8Array(BEFORE + 40);
  whole.set(before);
  whole.set(bytes.subarray(0, 40), BEFORE);
  const header = bmp(new DataView(whole.buffer));
  return header && { ...header, format: "DIB", before };
}

/** @type {(bytes: Uint8Array) => boolean} whether all of a file is needed, not its first bytes alone */
export const isReadWhole = (bytes) =>
  isTiff(bytes) || isNetpbm(bytes) || (isPng(bytes) && isDeep(bytes));

/**
 * @param {Uint8Array} bytes the first of a file, all of it if it is to be read whole
 * @returns {Header | Other | undefined} what a picture is; what else it is, with a remedy;
 *   undefined if it is neither
 * @throws {UnreadError} if it is a picture that is not read
 * @throws {Error} if a file that is read whole is torn
 */
export function headerOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isPng(bytes)) return (isDeep(bytes) && openDeepPng(bytes)) || png(view);
  if (says(bytes, "\xff\xd8\xff")) return jpeg(view);
  if (says(bytes, "RIFF") && says(bytes, "WEBP", 8)) return webp(view, bytes);
  if (says(bytes, "GIF8")) return gif(view);
  if (says(bytes, "BM") && bytes.length >= 26 && view.getUint32(14, true) < 256) return bmp(view);
  if (says(bytes, "ftyp", 4)) {
    const isAvif = says(bytes, "avif", 8) || says(bytes, "avis", 8);
    if (!isAvif && !HEIC.some((brand) => says(bytes, brand, 8))) return words.film;
    return boxed(view, bytes, isAvif ? "AVIF" : "HEIC");
  }
  if (isTiff(bytes)) return openTiff(bytes);
  if (isNetpbm(bytes)) return openNetpbm(bytes);
  const bare = dib(bytes);
  if (bare) return bare;
  const named = PYTHON_ALONE.find(([, begin]) => says(bytes, begin));
  if (named) throw new UnreadError(named[0]);
  const start = String.fromCharCode(...bytes.subarray(0, 1024)).replace(/^[\xef\xbb\xbf\s]+/, "");
  const other = words.others.find(({ begins }) => start.startsWith(begins));
  if (other || !start.startsWith("<")) return other;
  return words.within.find(({ holds }) => start.toLowerCase().includes(holds));
}
