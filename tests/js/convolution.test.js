// Promises of the sliding filter: sums worked out by hand, sizes as Keras gives them.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  convolve,
  maxPool,
  products,
  relu,
  slide,
  sum,
  WEIGHTS,
  windowAt,
} from "../../web/lib/convolution.js";
import { plane } from "../../web/lib/filters.js";
import { PRESETS } from "../../web/lib/sliding.js";
import { assertClose, maskOf, randomFloats } from "./helpers.js";

const numbered = (side) =>
  plane(
    side,
    side,
    Float64Array.from({ length: side ** 2 }, (_, i) => i),
  );

test("a map is as large as the formula says, by stride with padding", () => {
  for (const [length, stride, padding, before, after, size] of [
    [28, 1, "none", 0, 0, 26],
    [28, 2, "none", 0, 0, 13],
    [28, 1, "same", 1, 1, 28],
    [28, 2, "same", 0, 1, 14],
    [7, 2, "same", 1, 1, 4],
    [7, 2, "none", 0, 0, 3],
    [3, 1, "none", 0, 0, 1],
  ]) {
    assert.deepEqual(slide(length, stride, padding), { length, stride, before, after, size });
  }
});

test("a window takes the nine pixels under it, zeros beyond the border", () => {
  const source = numbered(5);
  assert.deepEqual(windowAt(source, slide(5, 1, "none"), 1, 2), [7, 8, 9, 12, 13, 14, 17, 18, 19]);
  assert.deepEqual(windowAt(source, slide(5, 1, "same"), 0, 4), [0, 0, 0, 3, 4, 0, 8, 9, 0]);
  assert.deepEqual(
    windowAt(source, slide(5, 2, "none"), 1, 1),
    [12, 13, 14, 17, 18, 19, 22, 23, 24],
  );
});

test("each place of a map is the sum of nine products, the filter not flipped", () => {
  const source = numbered(4);
  const filter = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const map = convolve(source, filter, slide(4, 1, "none"));
  const first = 0 * 1 + 1 * 2 + 2 * 3 + 4 * 4 + 5 * 5 + 6 * 6 + 8 * 7 + 9 * 8 + 10 * 9;
  assert.deepEqual([...map.values], [first, first + 45, first + 4 * 45, first + 5 * 45]);
  const pixels = windowAt(source, slide(4, 1, "none"), 1, 0);
  assert.equal(sum(products(pixels, filter)), map.values[2]);
});

test("the identity gives the drawing back, a weight beside the middle shifts it", () => {
  const source = plane(6, 6, Float64Array.from(randomFloats(36, 1)));
  const way = slide(6, 1, "same");
  assert.deepEqual(convolve(source, PRESETS.identity, way).values, source.values);
  const right = PRESETS.identity.map((_, i) => Number(i === 5));
  const shifted = convolve(source, right, way);
  assert.deepEqual([...shifted.values.subarray(0, 6)], [...source.values.subarray(1, 6), 0]);
});

test("each stroke filter answers most to the stroke that it is named after, not at all to paper", () => {
  const strokes = {
    upright: "..#..\n..#..\n..#..\n..#..\n..#..",
    level: ".....\n.....\n#####\n.....\n.....",
    rising: "....#\n...#.\n..#..\n.#...\n#....",
    falling: "#....\n.#...\n..#..\n...#.\n....#",
  };
  for (const [name, text] of Object.entries(strokes)) {
    const middle = Object.keys(strokes).map(
      (filter) => convolve(maskOf(text), PRESETS[filter], slide(5, 1, "same")).values[12],
    );
    assert.equal(Object.keys(strokes)[middle.indexOf(Math.max(...middle))], name);
    assert.equal(Math.max(...middle), 6);
    assert.equal(sum(PRESETS[name]), 0);
  }
  assert.equal(sum(PRESETS.edge), 0);
});

test("sharpening or blurring leaves an even area as it is", () => {
  const even = plane(4, 4, new Float64Array(16).fill(0.5));
  for (const name of ["sharpen", "blur", "identity"]) {
    assert.equal(PRESETS[name].length, WEIGHTS);
    assertClose(convolve(even, PRESETS[name], slide(4, 1, "none")).values, [0.5, 0.5, 0.5, 0.5]);
  }
});

test("ReLU keeps what is positive", () => {
  assert.deepEqual([...relu(plane(1, 3, Float64Array.from([-2, 0, 3]))).values], [0, 0, 3]);
});

test("pooling keeps the largest of each block, leaves out an odd last row with its column", () => {
  const source = plane(3, 5, Float64Array.from([1, 2, -1, -2, 9, 3, 0, -4, -3, 9, 9, 9, 9, 9, 9]));
  const pooled = maxPool(source);
  assert.deepEqual([pooled.height, pooled.width, ...pooled.values], [1, 2, 3, -1]);
});
