// @ts-check
// Turns the bytes of a decoded picture into planes of numbers, what is transparent into paper.

import { map, median, plane } from "./filters.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */

/**
 * @typedef {object} Rgba a decoded picture, as ImageData is
 * @property {ArrayLike<number>} data red, green, blue, alpha of each pixel, from 0 to 255
 * @property {number} width
 * @property {number} height
 */

// Longest side at which ink is looked for.
const LONGEST = 800;
const LUMINANCE = [0.299, 0.587, 0.114];

/**
 * Average boxes of pixels as Pillow does: across, then down, each rounded to whole numbers.
 *
 * @type {(bytes: ArrayLike<number>, width: number, height: number) => Rgba}
 */
function shrink(bytes, width, height) {
  const scale = LONGEST / Math.max(width, height);
  const [newWidth, newHeight] = [width, height].map((length) => Math.max(1, rint(length * scale)));
  const across = boxes(width, newWidth);
  const wide = new Uint8ClampedArray(newWidth * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < newWidth; x += 1) {
      const [from, beyond] = across[x];
      for (let c = 0; c < 4; c += 1) {
        let sum = 0;
        for (let i = from; i < beyond; i += 1) sum += bytes[(y * width + i) * 4 + c];
        wide[(y * newWidth + x) * 4 + c] = Math.floor(sum / (beyond - from) + 0.5);
      }
    }
  }
  const down = boxes(height, newHeight);
  const small = new Uint8ClampedArray(newWidth * newHeight * 4);
  for (let y = 0; y < newHeight; y += 1) {
    const [from, beyond] = down[y];
    for (let i = 0; i < newWidth * 4; i += 1) {
      let sum = 0;
      for (let row = from; row < beyond; row += 1) sum += wide[row * newWidth * 4 + i];
      small[y * newWidth * 4 + i] = Math.floor(sum / (beyond - from) + 0.5);
    }
  }
  return { data: small, width: newWidth, height: newHeight };
}

/**
 * Which pixels lie in the box of each new one: those whose centre does.
 *
 * @param {number} length
 * @param {number} newLength
 */
function boxes(length, newLength) {
  const scale = length / newLength;
  return Array.from({ length: newLength }, (_, i) =>
    [i, i + 1].map((edge) => Math.min(Math.floor(edge * scale + 0.5), length)),
  );
}

/**
 * Read colours as three planes, shrunk if the picture is larger than ink needs.
 *
 * @param {Rgba} picture
 * @returns {Plane[]} red, green, blue, from 0 to 1
 */
export function colours({ data, width, height }) {
  const bytes = Float64Array.from(data);
  const isOpaque = bytes.every((value, i) => i % 4 !== 3 || value === 255);
  if (!isOpaque) {
    // Colours count as much as they cover, also where pixels are averaged.
    for (let i = 0; i < data.length; i += 1) {
      if (i % 4 !== 3) bytes[i] = rint((data[i] * data[i - (i % 4) + 3]) / 255);
    }
  }
  const isLarge = Math.max(width, height) > LONGEST;
  const shown = isLarge ? shrink(bytes, width, height) : { data: bytes, width, height };
  const count = shown.width * shown.height;
  const planes = [0, 1, 2].map((c) =>
    plane(
      shown.height,
      shown.width,
      Float64Array.from({ length: count }, (_, i) => shown.data[i * 4 + c] / 255),
    ),
  );
  if (isOpaque) return planes;

  const alpha = Float64Array.from({ length: count }, (_, i) => shown.data[i * 4 + 3] / 255);
  const opaque = [...alpha.keys()].filter((i) => alpha[i] > 0.5);
  const own = planes.map(({ values }) => opaque.map((i) => values[i] / alpha[i]));
  let paper;
  if (opaque.length > count / 2) {
    // A cut-out: its own paper is what there is most of.
    paper = own.map(median);
  } else {
    // Lines on nothing: whichever paper they stand out from.
    const mean = own.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
    const bright = mean.reduce((sum, value, c) => sum + value * LUMINANCE[c], 0);
    paper = Array(3).fill(Number(!opaque.length || bright < 0.5));
  }
  return planes.map((channel, c) => map(channel, (value, i) => value + paper[c] * (1 - alpha[i])));
}

/**
 * @param {Plane[]} picture red, green, blue
 * @returns {Plane} how bright it is
 */
export const grey = ([red, green, blue]) =>
  map(
    red,
    (value, i) =>
      value * LUMINANCE[0] + green.values[i] * LUMINANCE[1] + blue.values[i] * LUMINANCE[2],
  );
