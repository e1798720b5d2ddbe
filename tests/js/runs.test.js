// Promises of the runs that a reader compares, of labels in a picture.

import assert from "node:assert/strict";
import { test } from "node:test";
import { apart } from "../../web/lib/labels.js";
import { Runs } from "../../web/lib/runs.js";

const SETTING = { rate: 0.004, batch: 16, level: 0.5, filters: new Float32Array(9 * 32) };

/** A report after so many steps. */
const report = (step, more = {}) => ({
  ...SETTING,
  ...{ step, drawings: 16 * step, seconds: step / 10, training: null, heldOut: 1 / (1 + step) },
  ...more,
});

/** Runs, the last of which stands at the given reports. */
function ran(runs, weights, ...reports) {
  runs.begin(weights);
  for (const one of reports) runs.now.add(one);
  return runs.now;
}

test("earlier runs are kept, three at most, by letters that stay theirs", () => {
  const runs = new Runs();
  for (const last of [10, 20, 0, 30, 40, 50]) ran(runs, "random", report(0), report(last));
  // Nothing was learned in one of them; the last goes on.
  assert.deepEqual(
    runs.kept.map(({ letter, run }) => [letter, run.last.steps]),
    [
      ["B", 20],
      ["C", 30],
      ["D", 40],
    ],
  );
  runs.forget();
  assert.deepEqual(runs.kept, []);
  assert.equal(runs.now.last.steps, 50);
  runs.begin("random");
  assert.equal(runs.kept[0].letter, "A");
});

test("a run is told by rate and batch, by more where runs differ", () => {
  const runs = new Runs();
  const one = ran(runs, "random weights 1", report(0), report(5));
  assert.equal(runs.word(one), "rate 0.004, batch 16");
  const other = ran(runs, "random weights 1", report(0, { filters: new Float32Array(72) }));
  assert.equal(runs.word(one), "rate 0.004, batch 16, 32 filters");
  assert.equal(runs.word(other), "rate 0.004, batch 16, 8 filters");
  other.add(report(5));
  const third = ran(runs, "weights of “mine.npz”", report(0));
  assert.match(runs.word(third), /weights of “mine.npz”$/);
  assert.match(runs.word(one), /random weights 1$/);
});

test("a setting changed midway is told, one changed before the first step or without another is not", () => {
  const runs = new Runs();
  const one = ran(runs, "random", report(0, { rate: 1 }), report(0, { rate: 0.1 }));
  one.add(report(3));
  assert.equal(runs.word(one), "rate 0.004, batch 16");
  one.add(report(3, { level: 2, batch: 1 }));
  one.add(report(7, { batch: 4 }));
  assert.equal(runs.word(one), "rate 0.004, batch 16 → 4");
});

test("of a long run the first point and the latest stay", () => {
  const runs = new Runs();
  const one = ran(runs, "random", ...Array.from({ length: 5000 }, (_, step) => report(step)));
  assert.ok(one.points.length <= 400);
  assert.deepEqual([one.points[0].steps, one.last.steps], [0, 4999]);
});

test("labels move apart by as little as can be, within bounds", () => {
  const box = (left, top) => ({ left, right: left + 50, top, bottom: top + 10 });
  const bounds = { top: 0, bottom: 100 };
  assert.deepEqual(apart([box(0, 20), box(60, 20)], bounds), [0, 0]);
  assert.deepEqual(apart([box(0, 20), box(10, 22), box(20, 18)], bounds), [0, 8, -8]);
  assert.deepEqual(apart([box(0, -4), box(10, 95)], bounds), [4, -5]);
  const many = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => box(i, 90 - i));
  const moved = apart(many, bounds).map((by, i) => many[i].top + by);
  const sorted = moved.sort((one, other) => one - other);
  for (let i = 1; i < sorted.length; i += 1) assert.ok(sorted[i] - sorted[i - 1] >= 10);
  assert.ok(sorted[0] >= 0 && sorted[sorted.length - 1] <= 90);
});
