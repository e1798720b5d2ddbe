// What several tests share: closeness of numbers, pictures of text, a simple generator.

import assert from "node:assert/strict";
import { plane } from "../../web/lib/filters.js";
import { generator } from "../../web/lib/random.js";

/**
 * @param {ArrayLike<number>} found
 * @param {ArrayLike<number>} expected
 * @param {number} tolerance largest difference
 */
export function assertClose(found, expected, tolerance = 1e-6) {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < expected.length; i += 1) {
    const away = Math.abs(found[i] - expected[i]);
    assert.ok(away <= tolerance, `at ${i}: ${found[i]} is not ${expected[i]}`);
  }
}

/**
 * Read a mask from text, # for ink.
 *
 * @param {string} text lines of equal length
 */
export function maskOf(text) {
  const lines = text.trim().split(/\s+/);
  const values = Float64Array.from(lines.join(""), (letter) => Number(letter === "#"));
  return plane(lines.length, lines[0].length, values);
}

/**
 * Write a mask as text.
 *
 * @param {import("../../web/lib/filters.js").Plane} mask
 */
export function textOf({ height, width, values }) {
  return Array.from({ length: height }, (_, y) =>
    Array.from(values.subarray(y * width, (y + 1) * width), (value) => (value ? "#" : ".")).join(
      "",
    ),
  ).join("\n");
}

/**
 * Random numbers between -1 and 1.
 *
 * @param {number} count
 * @param {number} seed
 */
export function randomFloats(count, seed) {
  const random = generator(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

/** @param {ArrayLike<number>} values */
export function meanOf(values) {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {ArrayLike<number>} values */
export function deviationOf(values) {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(Array.from(values, (value) => (value - mean) ** 2)));
}
