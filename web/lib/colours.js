// @ts-check
// Turns the bytes of a decoded picture into planes of numbers, what is transparent into paper.

import { map, median, plane } from "./filters.js";
import { shrink } from "./shrinking.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {import("./shrinking.js").Rgba} Rgba */
/** @typedef {import("./shrinking.js").Shrunk} Shrunk */

/** How much red, green, blue add to brightness. */
export const LUMINANCE = [0.299, 0.587, 0.114];

/**
 * Read colours as three planes, shrunk if the picture is larger than ink needs.
 *
 * @param {Rgba | Shrunk} picture
 * @returns {Plane[]} red, green, blue, from 0 to 1
 */
export function colours(picture) {
  const shown = "isOpaque" in picture ? picture : shrink(picture);
  const { isOpaque } = shown;
  const count = shown.width * shown.height;
  const planes = [0, 1, 2].map((c) =>
    plane(
      shown.height,
      shown.width,
      new Float64Array(count).map((_, i) => shown.data[i * 4 + c] / 255),
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
