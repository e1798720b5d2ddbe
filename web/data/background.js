// @ts-check
// What features of drawings with known names are like: a page whose script imports this is given it.

import { bytesOf } from "../lib/base64.js";
import { inflate } from "../lib/inflate.js";
import { given } from "./given.js";

/** @typedef {import("../lib/learning.js").Background} Background */

/**
 * A matrix that is its own mirror image.
 *
 * @typedef {object} Packed
 * @property {number[]} roots of what stands in its diagonal
 * @property {string} below the diagonal, divided by the roots of row, column: steps, row by row
 * @property {number} unit of a step
 */

/** @type {(packed: Packed) => Promise<Float32Array>} */
async function matrix({ roots, below, unit }) {
  const steps = new Int8Array((await inflate(bytesOf(below), "gzip")).buffer);
  const width = roots.length;
  const found = new Float32Array(width * width);
  for (let i = 0, at = 0; i < width; i += 1) {
    for (let j = 0; j < i; j += 1, at += 1) {
      const value = steps[at] * unit * roots[i] * roots[j];
      found[i * width + j] = value;
      found[j * width + i] = value;
    }
    found[i * width + i] = roots[i] ** 2;
  }
  return found;
}

/** @returns {Promise<Background | null>} null where the weights come without */
export async function background() {
  /** @type {{ layers: number[], means: string, units: number[], spread: number[], drift: number[][], limit: number, precision: Packed } | null} */
  const packed = given("background");
  if (!packed) return null;
  const bytes = await inflate(bytesOf(packed.means), "gzip");
  const width = packed.spread.length;
  // The step of a number, by its layer.
  const units = packed.layers.flatMap((count, layer) => Array(count).fill(packed.units[layer]));
  const means = Array.from({ length: bytes.length / width }, (_, i) =>
    Float32Array.from(bytes.subarray(i * width, (i + 1) * width), (value, j) => value * units[j]),
  );
  return {
    layers: packed.layers,
    means,
    spread: Float32Array.from(packed.spread),
    drift: packed.drift.map((level) => Float32Array.from(level)),
    precision: await matrix(packed.precision),
    limit: packed.limit,
  };
}
