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

/**
 * @typedef {object} Surgery parts of a network that are switched off
 * @property {[number, number][]} maps a value by its number, with the channel of it that is all zeros
 * @property {[number, number][]} inputs a step by its place, with which of its inputs it takes for zeros
 */

/** @type {Surgery} nothing is switched off */
export const WHOLE = { maps: [], inputs: [] };

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
   * @param {Surgery} [surgery]
   * @returns {Record<string, Float32Array>} everything that the graph gives, by its name
   */
  run(noisy, surgery) {
    const { inputs, outputs } = this.description;
    this.compute(inputs.noisy, noisy, this.steps.keys(), surgery);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [name, this.read(value).slice()]),
    );
  }

  /**
   * Set one value, then run some of the steps over what else the memory holds.
   *
   * @param {number} value its number
   * @param {ArrayLike<number>} content of that value
   * @param {Iterable<number>} places of the steps, in their order
   * @param {Surgery} [surgery]
   */
  compute(value, content, places, { maps, inputs } = WHOLE) {
    this.memory.set(content, this.values[value].start);
    for (const place of places) {
      const step = this.description.steps[place];
      const hidden = inputs.filter(([at]) => at === place).map(([, input]) => step.in[input]);
      const kept = hidden.map((number) => this.read(number).slice());
      for (const number of hidden) this.read(number).fill(0);
      this.steps[place]();
      for (const [i, number] of hidden.entries()) this.read(number).set(kept[i]);
      for (const [number, channel] of maps) if (number === step.out) this.clear(number, channel);
    }
  }

  /**
   * What a value holds since the last run: a view, which the next run changes.
   *
   * @param {number} value its number
   * @returns {Float32Array} row by row, pixel by pixel, channel by channel
   */
  read(value) {
    const { start, shape } = this.values[value];
    return this.memory.subarray(start, start + product(shape));
  }

  /** @type {(value: number, channel: number) => void} make one channel of a value all zeros */
  clear(value, channel) {
    const content = this.read(value);
    const { shape } = this.values[value];
    for (let i = channel; i < content.length; i += shape[shape.length - 1]) content[i] = 0;
  }
}

/**
 * Which steps lead from one value to another.
 *
 * @param {Description} description
 * @param {number} given the number of a value that is known
 * @param {number} wanted the number of a value
 * @returns {number[]} their places, in the order of their running
 */
export function pathOf({ steps }, given, wanted) {
  const needed = new Set([wanted]);
  const places = [];
  for (let place = steps.length - 1; place >= 0; place -= 1) {
    const step = steps[place];
    if (step.out === given || !needed.has(step.out)) continue;
    places.unshift(place);
    for (const number of step.in) needed.add(number);
  }
  return places;
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
