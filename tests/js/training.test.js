// Promises of training in a page: it learns, stops where it is told to, comes out the same again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Autoencoder, randomWeights, shapesOf } from "../../web/lib/autoencoder.js";
import { PIXELS, SIDE } from "../../web/lib/canvas.js";
import { Course } from "../../web/lib/course.js";
import { readNpz, writeNpz } from "../../web/lib/npz.js";
import { Parts } from "../../web/lib/parts.js";
import { read, write } from "../../web/lib/training_state.js";
import { verdict, weightsIn } from "../../web/lib/training_words.js";
import { assertClose, deviationOf, meanOf, randomFloats } from "./helpers.js";

const SETTINGS = { rate: 0.004, filters: 8, level: 0.5, batch: 4, seed: 1 };

/** Drawings of one upright bar each, somewhere. */
function bars(count, shift = 0) {
  const levels = new Uint8Array(count * PIXELS);
  for (let i = 0; i < count; i += 1) {
    const column = 4 + ((5 * i + shift) % (SIDE - 8));
    for (let y = 3; y < SIDE - 3; y += 1) {
      levels.fill(255, i * PIXELS + y * SIDE + column, i * PIXELS + y * SIDE + column + 2);
    }
  }
  return levels;
}

const course = (settings = SETTINGS, options = {}) =>
  new Course({ training: bars(12), heldOut: bars(4, 2) }, settings, options);

/** Train step by step. */
function steps(one, count) {
  let report = null;
  for (let i = 0; i < count; i += 1) {
    do ({ report } = one.work(1000, { isOne: true }));
    while (!report);
  }
  return report;
}

test("weights begin as Keras' rules say, the same again from the same seed", () => {
  const weights = randomWeights(32, 5);
  assert.deepEqual(
    weights.map(({ length }) => length),
    [288, 32, 9216, 32, 9216, 32, 9216, 32, 288, 1],
  );
  assert.deepEqual(weights, randomWeights(32, 5));
  assert.notDeepEqual(weights, randomWeights(32, 6));
  const wanted = Math.sqrt(2 / 288);
  assert.ok(Math.abs(meanOf(weights[2])) < 0.05 * wanted);
  assert.ok(Math.abs(deviationOf(weights[2]) / wanted - 1) < 0.03);
  assert.ok(weights[2].every((weight) => Math.abs(weight) <= (2 * wanted) / 0.87962566));
  assert.ok(weights[8].every((weight) => Math.abs(weight) <= Math.sqrt(6 / 297)));
  for (const i of [1, 3, 5, 7, 9]) assert.ok(weights[i].every((bias) => bias === 0));
});

test("slopes are those that turning a weight by hand shows, for every layer", () => {
  const network = new Autoencoder(8, { plain: true });
  const start = randomWeights(8, 3);
  const [clean, noisy] = [1, 2].map((seed) => randomFloats(PIXELS, seed).map(Math.abs));
  network.setWeights(start);
  network.clearGradient();
  network.learn(noisy, clean, 1);
  const gradient = network.gradients().map((slopes) => slopes.slice());
  for (const [part, slopes] of gradient.entries()) {
    const steepest = slopes.reduce(
      (best, slope, i) => (Math.abs(slope) > Math.abs(slopes[best]) ? i : best),
      0,
    );
    const [low, high] = [-1, 1].map((sign) => {
      const weights = start.map((weight) => weight.slice());
      weights[part][steepest] += sign * 1e-3;
      network.setWeights(weights);
      network.run(noisy);
      return network.loss(clean);
    });
    const turned = (high - low) / 2e-3;
    assert.ok(Math.abs(turned - slopes[steepest]) < 0.02 * Math.abs(turned) + 1e-4, `part ${part}`);
  }
});

test("WebAssembly trains bit by bit as plain JavaScript does", () => {
  const [fast, plain] = [false, true].map((isPlain) => {
    const one = course(SETTINGS, { plain: isPlain });
    assert.equal(one.isPlain, isPlain);
    steps(one, 3);
    return one.trainer.network.weights;
  });
  assert.deepEqual(fast, plain);
});

test("the loss falls on drawings kept out, a reset brings back the beginning", () => {
  const one = course();
  const begun = one.reset(SETTINGS);
  assert.equal(begun.training, null);
  const later = steps(one, 40);
  assert.equal(later.step, 40);
  assert.equal(later.drawings, 160);
  assert.ok(later.heldOut < 0.5 * begun.heldOut);
  assert.ok(later.decibels > begun.decibels + 3);
  assert.notDeepEqual(later.filters, begun.filters);
  const again = one.reset(SETTINGS);
  // Never twice the same time.
  const timeless = (report) => ({ ...report, each: 0, seconds: 0 });
  assert.deepEqual(timeless(again), timeless(begun));
  assert.deepEqual(timeless(steps(one, 40)), timeless(later));
});

test("another batch counts from the next step on, of a step under way it stays", () => {
  const one = course({ ...SETTINGS, batch: 16 });
  one.reset({ ...SETTINGS, batch: 16 });
  one.set({ ...SETTINGS, batch: 4 });
  assert.equal(steps(one, 1).drawings, 4);
  one.trainer.lookAtOne();
  one.set({ ...SETTINGS, batch: 2 });
  assert.equal(steps(one, 1).drawings, 8);
  assert.equal(steps(one, 1).drawings, 10);
});

test("the clock counts what was spent on drawings, from nothing at each beginning", () => {
  const one = course();
  assert.deepEqual([one.reset(SETTINGS).seconds, one.measureAtOnce().seconds], [0, 0]);
  const begin = performance.now();
  const [early, late] = [steps(one, 20), steps(one, 20)];
  const most = (performance.now() - begin) / 1000;
  assert.ok(0 < early.seconds && early.seconds < late.seconds && late.seconds <= most);
  assert.ok(late.each > 0);
  assert.deepEqual([late.rate, late.batch], [SETTINGS.rate, SETTINGS.batch]);
  assert.equal(one.reset(SETTINGS).seconds, 0);
});

test("a slice of time ends soon, mid-batch if need be, and what it began goes on", () => {
  const one = course({ ...SETTINGS, batch: 64 });
  one.reset(SETTINGS);
  one.set({ ...SETTINGS, batch: 64 });
  one.trainer.beginStep();
  const { step, looked, report } = one.work(0);
  assert.deepEqual([step, looked, report], [0, 1, null]);
  assert.equal(one.work(0).looked, 2);
  // A pause measures what there is, without another drawing.
  let last = one.work(0, { isLast: true });
  while (!last.report) last = one.work(0, { isLast: true });
  assert.deepEqual([last.step, last.looked], [0, 2]);
  assert.equal(steps(one, 1).step, 1);
});

test("one step is one, whatever the level becomes while it is measured", () => {
  const one = course({ ...SETTINGS, batch: 1 });
  one.reset({ ...SETTINGS, batch: 1 });
  const how = { isOne: true };
  one.work(0, how);
  assert.equal(one.work(0, how).report, null);
  one.set({ ...SETTINGS, batch: 1, level: 1 });
  let told = one.work(0, how);
  while (!told.report) told = one.work(0, how);
  assert.deepEqual([told.step, told.report.step, told.report.level], [1, 1, 1]);
  const { heldOut } = told.report;
  assert.equal(one.measureAtOnce().heldOut, heldOut);
});

test("each pass looks at every drawing once, in another order", () => {
  const { trainer } = course();
  const passes = [1, 2].map(() => Array.from({ length: 12 }, () => trainer.nextPlace()));
  for (const pass of passes) {
    assert.deepEqual(
      [...pass].sort((a, b) => a - b),
      [...Array(12).keys()],
    );
  }
  assert.notDeepEqual(passes[0], passes[1]);
});

test("a batch's gradient is the mean of its drawings' gradients", () => {
  const network = new Autoencoder(8);
  network.setWeights(randomWeights(8, 1));
  const images = [1, 2].map((seed) => randomFloats(PIXELS, seed).map(Math.abs));
  const each = images.map((image) => {
    network.clearGradient();
    network.learn(image, image, 1);
    return network.gradients().map((slopes) => slopes.slice());
  });
  network.clearGradient();
  for (const image of images) network.learn(image, image, 1 / 2);
  for (const [i, slopes] of network.gradients().entries()) {
    assertClose(
      slopes,
      each[0][i].map((slope, k) => (slope + each[1][i][k]) / 2),
      1e-5,
    );
  }
});

test("bets that have not looked cost what the chapter's formula says", () => {
  const blind = new Course({ training: bars(12), heldOut: bars(4) }, SETTINGS).blind();
  const share = (22 * 2) / PIXELS;
  const entropy = -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  assert.ok(Math.abs(blind.grey - entropy) < 1e-9);
  assert.ok(blind.average < blind.grey);
});

test("what goes wrong is said, what goes well is not", () => {
  const first = { step: 0, heldOut: 1.1, level: 0.5, spread: 0 };
  const well = { step: 20, heldOut: 0.3, level: 0.5, spread: 0.9 };
  assert.equal(verdict(well, first), "");
  assert.match(verdict({ ...well, heldOut: Number.NaN }, first), /diverged/);
  assert.match(verdict({ ...well, heldOut: 1.2 }, first), /diverges/);
  assert.match(verdict({ ...well, spread: 0.001 }, first), /stuck/);
  assert.equal(verdict(first, first), "");
});

test("a loss that is a little higher after the first steps is not called diverging yet", () => {
  const first = { step: 0, heldOut: 1.17, level: 0.5, spread: 0.5 };
  const now = { step: 1, heldOut: 1.28, level: 0.5, spread: 0.5 };
  assert.equal(verdict(now, first), "");
  assert.match(verdict({ ...now, heldOut: 1.7e8 }, first), /diverges/);
  assert.match(verdict({ ...now, step: 10 }, first), /diverges/);
});

test("a loss that more noise has raised is not called diverging", () => {
  const first = { step: 0, heldOut: 1.1, level: 0.5, spread: 0.5 };
  assert.equal(verdict({ step: 1, heldOut: 1.3, level: 2, spread: 0.5 }, first), "");
});

test("of weights from a file nothing is said that only random ones would tell", () => {
  const first = { step: 0, heldOut: 0.11, level: 0.5, spread: 0.9 };
  assert.equal(verdict({ step: 1, heldOut: 0.113, level: 0.5, spread: 0.3 }, first, true), "");
  assert.match(verdict({ ...first, step: 9, heldOut: Number.NaN }, first, true), /diverged/);
  assert.match(verdict({ ...first, heldOut: Number.NaN }, first, true), /too large/);
  // Only what was no one grey before has been stuck by the steps.
  const stuck = { step: 9, heldOut: 0.3, level: 0.5, spread: 0 };
  assert.match(verdict(stuck, first, true), /stuck/);
  assert.equal(verdict(stuck, { ...stuck, step: 0 }, true), "");
});

test("weights are saved as numpy's form and read again, nothing else is", async () => {
  const weights = randomWeights(16, 2);
  const bytes = writeNpz(shapesOf(16).map((shape, i) => ({ shape, values: weights[i] })));
  const arrays = await readNpz(bytes);
  assert.deepEqual(weightsIn(arrays), weights);
  assert.deepEqual(bytes, writeNpz(arrays));
  assert.equal(weightsIn(arrays.slice(1)), null);
  assert.equal(weightsIn([]), null);
  assert.equal(weightsIn([...arrays.slice(0, 9), { shape: [1], values: [Number.NaN] }]), null);
  for (const torn of [bytes.slice(0, 5000), bytes.slice(500), new Uint8Array(100)]) {
    await assert.rejects(readNpz(torn));
  }
  const spoilt = bytes.slice();
  spoilt[400] ^= 1;
  await assert.rejects(readNpz(spoilt));
});

test("an address brings back every setting, and what makes no sense is refused", () => {
  const state = {
    ...{ drawing: { type: "strokes", strokes: [] }, rate: 0.03, filters: 16, level: 0.75 },
    ...{ batch: 64, seed: 7, look: 15, axis: "seconds" },
  };
  const given = {
    ...{ ...state, rate: 0.004, filters: 32, level: 0.5, batch: 16, seed: 1, look: 0 },
    axis: "steps",
  };
  const parts = new Parts(write(state));
  assert.deepEqual(read(parts, given, []), state);
  assert.ok(parts.areUnderstood);
  for (const text of [
    "rate=5",
    "rate=1e-3",
    "filters=12",
    "level=3",
    "batch=0",
    "seed=-1",
    "look=32",
    "axis=years",
  ]) {
    const hostile = new Parts(text);
    assert.deepEqual(read(hostile, given, []), given);
    assert.ok(!hostile.areUnderstood, text);
  }
});
