// @ts-check
// Runs networks as the build described them: step by step, in one memory that is laid out beforehand.

import { COLUMNS, makeKernel, ROWS } from "./kernel.js";
import { product, upTo } from "./shapes.js";
import { PLANS } from "./steps.js";
import { unpackWeights } from "./weights.js";

/**
 * @typedef {object} Step one operation of a network
 * @property {string} op a name in `PLANS`
 * @property {number[]} in the numbers of the values that it takes
 * @property {number} out the number of the value that it gives
 * @property {number} [kernel] the number of a weight
 * @property {number} [bias] the number of a weight
 * @property {number[]} [size] height, width of a window
 * @property {number[]} [strides] down, across
 * @property {number[]} [pads] above, left, below, right
 */

/**
 * @typedef {object} Description a network; images lie in memory row by row, pixel by pixel
 * @property {string[]} categories what the places of the logits stand for
 * @property {Record<string, number>} inputs the number of a value by its name
 * @property {Record<string, number>} outputs the number of a value by its name
 * @property {number[][]} shapes of the values: height, width, channels; or one length
 * @property {Step[]} steps in the order of their running
 * @property {number[][]} weights their shapes
 * @property {string} content the weights' numbers, packed
 */

export class Network {
  /**
   * @param {Description} description
   * @param {Float32Array[]} weights
   * @param {{ plain?: boolean }} [options] `plain` does without WebAssembly
   * @throws {Error} if a step has no plan
   */
  constructor(description, weights, { plain = false } = {}) {
    this.description = description;
    this.weights = weights;
    this.used = 0;
    /** @type {((memory: Float32Array) => void)[]} what writes the weights into the memory */
    this.filled = [];
    // Steps run one after the other, so they share the room for what they lay out on the way.
    this.patchSize = 0;
    this.productSize = 0;
    // A value keeps room for the rows that the kernel computes beyond it.
    this.values = description.shapes.map((shape) => {
      const width = upTo(shape[shape.length - 1], COLUMNS);
      return { shape, start: this.take(product(shape) + (ROWS - 1) * width + COLUMNS) };
    });
    this.steps = description.steps.map((step) => {
      if (!Object.hasOwn(PLANS, step.op)) throw new Error(`The page knows no step "${step.op}".`);
      return PLANS[step.op](this, step);
    });
    this.patches = this.take(this.patchSize);
    this.products = this.take(this.productSize);
    this.kernel = makeKernel(this.used, { plain });
    this.memory = this.kernel.memory;
    for (const fill of this.filled) fill(this.memory);
  }

  /**
   * Take memory for so many floats; what lies 16 bytes apart loads fastest.
   *
   * @param {number} floats
   * @returns {number} where it begins
   */
  take(floats) {
    const start = this.used;
    this.used += upTo(floats, 4);
    return start;
  }

  /**
   * Name a noisy image.
   *
   * @param {ArrayLike<number>} noisy its pixels, from 0 to 1
   * @returns {Record<string, Float32Array>} everything that the graph gives, by its name
   */
  run(noisy) {
    const { inputs, outputs } = this.description;
    this.memory.set(noisy, this.values[inputs.noisy].start);
    for (const step of this.steps) step();
    return Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => {
        const { start, shape } = this.values[value];
        return [name, this.memory.slice(start, start + product(shape))];
      }),
    );
  }
}

/**
 * @param {Description} description
 * @param {{ plain?: boolean }} [options] `plain` does without WebAssembly
 * @returns {Promise<Network>}
 */
export async function load(description, options) {
  const weights = await unpackWeights(description.content, description.weights);
  return new Network(description, weights, options);
}
