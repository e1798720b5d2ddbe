// @ts-check
// Redraws small pictures' ink as the data's recipe would have drawn its lines, by the network that Python fits.

import fitted from "../../qdtools/drawings/small.json" with { type: "json" };
import { bytesOf } from "./base64.js";
import { BOX, CANVAS, PIXELS, SIDE } from "./canvas.js";
import { grown, map } from "./filters.js";
import { halfValue } from "./half.js";
import { extent } from "./pieces.js";
import { skeleton } from "./skeleton.js";
import { inkMask } from "./surroundings.js";

/** @typedef {import("./filters.js").Plane} Plane */

// Longer side of a drawing, in pixels, up to which it is redrawn so; beyond, thinning keeps as much.
export const LARGEST = 30;
// Pixels across a cell of the image, of which the network takes one for a place, with the cells across; places
// across a pixel at which the ink is looked at.
const CELL = 2;
const CELLS = SIDE / CELL;
const DENSE = 2;
// Pixels of the picture to one of the image, pen in pixels of the image: what the network takes as 1.
const STEP = 3;
const PEN = 6;
// Share of a drawing from which on what is wide is no line, but a dot or filled.
const BLOT = 0.4;
// Pixels of the image that the box of the pen's middle fills.
const FIT = ((BOX - 1) * SIDE) / CANVAS;

/**
 * Whether ink is lines so close to each other that thinning would lose some.
 *
 * @param {Plane} ink
 */
export function isSmall(ink) {
  const mask = inkMask(ink);
  const { top, bottom, left, right } = extent(mask);
  const large = Math.max(bottom - top, right - left) + 1;
  const own = map(ink, (value, i) => value * mask.values[i]);
  return large <= LARGEST && penOf(own) < BLOT * large;
}

/**
 * Redraw a small picture's ink as the recipe would have drawn its lines.
 *
 * @param {Plane} ink
 * @returns {Float64Array} an image's pixels from 0 to 1, white ink = 1
 */
export function redrawSmall(ink) {
  const mask = inkMask(ink);
  const around = grown(mask, 1).values;
  const own = map(ink, (value, i) => value * around[i]);
  const { top, bottom, left, right } = extent(mask);
  const [rows, columns] = mostInked(own);
  const [down, across] = [ends(rows, top, bottom), ends(columns, left, right)];
  const large = Math.max(down[1] - down[0], across[1] - across[0]);
  const pen = Math.min(penOf(own), 0.6 * large);
  const step = (large - pen) / FIT;
  const [y, x] = [down, across].map(([begin, end]) =>
    Array.from({ length: SIDE * DENSE }, (_, i) => {
      const away = ((i + 0.5) / DENSE - SIDE / 2) * step - 0.5;
      return (begin + end) / 2 + away;
    }),
  );
  return predict(own, y, x, [step / STEP, pen / step / PEN]);
}

/**
 * How wide lines are, in pixels: how much ink there is to a pixel of their length.
 *
 * @param {Plane} ink
 */
function penOf(ink) {
  const lines = skeleton(map(ink, (value) => Number(value > 0.5)));
  return count(ink.values) / Math.max(count(lines.values), 1);
}

/** @param {Float64Array} values */
const count = (values) => values.reduce((sum, value) => sum + value, 0);

/**
 * The strongest ink of each row, of each column.
 *
 * @param {Plane} ink
 */
function mostInked({ height, width, values }) {
  const [rows, columns] = [new Float64Array(height), new Float64Array(width)];
  values.forEach((value, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    rows[y] = Math.max(rows[y], value);
    columns[x] = Math.max(columns[x], value);
  });
  return [rows, columns];
}

/**
 * Where ink begins, where it ends along an axis: its outermost pixels count as much as they are inked.
 *
 * @param {Float64Array} most
 * @param {number} first
 * @param {number} last
 */
const ends = (most, first, last) => [
  first + 1 - most[first] - (most[first - 1] ?? 0),
  last + most[last] + (most[last + 1] ?? 0),
];

/**
 * A picture's value at a place between its pixels; beyond its outermost ones there is none.
 *
 * @param {Plane} ink
 * @param {number} y
 * @param {number} x
 */
function between({ height, width, values }, y, x) {
  const [row, column] = [Math.floor(y), Math.floor(x)];
  let sum = 0;
  for (const [at, tall] of [
    [row, 1 - y + row],
    [row + 1, y - row],
  ]) {
    if (at < 0 || at >= height) continue;
    if (column >= 0 && column < width) sum += tall * (1 - x + column) * values[at * width + column];
    if (column >= -1 && column + 1 < width)
      sum += tall * (x - column) * values[at * width + column + 1];
  }
  return sum;
}

/** @returns {{ kernel: Float64Array, out: number }[]} kernels, with each its biases at its end */
function unpacked() {
  return fitted.layers.map(({ out, weights }) => {
    const bytes = bytesOf(weights);
    const kernel = Float64Array.from({ length: bytes.length / 2 }, (_, i) =>
      halfValue(bytes[2 * i] | (bytes[2 * i + 1] << 8)),
    );
    return { kernel, out };
  });
}

/**
 * Predict the image: a convolution, residual pairs, a convolution that gives each cell its pixels.
 *
 * @param {Plane} ink
 * @param {number[]} y rows of the places at which the ink is looked at
 * @param {number[]} x their columns
 * @param {number[]} facts
 * @returns {Float64Array}
 */
function predict(ink, y, x, facts) {
  const wide = CELL * DENSE;
  const channels = wide ** 2 + facts.length;
  let maps = new Float64Array(CELLS * CELLS * channels);
  for (let i = 0; i < CELLS * CELLS; i += 1) {
    const [row, column] = [Math.floor(i / CELLS) * wide, (i % CELLS) * wide];
    for (let part = 0; part < wide ** 2; part += 1) {
      const [down, across] = [row + Math.floor(part / wide), column + (part % wide)];
      maps[i * channels + part] = between(ink, y[down], x[across]);
    }
    facts.forEach((fact, n) => {
      maps[i * channels + wide ** 2 + n] = Math.min(fact, 1);
    });
  }
  const layers = unpacked();
  /** @param {Float64Array} values */
  const positive = (values) => values.map((value) => Math.max(value, 0));
  maps = positive(convolved(maps, layers[0]));
  for (let pair = 1; pair + 1 < layers.length; pair += 2) {
    const inner = positive(convolved(maps, layers[pair]));
    const added = convolved(inner, layers[pair + 1]);
    maps = maps.map((value, i) => value + added[i]);
  }
  const cells = convolved(maps, layers[layers.length - 1]);
  return Float64Array.from({ length: PIXELS }, (_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    const cell = Math.floor(row / CELL) * CELLS + Math.floor(column / CELL);
    const own = cells[cell * CELL ** 2 + (row % CELL) * CELL + (column % CELL)];
    return 1 / (1 + Math.exp(-own));
  });
}

/**
 * Convolve maps of 14 x 14 cells with 3 x 3 windows.
 *
 * @param {Float64Array} maps cell by cell, of each every channel
 * @param {{ kernel: Float64Array, out: number }} layer a kernel by row, column, channel in, channel out;
 * the biases at its end
 */
function convolved(maps, { kernel, out }) {
  const channels = maps.length / CELLS ** 2;
  const found = new Float64Array(CELLS ** 2 * out);
  const biases = kernel.subarray(kernel.length - out);
  for (let i = 0; i < CELLS ** 2; i += 1) {
    const [y, x] = [Math.floor(i / CELLS), i % CELLS];
    const own = found.subarray(i * out, (i + 1) * out);
    own.set(biases);
    for (let place = 0; place < 9; place += 1) {
      const [row, column] = [y + Math.floor(place / 3) - 1, x + (place % 3) - 1];
      if (row < 0 || row >= CELLS || column < 0 || column >= CELLS) continue;
      const from = (row * CELLS + column) * channels;
      for (let channel = 0; channel < channels; channel += 1) {
        const value = maps[from + channel];
        const weights = (place * channels + channel) * out;
        if (value) for (let n = 0; n < out; n += 1) own[n] += value * kernel[weights + n];
      }
    }
  }
  return found;
}
