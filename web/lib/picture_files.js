// @ts-check
// Decodes picture files by means of the browser, whatever they claim to be.

import words from "../../qdtools/drawings/pictures.json" with { type: "json" };
import { isMoving, turnOf } from "./formats/metadata.js";
import { rowsOf, turned, UnreadError } from "./formats/pixels.js";
import { FAR, headerOf, isReadWhole } from "./picture_headers.js";
import { PictureError, refusal } from "./pictures.js";
import { Shrinking } from "./shrinking.js";

/** @typedef {import("./shrinking.js").Shrunk} Shrunk */

const MAX_BYTES = 200_000_000;
// What is read of a decoded picture at once: pixels of a strip, columns of a piece of it.
const STRIP = 1_000_000;
const PIECE = 4096;

/**
 * Decode a picture file, shrunk to what ink needs. Its size is read before anything is unpacked.
 *
 * @param {Blob} file
 * @returns {Promise<Shrunk>}
 * @throws {PictureError} if the browser cannot, or if the picture is too large
 */
export async function decode(file) {
  if (file.size > MAX_BYTES)
    throw new PictureError("This file is too large; give a smaller picture.");
  const first = new Uint8Array(await file.slice(0, FAR).arrayBuffer());
  // Where such a file says its size is anywhere in it.
  const bytes = isReadWhole(first) ? new Uint8Array(await file.arrayBuffer()) : first;
  const header = readHeader(bytes);
  if (!header) throw refusal("unknown");
  if ("what" in header) throw refusal(header.remedy ? "no_pixels" : "unread", { ...header });
  if (!header.width || !header.height) throw torn();
  check(header);
  checkCost(header);
  const said = isMoving(bytes) ? [words.first_frame] : [];
  if (header.decode) return { ...(await readOwn(header.decode)), said };
  try {
    const turn = turnOf(bytes);
    const shrunk = await inBrowser(file, read, turn === undefined ? "from-image" : "none");
    const { width, height, data } = turned({ ...shrunk, channels: 4 }, turn ?? 1);
    return { ...shrunk, width, height, data: new Uint8ClampedArray(data), said };
  } catch (error) {
    if (error instanceof PictureError) throw error;
    if (header.format !== "HEIC") throw torn();
    throw new PictureError(
      "This is a HEIC picture, which this browser does not read; save it as JPEG.",
    );
  }
}

/** @param {Uint8Array} bytes */
function readHeader(bytes) {
  try {
    return headerOf(bytes);
  } catch (error) {
    throw torn(error);
  }
}

/**
 * @param {unknown} [error] that tells why, unless it is a fault of the file
 */
const torn = (error) =>
  refusal("torn", { reason: error instanceof UnreadError ? error.message : "torn" });

/**
 * @template T
 * @param {Blob} file
 * @param {(bitmap: ImageBitmap) => T} use
 * @param {ImageOrientation} [imageOrientation] whether the browser turns it as Exif says
 * @returns {Promise<T>}
 */
async function inBrowser(file, use, imageOrientation = "from-image") {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", imageOrientation });
  try {
    check(bitmap);
    return use(bitmap);
  } finally {
    bitmap.close();
  }
}

/** @param {{ width: number, height: number }} size */
function check({ width, height }) {
  if (width * height > words.most_pixels || Math.max(width, height) > words.longest_side) {
    throw refusal("too_large", { width, height });
  }
}

/**
 * Refuse what Python refuses, whose decoders of some formats take many times the room of the pixels.
 *
 * @param {{ format: string, within?: string, width: number, height: number }} header
 */
function checkCost({ format: whole, within, width, height }) {
  const format = within ?? whole;
  const { most_millions: most } = words.formats.find(({ name }) => name === format) ?? {};
  if (most && width * height > 1e6 * most) {
    throw refusal("too_costly", { width, height, format, most });
  }
}

/**
 * @param {import("./formats/pixels.js").Opened["decode"]} decode
 * @returns {Promise<Shrunk>}
 */
async function readOwn(decode) {
  try {
    const pixels = await decode(inPieces);
    const { width, height } = pixels;
    const shrinking = new Shrinking(width, height);
    const rows = Math.max(1, Math.floor(STRIP / width));
    for (let top = 0; top < height; top += rows) {
      shrinking.add(rowsOf(pixels, top, Math.min(rows, height - top)));
    }
    return shrinking.shrunk;
  } catch (error) {
    throw error instanceof PictureError ? error : torn(error);
  }
}

/** @type {import("./formats/pixels.js").Decode} */
const inPieces = (parts) =>
  inBrowser(new Blob(/** @type {Uint8Array<ArrayBuffer>[]} */ (parts)), (bitmap) => {
    const { width, height } = bitmap;
    const context = surface(width, height);
    context.drawImage(bitmap, 0, 0);
    return { width, height, channels: 4, data: context.getImageData(0, 0, width, height).data };
  });

/**
 * Read a bitmap strip by strip, so that no more of it is unpacked than the browser itself holds.
 *
 * @param {ImageBitmap} bitmap
 * @returns {Shrunk}
 */
function read(bitmap) {
  const { width, height } = bitmap;
  const shrinking = new Shrinking(width, height);
  const rows = Math.max(1, Math.floor(STRIP / width));
  const context = surface(Math.min(width, PIECE), Math.min(rows, height));
  for (let top = 0; top < height; top += rows) {
    const tall = Math.min(rows, height - top);
    const strip = new Uint8ClampedArray(4 * width * tall);
    for (let left = 0; left < width; left += PIECE) {
      const wide = Math.min(PIECE, width - left);
      context.clearRect(0, 0, wide, tall);
      context.drawImage(bitmap, left, top, wide, tall, 0, 0, wide, tall);
      const { data } = context.getImageData(0, 0, wide, tall);
      for (let y = 0; y < tall; y += 1) {
        strip.set(data.subarray(4 * wide * y, 4 * wide * (y + 1)), 4 * (width * y + left));
      }
    }
    shrinking.add(strip);
  }
  return shrinking.shrunk;
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D}
 */
function surface(width, height) {
  const canvas =
    typeof OffscreenCanvas === "undefined"
      ? Object.assign(document.createElement("canvas"), { width, height })
      : new OffscreenCanvas(width, height);
  // Which of the two it is matters to no one below.
  return /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
}
