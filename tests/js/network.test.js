// Promises of the interpreter of networks: each step gives what one works out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { load, Network } from "../../web/lib/network.js";
import { probabilities } from "../../web/lib/probabilities.js";
import { halfValues, unpackWeights } from "../../web/lib/weights.js";
import { assertClose, randomFloats } from "./helpers.js";

/** Run one step over an input; both are given with their shapes. */
function runStep(step, input, from, to, weights = [], plain = false) {
  const description = {
    categories: [],
    inputs: { noisy: 0 },
    outputs: { out: 1 },
    shapes: [from, to],
    steps: [{ in: [0], out: 1, ...step }],
    weights: weights.map(({ shape }) => shape),
    content: "",
  };
  const floats = weights.map(({ values }) => Float32Array.from(values));
  const network = new Network(description, floats, { plain });
  network.run(input.map(() => 7)); // What an earlier image left must not matter.
  return [...network.run(input).out];
}

const ONES = [1, 1];
const NONE = [0, 0, 0, 0];

for (const plain of [false, true]) {
  const by = plain ? "without WebAssembly" : "with WebAssembly";
  const run = (...all) => runStep(...all, plain);

  test(`a convolution slides its window without turning it, ${by}`, () => {
    const weights = [
      { shape: [2, 2, 1, 1], values: [1, 10, 100, 1000] },
      { shape: [1], values: [0.5] },
    ];
    const step = { op: "conv", kernel: 0, bias: 1, strides: ONES, pads: NONE };
    const found = run(step, [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3, 1], [2, 2, 1], weights);
    assert.deepEqual(found, [5421.5, 6532.5, 8754.5, 9865.5]);
  });

  test(`a convolution's margins are zeros on each side that asks for them, ${by}`, () => {
    const weights = [{ shape: [2, 2, 1, 1], values: [1, 10, 100, 1000] }];
    const step = { op: "conv", kernel: 0, strides: ONES, pads: [1, 0, 0, 1] };
    const found = run(step, [1, 2, 3, 4], [2, 2, 1], [2, 2, 1], weights);
    assert.deepEqual(found, [2100, 200, 4321, 402]);
  });

  test(`a convolution's strides leave places out, ${by}`, () => {
    const weights = [{ shape: [1, 1, 1, 1], values: [2] }];
    const step = { op: "conv", kernel: 0, strides: [2, 3], pads: NONE };
    const input = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    assert.deepEqual(run(step, input, [3, 4, 1], [2, 2, 1], weights), [2, 8, 18, 24]);
  });

  test(`a convolution mixes channels, ${by}`, () => {
    const weights = [
      { shape: [1, 1, 2, 3], values: [1, 2, 3, 10, 20, 30] },
      { shape: [3], values: [0, 0, 0.5] },
    ];
    const step = { op: "conv", kernel: 0, bias: 1, strides: ONES, pads: NONE };
    const found = run(step, [1, 2, 3, 4], [1, 2, 2], [1, 2, 3], weights);
    assert.deepEqual(found, [21, 42, 63.5, 43, 86, 129.5]);
  });

  test(`a transposed convolution paints patches that add up where they overlap, ${by}`, () => {
    const weights = [
      { shape: [1, 2, 2, 1], values: [1, 2, 3, 4] },
      { shape: [1], values: [100] },
    ];
    const step = { op: "conv_transpose", kernel: 0, bias: 1, strides: ONES, pads: NONE };
    const found = run(step, [1, 10], [1, 2, 1], [2, 3, 1], weights);
    assert.deepEqual(found, [101, 112, 120, 103, 134, 140]);
  });

  test(`a transposed convolution's strides spread, its margins cut, ${by}`, () => {
    const weights = [{ shape: [1, 2, 2, 1], values: [1, 2, 3, 4] }];
    const spread = { op: "conv_transpose", kernel: 0, strides: [2, 2], pads: NONE };
    const whole = [1, 2, 10, 20, 3, 4, 30, 40];
    assert.deepEqual(run(spread, [1, 10], [1, 2, 1], [2, 4, 1], weights), whole);
    const cut = { ...spread, pads: [1, 1, 0, 0] };
    assert.deepEqual(run(cut, [1, 10], [1, 2, 1], [1, 3, 1], weights), [4, 30, 40]);
  });

  test(`a dense layer weighs every input for every output, ${by}`, () => {
    const weights = [
      { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
      { shape: [2], values: [0.5, -0.5] },
    ];
    const step = { op: "dense", kernel: 0, bias: 1 };
    assert.deepEqual(run(step, [1, 10, 100], [3], [2], weights), [531.5, 641.5]);
  });
}

test("the largest of each window is pooled, channel by channel, beyond the border nothing", () => {
  const step = { op: "max_pool", size: [2, 2], strides: [2, 2], pads: [0, 0, 1, 1] };
  const input = [1, -9, 2, -8, 3, -7, 4, -6, 5, -5, 6, -4, -1, -3, -2, -2, -3, -1];
  const found = runStep(step, input, [3, 3, 2], [2, 2, 2]);
  assert.deepEqual(found, [5, -5, 6, -4, -1, -2, -3, -1]);
});

test("upsampling repeats each pixel down and across, all its channels together", () => {
  const found = runStep({ op: "upsample", strides: [2, 3] }, [1, 2, 3, 4], [1, 2, 2], [2, 6, 2]);
  const row = [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4];
  assert.deepEqual(found, [...row, ...row]);
});

test("a mean is taken over each channel's whole area", () => {
  assert.deepEqual(runStep({ op: "mean" }, [1, 10, 2, 20, 3, 30, 6, 60], [2, 2, 2], [2]), [3, 30]);
});

test("relu lets nothing negative through; sigmoid maps to shares", () => {
  assert.deepEqual(runStep({ op: "relu" }, [-1, 0, 2.5], [3], [3]), [0, 0, 2.5]);
  const expected = [1 / (1 + Math.E), 0.5, 1];
  assertClose(runStep({ op: "sigmoid" }, [-1, 0, 50], [3], [3]), expected);
});

test("two values are added place by place, a row to every pixel", () => {
  assert.deepEqual(runStep({ op: "add", in: [0, 0] }, [1, 2, 3], [3], [3]), [2, 4, 6]);
  const weights = [{ shape: [2], values: [10, 20] }];
  const step = { op: "add_row", bias: 0 };
  assert.deepEqual(runStep(step, [1, 2, 3, 4], [1, 2, 2], [1, 2, 2], weights), [11, 22, 13, 24]);
});

test("odd sizes give the same with WebAssembly as without, bit by bit", () => {
  const weights = [
    { shape: [3, 5, 3, 11], values: randomFloats(3 * 5 * 3 * 11, 5) },
    { shape: [11], values: randomFloats(11, 6) },
  ];
  const step = { op: "conv", kernel: 0, bias: 1, strides: [2, 1], pads: [1, 2, 1, 2] };
  const input = [...randomFloats(7 * 9 * 3, 7)];
  const [fast, slow] = [false, true].map((plain) =>
    runStep(step, input, [7, 9, 3], [4, 9, 11], weights, plain),
  );
  assert.deepEqual(fast, slow);
});

test("an unknown step is refused by its name", () => {
  for (const op of ["softmax", "constructor"]) {
    assert.throws(() => runStep({ op }, [1], [1], [1]), { message: new RegExp(op) });
  }
});

test("half-precision numbers have the values of IEEE 754", () => {
  const values = halfValues();
  for (const [half, value] of [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x83ff, -(2 ** -14) * (1023 / 1024)],
    [0x0400, 2 ** -14],
  ]) {
    assert.equal(values[half], value);
  }
});

/** Pack halves as the build does: base64 of gzip, all high bytes before all low bytes. */
const packed = (halves) =>
  gzipSync(
    Buffer.from([...halves.map((half) => half >> 8), ...halves.map((half) => half & 255)]),
  ).toString("base64");

test("packed weights come out in their shapes, in turn", async () => {
  const content = packed([0x3c00, 0xc000, 0x3800, 0x4200, 0x3c01]);
  const weights = await unpackWeights(content, [[2, 2], [1]]);
  assert.deepEqual(
    weights.map((weight) => [...weight]),
    [[1, -2, 0.5, 3], [1 + 1 / 1024]],
  );
});

test("a packed network runs from its input to all that it gives", async () => {
  const description = {
    categories: ["a", "b"],
    inputs: { noisy: 0 },
    outputs: { denoised: 1, logits: 2 },
    shapes: [[1, 2, 1], [1, 2, 1], [2]],
    steps: [
      { op: "relu", in: [0], out: 1 },
      { op: "dense", in: [1], out: 2, kernel: 0 },
    ],
    weights: [[2, 2]],
    content: packed([0x3c00, 0x4000, 0x4200, 0x4400]),
  };
  const network = await load(description);
  const { denoised, logits } = network.run([-1, 0.5]);
  assert.deepEqual([...denoised], [0, 0.5]);
  assert.deepEqual([...logits], [1.5, 2]);
});

test("probabilities are of the chosen alone, in their order, whatever the logits' size", () => {
  assertClose(probabilities([Math.log(1), 99, Math.log(3)], [2, 0]), [0.75, 0.25]);
  assertClose(probabilities([10_000, 10_000], [0, 1]), [0.5, 0.5]);
  assertClose(probabilities([-10_000, 0], [0, 1]), [0, 1]);
});
