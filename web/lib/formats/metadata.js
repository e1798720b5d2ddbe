// @ts-check
// Tells what stands in a file beside the pixels of its first picture: further frames, how to turn it.

import { Cursor, room } from "./pixels.js";
import { hasNextPage, isTiff, orientationOf } from "./tiff.js";

/** @type {(bytes: Uint8Array, text: string, at: number) => boolean} whether a text stands at a place */
const says = (bytes, text, at) =>
  [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** @type {(bytes: Uint8Array) => boolean} */
const isGif = (bytes) => says(bytes, "GIF8", 0);
/** @type {(bytes: Uint8Array) => boolean} whether a file is a WebP picture of several parts */
const isWebp = (bytes) => says(bytes, "RIFF", 0) && says(bytes, "WEBPVP8X", 8);

/** @type {(bytes: Uint8Array) => boolean} whether what this tells may stand at the end of a file */
export const isToldLate = (bytes) => isGif(bytes) || isWebp(bytes);

/**
 * Whether further frames follow the first. What is torn behind that is not asked for.
 *
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
export function isMoving(bytes) {
  try {
    if (isGif(bytes)) return hasSecondImage(bytes);
    if (isWebp(bytes)) return partsOf(bytes).filter(({ name }) => name === "ANMF").length > 1;
    if (says(bytes, "\x89PNG", 0)) return framesOfPng(bytes) > 1;
    if (says(bytes, "ftypavis", 4)) return framesOfAvif(bytes) > 1;
    return isTiff(bytes) && hasNextPage(bytes);
  } catch {
    return false;
  }
}

/**
 * How Exif says that a picture is to be turned, where browsers do not agree on that.
 *
 * @param {Uint8Array} bytes
 * @returns {number | undefined} from 1, which is upright, to 8
 */
export function turnOf(bytes) {
  if (!isWebp(bytes)) return undefined;
  try {
    const exif = partsOf(bytes).find(({ name }) => name === "EXIF")?.content ?? room(0);
    return orientationOf(says(exif, "Exif\0\0", 0) ? exif.subarray(6) : exif);
  } catch {
    return undefined; // a torn profile says nothing
  }
}

/**
 * @param {Uint8Array} bytes of a GIF file
 * @returns {boolean}
 */
function hasSecondImage(bytes) {
  const cursor = new Cursor(bytes);
  const skipTable = (/** @type {number} */ flags) => {
    if (flags & 128) cursor.step(3 * 2 ** ((flags & 7) + 1));
  };
  const skipBlocks = () => {
    for (let length = cursor.u8(); length; length = cursor.u8()) cursor.step(length);
  };
  cursor.step(10);
  const flags = cursor.u8();
  cursor.step(2);
  skipTable(flags);
  for (let images = 0; ; ) {
    const mark = String.fromCharCode(cursor.u8());
    if (mark === ";") return false;
    if (mark === "!") {
      cursor.step(1);
      skipBlocks();
    }
    if (mark === ",") {
      images += 1;
      if (images > 1) return true;
      cursor.step(8);
      skipTable(cursor.u8());
      cursor.step(1);
      skipBlocks();
    }
  }
}

/**
 * @param {Uint8Array} bytes of a WebP file
 * @returns {{ name: string, content: Uint8Array }[]}
 */
function partsOf(bytes) {
  const cursor = new Cursor(bytes);
  const parts = [];
  cursor.step(12);
  while (cursor.at + 8 <= bytes.length) {
    const name = String.fromCharCode(...cursor.take(4));
    const length = cursor.u32();
    parts.push({ name, content: bytes.subarray(cursor.at, cursor.at + length) });
    cursor.at += length + (length % 2);
  }
  return parts;
}

/**
 * @param {Uint8Array} bytes of a PNG file
 * @returns {number}
 */
function framesOfPng(bytes) {
  const cursor = new Cursor(bytes, false);
  // A picture without a place in the animation comes before all of it.
  let [told, ownPicture] = [0, 1];
  cursor.step(8);
  for (;;) {
    const length = cursor.u32();
    const name = String.fromCharCode(...cursor.take(4));
    if (name === "IDAT") return told && told + ownPicture;
    if (name === "fcTL") ownPicture = 0;
    const content = new Cursor(cursor.take(length), false);
    if (name === "acTL") told = content.u32();
    cursor.step(4);
  }
}

/**
 * @param {Uint8Array} bytes of an AVIF file that holds a film
 * @returns {number}
 */
function framesOfAvif(bytes) {
  const cursor = new Cursor(bytes, false);
  while (!says(bytes, "stsz", cursor.at)) cursor.step(1);
  cursor.step(12);
  return cursor.u32();
}
