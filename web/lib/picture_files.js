// @ts-check
// Decodes picture files by means of the browser, whatever they claim to be.

import words from "../../qdtools/drawings/pictures.json" with { type: "json" };
import { FAR, headerOf } from "./picture_headers.js";
import { PictureError, refusal } from "./pictures.js";
import { Shrinking } from "./shrinking.js";
import { decodeTiff, isTiff } from "./tiff.js";

/** @typedef {import("./shrinking.js").Shrunk} Shrunk */

const MAX_BYTES = 200_000_000;
// What is read of a decoded picture at once: pixels of a strip, columns of a piece of it.
const STRIP = 1_000_000;
const PIECE = 4096;
const UNREADABLE = "This is no picture that the browser can read; try a PNG or JPEG.";

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
  let bytes = new Uint8Array(await file.slice(0, FAR).arrayBuffer());
  // Where such a file says its size is anywhere in it.
  if (isTiff(bytes)) bytes = new Uint8Array(await file.arrayBuffer());
  const header = headerOf(bytes);
  if (!header) throw refusal("unknown");
  if ("what" in header) throw refusal("no_pixels", { ...header });
  if (!header.width || !header.height) throw new PictureError(UNREADABLE);
  check(header);
  if (header.format === "TIFF") return readTiff(bytes);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new PictureError(
      header.format === "HEIC"
        ? "This is a HEIC picture, which this browser does not read; save it as JPEG."
        : UNREADABLE,
    );
  }
  try {
    check(bitmap);
    return read(bitmap);
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
 * @param {Uint8Array} bytes of a TIFF file
 * @returns {Shrunk}
 */
function readTiff(bytes) {
  let picture;
  try {
    picture = decodeTiff(bytes);
  } catch {
    throw new PictureError(
      "This TIFF picture is torn, or packed in a way that this page does not read; save it as PNG.",
    );
  }
  const { width, height } = picture;
  const shrinking = new Shrinking(width, height);
  const rows = Math.max(1, Math.floor(STRIP / width));
  for (let top = 0; top < height; top += rows) {
    shrinking.add(picture.rows(top, Math.min(rows, height - top)));
  }
  return shrinking.shrunk;
}

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
