// @ts-check
// Reads from a picture file's first bytes what it is, how large it is: before anything is decoded.

import words from "../../qdtools/drawings/pictures.json" with { type: "json" };
import { isBmp, isDib, openBmp, openDib } from "./formats/bmp.js";
import { isDds, openDds } from "./formats/dds.js";
import { isDeep, openDeepPng } from "./formats/deep_png.js";
import { isIcns, isIco, openIcns, openIco } from "./formats/icons.js";
import { isJpeg2000, openJpeg2000 } from "./formats/jpeg2000.js";
import { isToldLate } from "./formats/metadata.js";
import { isNetpbm, openNetpbm } from "./formats/netpbm.js";
import { isPcx, openPcx } from "./formats/pcx.js";
import { isPsd, openPsd } from "./formats/psd.js";
import { isQoi, openQoi } from "./formats/qoi.js";
import { isSgi, openSgi } from "./formats/sgi.js";
import { isTga, openTga } from "./formats/tga.js";
import { isTiff, openTiff } from "./formats/tiff.js";
import { isXbm, openXbm } from "./formats/xbm.js";

/** @typedef {import("./formats/pixels.js").Opened} Opened */

/**
 * @typedef {object} Header
 * @property {string} format
 * @property {string} [within] the format of what that holds, where it holds another
 * @property {number} width in pixels
 * @property {number} height
 * @property {Opened["decode"]} [decode] where browsers do not
 */

/** @typedef {{ what: string, remedy?: string }} Other what is not read; with a remedy where it is no picture of pixels */

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

/**
 * Formats that browsers do not read, or not as Python does: whether a file is one, what opens it. The
 * last begins with no word of its own.
 *
 * @type {[(bytes: Uint8Array) => boolean, (bytes: Uint8Array) => Opened | undefined][]}
 */
const OWN = [
  [(bytes) => isPng(bytes) && isDeep(bytes), openDeepPng],
  [isBmp, openBmp],
  [isNetpbm, openNetpbm],
  [isDib, openDib],
  [isTiff, openTiff],
  [isJpeg2000, openJpeg2000],
  [isIco, openIco],
  [isIcns, openIcns],
  [isPsd, openPsd],
  [isPcx, openPcx],
  [isSgi, openSgi],
  [isQoi, openQoi],
  [isDds, openDds],
  [isXbm, openXbm],
  [isTga, openTga],
];

/** @type {(bytes: Uint8Array) => boolean} whether all of a file is needed, not its first bytes alone */
export const isReadWhole = (bytes) =>
  !unreadOf(bytes) && (isToldLate(bytes) || OWN.some(([isOne]) => isOne(bytes)));

/** @param {Uint8Array} bytes @returns {{ what: string } | undefined} a picture of a kind that is not read */
const unreadOf = (bytes) =>
  words.unread_formats.find(({ begins, at = 0 }) => says(bytes, begins, at));

/**
 * @param {Uint8Array} bytes the first of a file, all of it if it is to be read whole
 * @returns {Header | Other | undefined} what a picture is; what else it is, with a remedy unless it
 *   is a picture; undefined if it is neither
 * @throws {UnreadError} if it is a picture that is not read, though its format is
 * @throws {Error} if a file that is read whole is torn
 */
export function headerOf(bytes) {
  if (!bytes.length) return words.nothing;
  const unread = unreadOf(bytes);
  if (unread) return { what: unread.what };
  const own = OWN.find(([isOne]) => isOne(bytes));
  const opened = own?.[1](bytes);
  if (opened) return opened;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isPng(bytes)) return png(view);
  if (says(bytes, "\xff\xd8\xff")) return jpeg(view);
  if (says(bytes, "RIFF") && says(bytes, "WEBP", 8)) return webp(view, bytes);
  if (says(bytes, "GIF8")) return gif(view);
  if (says(bytes, "ftyp", 4)) {
    const isAvif = says(bytes, "avif", 8) || says(bytes, "avis", 8);
    if (!isAvif && !HEIC.some((brand) => says(bytes, brand, 8))) return words.film;
    return boxed(view, bytes, isAvif ? "AVIF" : "HEIC");
  }
  const start = String.fromCharCode(...bytes.subarray(0, 1024)).replace(/^[\xef\xbb\xbf\s]+/, "");
  const other = words.others.find(({ begins }) => start.startsWith(begins));
  if (other || !start.startsWith("<")) return other;
  return words.within.find(({ holds }) => start.toLowerCase().includes(holds));
}
