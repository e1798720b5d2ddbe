// @ts-check
// Finds what a pixel of a map can see: the box of pixels of an earlier value that it depends on.

import { paintedFrom } from "./explain.js";
import { areaOf } from "./layers.js";
import { pathOf, WHOLE } from "./network.js";

/** @typedef {import("./network.js").Description} Description */
/** @typedef {import("./network.js").Step} Step */
/** @typedef {import("./network.js").Surgery} Surgery */

/**
 * @typedef {object} Box rows from top to before bottom, columns from left to before right
 * @property {number} top
 * @property {number} bottom
 * @property {number} left
 * @property {number} right
 */

/** @type {(one: Box, other: Box | undefined) => Box} the smallest box around both */
const around = (one, other = one) => ({
  top: Math.min(one.top, other.top),
  bottom: Math.max(one.bottom, other.bottom),
  left: Math.min(one.left, other.left),
  right: Math.max(one.right, other.right),
});

/**
 * What a step's window needs of its source, along one axis.
 *
 * @typedef {(step: Step, axis: 0 | 1, reach: number, from: number, to: number) => [number, number]} Reach
 */

/** @type {Reach} */
const slide = ({ strides = [1, 1], pads = [0, 0] }, axis, reach, from, to) => [
  from * strides[axis] - pads[axis],
  (to - 1) * strides[axis] - pads[axis] + reach,
];

/** @type {Reach} */
const paint = ({ strides = [1, 1], pads = [0, 0] }, axis, reach, from, to) => {
  const last = paintedFrom(to - 1, reach, strides[axis], pads[axis]);
  return [paintedFrom(from, reach, strides[axis], pads[axis]).first, last.first + last.count];
};

/** @type {Reach} */
const shrink = ({ strides = [1, 1] }, axis, _reach, from, to) => [
  Math.floor(from / strides[axis]),
  Math.ceil(to / strides[axis]),
];

/** @type {Record<string, Reach>} of the steps that look further than at one pixel */
const REACHES = { conv: slide, conv_transpose: paint, max_pool: slide, upsample: shrink };

/**
 * @param {Description} description
 * @param {Step} step
 * @returns {number[]} height, width of its kernel or window
 */
function sizeOf({ weights }, { op, kernel, size }) {
  const shape = kernel === undefined ? [] : weights[kernel];
  return size ?? (op === "conv_transpose" ? shape.slice(1, 3) : shape.slice(0, 2));
}

/**
 * Find the receptive field of a pixel.
 *
 * @param {Description} description
 * @param {number} value the number of the value that the pixel is of
 * @param {{ y: number, x: number }} pixel
 * @param {number} given the number of the value that is looked at
 * @param {Surgery} [surgery]
 * @returns {Box | null} null if nothing that it sees lies there
 */
export function receptiveField(description, value, { y, x }, given, surgery = WHOLE) {
  /** @type {Map<number, Box>} */
  const seen = new Map([[value, { top: y, bottom: y + 1, left: x, right: x + 1 }]]);
  for (const place of pathOf(description, given, value).reverse()) {
    const step = description.steps[place];
    const box = seen.get(step.out);
    if (!box) continue;
    for (const [i, source] of step.in.entries()) {
      const isCut = surgery.inputs.some(([at, input]) => at === place && input === i);
      if (isCut) continue;
      seen.set(source, around(back(description, step, source, box), seen.get(source)));
    }
  }
  return seen.get(given) ?? null;
}

/**
 * What of a source a box of a step's result depends on.
 *
 * @param {Description} description
 * @param {Step} step
 * @param {number} source
 * @param {Box} box
 * @returns {Box}
 */
function back(description, step, source, box) {
  const [height, width] = areaOf(description.shapes[source]);
  if (step.op === "mean" || step.op === "dense") {
    return { top: 0, bottom: height, left: 0, right: width };
  }
  const reach = REACHES[step.op];
  if (!reach) return box;
  const [tall, wide] = sizeOf(description, step);
  const [top, bottom] = reach(step, 0, tall, box.top, box.bottom);
  const [left, right] = reach(step, 1, wide, box.left, box.right);
  return {
    top: Math.max(top, 0),
    bottom: Math.min(bottom, height),
    left: Math.max(left, 0),
    right: Math.min(right, width),
  };
}
