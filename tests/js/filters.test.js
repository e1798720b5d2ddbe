// Promises of the filters: values worked out by hand, with what holds for every picture.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ALL_AROUND,
  distances,
  gaussian,
  hysteresis,
  label,
  map,
  median,
  medianFilter,
  plane,
  resize,
  STRAIGHT,
} from "../../web/lib/filters.js";
import { generator } from "../../web/lib/random.js";
import { skeleton } from "../../web/lib/skeleton.js";
import { assertClose, maskOf, meanOf, textOf } from "./helpers.js";

/** A plane of random numbers from 0 to 1. */
function noise(height, width, seed) {
  const random = generator(seed);
  return plane(height, width, Float64Array.from({ length: height * width }, random));
}

/** A random mask, about this share of it inked. */
const speckled = (height, width, seed, share) =>
  map(noise(height, width, seed), (value) => Number(value < share));

test("a median is the middle number, or the mean of two", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([5, 1, 3, 100]), 4);
  assert.equal(median([10, 9, 1]), 9);
});

test("a median filter takes the middle of each square, the last pixel going on beyond", () => {
  const source = plane(3, 3, Float64Array.from([1, 2, 3, 4, 100, 6, 7, 8, 9]));
  assert.deepEqual([...medianFilter(source, 3).values], [2, 3, 3, 4, 6, 6, 7, 8, 9]);
});

test("a median filter agrees with sorting, on random planes", () => {
  const source = noise(11, 7, 1);
  const { values } = medianFilter(source, 5);
  for (let y = 0; y < 11; y += 1) {
    for (let x = 0; x < 7; x += 1) {
      const around = [];
      for (let dy = -2; dy <= 2; dy += 1) {
        for (let dx = -2; dx <= 2; dx += 1) {
          const row = Math.min(Math.max(y + dy, 0), 10);
          around.push(source.values[row * 7 + Math.min(Math.max(x + dx, 0), 6)]);
        }
      }
      assert.equal(values[y * 7 + x], median(around));
    }
  }
});

test("a blurred point is the bell curve, across as down", () => {
  const source = plane(21, 21);
  source.values[10 * 21 + 10] = 1;
  const { values } = gaussian(source, [1.5, 1.5]);
  const bell = Array.from({ length: 13 }, (_, i) => Math.exp(-((i - 6) ** 2) / 4.5));
  const total = bell.reduce((sum, value) => sum + value, 0);
  for (let i = 0; i < 13; i += 1) {
    const expected = (bell[i] * bell[6]) / total ** 2;
    assert.ok(Math.abs(values[10 * 21 + 4 + i] - expected) < 1e-12);
    assert.ok(Math.abs(values[(4 + i) * 21 + 10] - expected) < 1e-12);
  }
});

test("blurring keeps the sum, a constant, what it shall not blur", () => {
  const source = noise(9, 14, 2);
  assert.ok(Math.abs(meanOf(gaussian(source, [2, 3]).values) - meanOf(source.values)) < 1e-12);
  for (const border of ["reflect", "mirror"]) {
    const constant = plane(4, 6, new Float64Array(24).fill(0.3));
    assertClose(gaussian(constant, [3, 1], border).values, constant.values, 1e-12);
  }
  assert.deepEqual(gaussian(source, [0, 0]).values, source.values);
});

test("blurring down mixes rows alone, across columns alone", () => {
  const rows = plane(
    5,
    5,
    Float64Array.from({ length: 25 }, (_, i) => Math.floor(i / 5)),
  );
  assertClose(gaussian(rows, [0, 2]).values, rows.values, 1e-12);
  assert.ok(Math.abs(gaussian(rows, [2, 0]).values[0] - rows.values[0]) > 0.1);
});

test("a constant keeps its value at every size; a size of its own changes nothing", () => {
  const constant = plane(10, 7, new Float64Array(70).fill(0.4));
  for (const size of [
    [3, 3],
    [10, 7],
    [25, 40],
    [1, 1],
  ]) {
    const resized = resize(constant, size);
    assert.deepEqual([resized.height, resized.width], size);
    assertClose(resized.values, new Float64Array(size[0] * size[1]).fill(0.4), 1e-12);
  }
  const source = noise(6, 5, 3);
  assertClose(resize(source, [6, 5]).values, source.values, 1e-12);
});

test("a slope that is enlarged stays a slope", () => {
  const slope = plane(1, 4, Float64Array.from([0, 1, 2, 3]));
  const { values } = resize(slope, [1, 8]);
  assertClose(values.subarray(1, 7), [0.25, 0.75, 1.25, 1.75, 2.25, 2.75], 1e-12);
});

test("groups hang together by edges, or by corners too", () => {
  const mask = maskOf(`
    ##..
    ..#.
    #..#`);
  const straight = label(mask, STRAIGHT);
  assert.equal(straight.groups, 4);
  assert.deepEqual([...straight.numbers], [1, 1, 0, 0, 0, 0, 2, 0, 3, 0, 0, 4]);
  const around = label(mask, ALL_AROUND);
  assert.equal(around.groups, 2);
  assert.deepEqual([...around.numbers], [1, 1, 0, 0, 0, 0, 1, 0, 2, 0, 0, 1]);
  assert.deepEqual(label(plane(2, 2), STRAIGHT), { numbers: new Int32Array(4), groups: 0 });
});

test("weak pixels stay where they hang together with a strong one", () => {
  const image = plane(1, 7, Float64Array.from([0.3, 0.9, 0.3, 0.1, 0.3, 0.3, 0.2]));
  assert.equal(textOf(hysteresis(image, 0.25, 0.5)), "###....");
});

test("distances are exact, against a search of every pixel", () => {
  for (const [height, width, seed, share] of [
    [13, 17, 4, 0.9],
    [8, 30, 5, 0.97],
    [1, 12, 6, 0.8],
    [12, 1, 7, 0.8],
    [20, 20, 8, 0.3],
  ]) {
    const mask = speckled(height, width, seed, share);
    const outside = [...mask.values.keys()].filter((i) => !mask.values[i]);
    assert.ok(outside.length);
    const expected = Float64Array.from(mask.values, (_, i) => {
      const away = outside.map((o) =>
        Math.hypot(Math.floor(i / width) - Math.floor(o / width), (i % width) - (o % width)),
      );
      return Math.min(...away);
    });
    assertClose(distances(mask).values, expected, 1e-9);
  }
});

test("a bar is thinned to its middle line, as scikit-image thins it", () => {
  const bar = maskOf(`
    ...........
    .#########.
    .#########.
    .#########.
    ...........`);
  const middle = maskOf(`
    ...........
    ........#..
    .#######...
    ...........
    ...........`);
  assert.equal(textOf(skeleton(bar)), textOf(middle));
});

test("a line of one pixel stays as it is", () => {
  const line = maskOf(`
    ......
    .#....
    ..#...
    ...##.
    ......`);
  assert.equal(textOf(skeleton(line)), textOf(line));
});

/** Blobs with holes: a blurred random plane, cut at its middle. */
function blobs(seed) {
  const smooth = gaussian(noise(40, 40, seed), [2, 2]);
  const middle = median(smooth.values);
  return map(smooth, (value) => Number(value > middle));
}

test("thinning takes only ink, parts no group, joins none, opens no hole, closes none", () => {
  for (let seed = 20; seed < 40; seed += 1) {
    const mask = blobs(seed);
    const thin = skeleton(mask);
    assert.ok(thin.values.every((value, i) => value <= mask.values[i]));
    assert.ok(meanOf(thin.values) < 0.5 * meanOf(mask.values));
    const groups = ({ height, width, values }, neighbours) =>
      label(plane(height, width, values), neighbours).groups;
    assert.equal(groups(thin, ALL_AROUND), groups(mask, ALL_AROUND), `seed ${seed}`);
    // With a border of paper, what lies around is one group.
    const holes = (source) => {
      const paper = plane(42, 42, new Float64Array(42 * 42).fill(1));
      for (const [i, value] of source.values.entries()) {
        paper.values[(Math.floor(i / 40) + 1) * 42 + (i % 40) + 1] = 1 - value;
      }
      return groups(paper, STRAIGHT);
    };
    assert.equal(holes(thin), holes(mask), `seed ${seed}`);
  }
});
