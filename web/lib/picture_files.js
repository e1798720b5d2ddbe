// @ts-check
// Decodes picture files by means of the browser.

import { PictureError } from "./pictures.js";

/** @typedef {import("./colours.js").Rgba} Rgba */

const MAX_PIXELS = 50_000_000;

/**
 * Decode a picture file.
 *
 * @param {Blob} file
 * @returns {Promise<Rgba>}
 * @throws {PictureError} if the browser cannot, or if the picture is too large
 */
export async function decode(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new PictureError("This is no picture that the browser can read; try a PNG or JPEG.");
  }
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    throw new PictureError("This picture has too many pixels; give a smaller one.");
  }
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
