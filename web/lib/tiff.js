// @ts-check
// Decodes TIFF pictures, which browsers do not.

import { decode } from "tiff";

/** @typedef {import("tiff").TiffIfd} Page */

/** How many bytes a packed piece may have: unpacked, it has at most a thousand times as many. */
const MOST_PACKED = 1_000_000;
const PLAIN = 1;
const PALETTE = 3;

/** @type {(bytes: Uint8Array) => boolean} whether a file begins as TIFF pictures do */
export const isTiff = (bytes) =>
  ["73,73,42,0", "77,77,0,42"].includes(bytes.subarray(0, 4).join(","));

/**
 * Read what a TIFF file tells of its first picture, without unpacking that.
 *
 * @param {Uint8Array} bytes a whole file
 * @returns {Page}
 * @throws {Error} if it is torn
 */
export function firstPage(bytes) {
  const [page] = decode(bytes, { pages: [0], ignoreImageData: true });
  return page;
}

/**
 * Decode the first picture of a TIFF file, as ImageData has it.
 *
 * @param {Uint8Array} bytes a whole file
 * @returns {{ width: number, height: number, rows: (top: number, tall: number) => Uint8ClampedArray }}
 *   its size, with a function that gives some of its rows, red, green, blue, alpha of each pixel
 * @throws {Error} if it is torn, or packed in a way that is not read
 */
export function decodeTiff(bytes) {
  const told = firstPage(bytes);
  const pieces = told.stripByteCounts ?? told.tileByteCounts ?? [];
  if (told.compression !== PLAIN && Math.max(...pieces) > MOST_PACKED) {
    throw new Error("packed in pieces that are too large");
  }
  if (told.planarConfiguration !== 1) throw new Error("a plane for each colour");
  const [page] = decode(bytes, { pages: [0] });
  const { width, height, samplesPerPixel: samples, alpha, palette, data } = page;
  const colours = samples - (alpha ? 1 : 0);
  // Numbers with a fraction have no largest one that all programs agree on.
  if (!(data instanceof Uint8Array || data instanceof Uint16Array)) throw new Error("fractions");
  const most = 2 ** page.bitsPerSample - 1;
  /** @type {(at: number, colour: number) => number} from 0 to 1 */
  const sample =
    page.type === PALETTE && palette
      ? (at, colour) => (palette[data[at]][colour] >> 8) / 255 // as written by a factor of 256 or 257
      : (at, colour) => data[at + (colours < 3 ? 0 : colour)] / most;
  return {
    width,
    height,
    rows(top, tall) {
      const rgba = new Uint8ClampedArray(4 * width * tall);
      for (let i = 0, at = top * width * samples; i < rgba.length; i += 4, at += samples) {
        for (let colour = 0; colour < 3; colour += 1) rgba[i + colour] = 255 * sample(at, colour);
        rgba[i + 3] = alpha ? (255 * data[at + samples - 1]) / most : 255;
      }
      return rgba;
    },
  };
}
