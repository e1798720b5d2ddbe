// A small graph with every kind of layer that the shipped one has, with weights by chance, for tests.

import { SIDE } from "../../web/lib/canvas.js";
import { product } from "../../web/lib/shapes.js";
import { randomFloats } from "./helpers.js";

const half = SIDE / 2;
const quarter = SIDE / 4;
const small = Math.ceil(quarter / 2);
const same = { strides: [1, 1], pads: [1, 1, 1, 1] };
const apart = { strides: [2, 2], pads: [0, 0, 0, 0] };

const shapes = [
  [SIDE, SIDE, 1], // 0: noisy
  [half, half, 3],
  [half, half, 3], // 2: the first layer's
  [half, half, 3],
  [half, half, 3],
  [half, half, 3],
  [half, half, 3], // 6: after a residual block
  [quarter, quarter, 5],
  [quarter, quarter, 5], // 8: the deepest
  [half, half, 3],
  [half, half, 3], // 10: after the skip connection
  [SIDE, SIDE, 1],
  [SIDE, SIDE, 1],
  [SIDE, SIDE, 1], // 13: denoised
  [SIDE, SIDE, 2],
  [SIDE, SIDE, 2],
  [half, half, 2],
  [quarter, quarter, 2],
  [small, small, 2],
  [small * 2, small * 2, 2],
  [2],
  [4],
  [4], // 22: logits
];

const steps = [
  { op: "conv", in: [0], out: 1, strides: [2, 2], pads: [1, 1, 1, 1], kernel: 0, bias: 1 },
  { op: "relu", in: [1], out: 2 },
  { op: "conv", in: [2], out: 3, ...same, kernel: 2, bias: 3 },
  { op: "relu", in: [3], out: 4 },
  { op: "conv", in: [4], out: 5, ...same, kernel: 4, bias: 3 },
  { op: "add", in: [2, 5], out: 6 },
  { op: "conv", in: [6], out: 7, ...apart, kernel: 5, bias: 6 },
  { op: "relu", in: [7], out: 8 },
  { op: "conv_transpose", in: [8], out: 9, ...apart, kernel: 7, bias: 3 },
  { op: "add", in: [6, 9], out: 10 },
  { op: "conv_transpose", in: [10], out: 11, strides: [2, 2], pads: [1, 1, 1, 1], kernel: 8 },
  { op: "add_row", in: [11], out: 12, bias: 9 },
  { op: "sigmoid", in: [12], out: 13 },
  { op: "conv", in: [13], out: 14, ...same, kernel: 10, bias: 11 },
  { op: "relu", in: [14], out: 15 },
  { op: "max_pool", in: [15], out: 16, ...apart, size: [2, 2] },
  { op: "max_pool", in: [16], out: 17, ...apart, size: [2, 2] },
  { op: "max_pool", in: [17], out: 18, strides: [2, 2], pads: [0, 0, 1, 1], size: [2, 2] },
  { op: "upsample", in: [18], out: 19, strides: [2, 2] },
  { op: "mean", in: [19], out: 20 },
  { op: "dense", in: [20], out: 21, kernel: 12 },
  { op: "add_row", in: [21], out: 22, bias: 13 },
];

const weights = [
  [4, 4, 1, 3],
  [3],
  [3, 3, 3, 3],
  [3],
  [3, 3, 3, 3],
  [2, 2, 3, 5],
  [5],
  [5, 2, 2, 3],
  [3, 4, 4, 1],
  [1],
  [3, 3, 1, 2],
  [2],
  [2, 4],
  [4],
];

export const description = {
  categories: ["cat", "fish", "cup", "The Mona Lisa"],
  inputs: { noisy: 0 },
  outputs: { denoised: 13, logits: 22, direct_logits: 22 },
  shapes,
  steps,
  weights,
  content: "",
};

export const floats = weights.map((shape, i) => randomFloats(product(shape), i + 1));

/** An image by chance. */
export const image = randomFloats(SIDE * SIDE, 99).map(Math.abs);
