// @ts-check
// Brings a reader's own picture to the look of the data, step by step as the Python package does.

import { BOX, CANVAS, PEN_RADIUS, PIXELS, SIDE } from "./canvas.js";
import { colours, grey } from "./colours.js";
import {
  ALL_AROUND,
  distances,
  gaussian,
  hysteresis,
  label,
  map,
  median,
  plane,
  resize,
} from "./filters.js";
import { findInk } from "./ink.js";
import { rint } from "./rounding.js";
import { skeleton } from "./skeleton.js";

/** @typedef {import("./shrinking.js").Rgba} Rgba */
/** @typedef {import("./shrinking.js").Shrunk} Shrunk */
/** @typedef {import("./filters.js").Plane} Plane */

// Pixels a side of an image's pixel when lines are drawn; the pen's radius, the box on that image.
const ZOOM = 10;
const RADIUS = PEN_RADIUS * ZOOM;
const FIT = ((BOX - 1) * SIDE * ZOOM) / CANVAS;

/** Why a picture cannot be read, in one sentence for the reader. */
export class PictureError extends Error {}

/**
 * Strong ink, with the weak ink that it hangs together with, but no speck.
 *
 * @param {Plane} ink
 * @returns {Plane} of 0, 1
 */
function mask(ink) {
  const most = ink.values.reduce((a, b) => Math.max(a, b), 0);
  const inked = hysteresis(ink, 0.25 * most, 0.5 * most);
  const { numbers, groups } = label(inked, ALL_AROUND);
  const area = new Float64Array(groups + 1);
  for (const number of numbers) area[number] += 1;
  area[0] = 0;
  // Noise may leave more specks than a call takes arguments.
  const largest = area.reduce((a, b) => Math.max(a, b), 0);
  return map(inked, (_, i) => Number(area[numbers[i]] > largest / 500));
}

/**
 * The first rows or columns that hold anything, the last too.
 *
 * @param {Plane} mask
 */
function extent({ height, width, values }) {
  let [top, bottom, left, right] = [height, -1, width, -1];
  values.forEach((value, i) => {
    if (!value) return;
    const [y, x] = [Math.floor(i / width), i % width];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
  });
  return { top, bottom, left, right };
}

/**
 * Cut out the ink's box with some paper around it, enlarged tenfold over the size of the data.
 *
 * @param {Plane} ink
 * @returns {Plane}
 */
function cutBox(ink) {
  const { top, bottom, left, right } = extent(mask(ink));
  const [height, width] = [bottom - top + 1, right - left + 1];
  const edge = Math.max(2, Math.floor(Math.max(height, width) / 20));
  const cut = plane(height + 2 * edge, width + 2 * edge);
  for (let y = 0; y < cut.height; y += 1) {
    for (let x = 0; x < cut.width; x += 1) {
      const [row, column] = [y + top - edge, x + left - edge];
      if (row < 0 || row >= ink.height || column < 0 || column >= ink.width) continue;
      cut.values[y * cut.width + x] = ink.values[row * ink.width + column];
    }
  }
  const scale = (FIT + 2 * RADIUS) / Math.max(height, width);
  const size = [cut.height, cut.width].map((length) => rint(length * scale));
  return resize(cut, size);
}

/**
 * Thin ink to its middle lines; where it is wider than the pen, to what the pen leaves inside.
 *
 * @param {Plane} inked a mask
 * @returns {Plane} a mask
 */
function thin(inked) {
  const depth = distances(inked).values;
  const middle = skeleton(inked).values;
  const pen = median(depth.filter((_, i) => middle[i]));
  // On a ragged edge each tooth would grow a spur.
  const sigma = Math.min(pen / 3, 2);
  const smooth = map(gaussian(inked, [sigma, sigma]), (value) => Number(value > 0.5));
  const [lines, inside] = [skeleton(smooth).values, distances(smooth).values];
  return map(smooth, (_, i) => Number(lines[i] || inside[i] > pen));
}

/**
 * Centre lines as the data are, drawn with their pen.
 *
 * @param {Plane} lines a mask
 * @returns {Float64Array} an image's pixels from 0 to 1, white ink = 1
 */
function drawLines(lines) {
  const { top, bottom, left, right } = extent(lines);
  if (bottom < 0) throw new PictureError("The ink of this picture is too faint to be redrawn.");
  const side = SIDE * ZOOM;
  // A dot stays a dot.
  const fit = FIT / Math.max(bottom - top, right - left, FIT / 4);
  const paper = plane(side, side, new Float64Array(side * side).fill(1));
  lines.values.forEach((value, i) => {
    if (!value) return;
    const y = rint((Math.floor(i / lines.width) - (top + bottom) / 2) * fit + (side - 1) / 2);
    const x = rint(((i % lines.width) - (left + right) / 2) * fit + (side - 1) / 2);
    paper.values[y * side + x] = 0;
  });
  const image = new Float64Array(PIXELS);
  distances(paper).values.forEach((distance, i) => {
    const place = Math.floor(i / side / ZOOM) * SIDE + Math.floor((i % side) / ZOOM);
    image[place] += Math.min(Math.max(RADIUS - distance + 0.5, 0), 1) / ZOOM ** 2;
  });
  return image;
}

/**
 * Read a picture. One that has an image's size already is taken as it is.
 *
 * @param {Rgba | Shrunk} decoded
 * @returns {Float64Array} an image's pixels from 0 to 1, white ink = 1
 * @throws {PictureError} if it shows no ink
 */
export function read(decoded) {
  const picture = colours(decoded);
  const { height, width } = picture[0];
  if (height === SIDE && width === SIDE) return grey(picture).values;
  const ink = findInk(picture);
  if (!ink.values.some(Boolean)) {
    throw new PictureError("This picture shows no ink that stands out from its paper.");
  }
  return drawLines(thin(mask(cutBox(ink))));
}
