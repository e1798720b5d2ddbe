// Promises of what tells that none of the names fits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { distance, knownFits, learnedFits, thresholdOf } from "../../web/lib/fitting.js";

/**
 * Two names of two features; the second feature varies half as much, so that it counts four times. The layer
 * before has one more, which has no say in distances.
 */
const BACKGROUND = {
  layers: [2, 1],
  means: [Float32Array.from([1, 0, 1]), Float32Array.from([0, 1, 1])],
  spread: Float32Array.from([1, 0.5, 1]),
  precision: Float32Array.from([1, 0.5, 0.5, 4]),
  limit: 0.5,
};

test("a distance is that to the nearest of the names that were possible", () => {
  // Half of each feature: of the length 1 each is the root of a half.
  const half = Math.SQRT1_2;
  const [x, y] = [half - 1, half];
  const first = x * x + x * y + 4 * y * y;
  const second = y * y + y * x + 4 * x * x;
  assert.ok(Math.abs(distance(BACKGROUND, [3, 3], [0]) - first) < 1e-6);
  assert.ok(Math.abs(distance(BACKGROUND, [3, 3], [0, 1]) - Math.min(first, second)) < 1e-6);
  assert.ok(Math.abs(distance(BACKGROUND, [5, 0], [0])) < 1e-9);
  assert.ok(Math.abs(distance(BACKGROUND, [3, 3, 9], [0]) - first) < 1e-6);
});

test("a known name fits where it is both likely among all names and near", () => {
  assert.equal(knownFits(BACKGROUND, [5, 0], [1, 0], [0]), true);
  // Likely, yet far away.
  assert.equal(knownFits(BACKGROUND, [5, 0], [0, 1], [0]), false);
  // Near, yet nearly certain to be the other.
  assert.equal(knownFits(BACKGROUND, [0, 5], [1, 0], [0]), false);
});

test("without what is known of features, or without these, likelihood decides alone", () => {
  assert.equal(knownFits(null, [5, 0], [0, 1], [0]), true);
  assert.equal(knownFits(BACKGROUND, [5, 0], [], [0]), true);
  assert.equal(knownFits(null, [0, 5], [1, 0], [0]), false);
  assert.equal(knownFits(BACKGROUND, [0, 5], [1, 0], []), true);
});

test("a learned name fits from the threshold on, or always where there is none", () => {
  const head = {
    categories: ["a", "b"],
    weights: Float32Array.from([1, 0, 0, 1]),
    bias: Float32Array.from([0, 0]),
    temperature: 1,
    layers: [2],
  };
  const score = Math.log(Math.exp(1) + Math.exp(0));
  const at = (threshold) => learnedFits(/** @type {any} */ ({ ...head, threshold }), [7, 0]);
  assert.equal(at(score - 1e-6), true);
  assert.equal(at(score + 1e-6), false);
  assert.equal(at(null), true);
});

test("a threshold stands between the lowest scores, in any order", () => {
  assert.equal(thresholdOf([2]), 2);
  assert.ok(Math.abs(thresholdOf([3, 1]) - 1.1) < 1e-9);
  const hundred = Array.from({ length: 101 }, (_, i) => 100 - i);
  assert.equal(thresholdOf(hundred), 5);
});
