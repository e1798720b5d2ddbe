// @ts-check
// Words for the layers of a network, as the chapters call them.

import { thousands, threeDigits } from "./words.js";

/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {import("./network.js").Description} Description */

const KINDS = /** @type {Record<string, string>} */ ({
  add: "Sum",
  conv: "Convolution",
  conv_transpose: "Transposed convolution",
  dense: "Dense layer",
  max_pool: "Max pooling",
  mean: "Average of each map",
  upsample: "Upsampling",
});
const ACTIVATIONS = { relu: "ReLU", sigmoid: "sigmoid" };

/** @param {number[]} lengths */
export const times = (lengths) => lengths.join(" × ");

/**
 * Word a number so that numbers below each other can be compared.
 *
 * @param {number} value
 * @param {number} [places] after the point
 * @returns {string}
 */
export function figure(value, places = 2) {
  const text = Math.abs(value).toFixed(places);
  return value < 0 && Number(text) ? `−${text}` : text;
}

/**
 * Word between which numbers a layer's colours lie; however small, they are not called nothing.
 *
 * @param {number} most above 0
 * @param {boolean} isSigned whether there are colours below zero
 * @returns {string}
 */
export function rangeOf(most, isSigned) {
  const text = most < 0.01 ? threeDigits(most) : figure(most);
  return `${isSigned ? `−${text}` : "0"} to ${text}`;
}

/** @param {number} value @param {number} [places] @returns {string} with its sign */
export const signed = (value, places = 2) => {
  const text = figure(value, places);
  return text.startsWith("−") ? text : `+${text}`;
};

/**
 * Number the residual blocks of a network.
 *
 * @param {Layer[]} layers
 * @returns {Map<string, number>} from the id of the layer that ends a block
 */
export function blocksOf(layers) {
  const ends = layers.filter(({ join }) => join?.isBlock);
  return new Map(ends.map(({ id }, i) => [id, i + 1]));
}

/**
 * @param {Layer} layer
 * @param {Layer[]} layers of the same network
 * @returns {string} a name
 */
export function titleOf(layer, layers) {
  const { step, join, block, id } = layer;
  const number = blocksOf(layers).get(block ?? "");
  if (join?.isBlock) return `Sum after block ${number}`;
  if (join) return "Sum with the skip connection";
  const name = KINDS[step.op] ?? step.op;
  const isOnly = layers.filter((one) => one.step.op === step.op).length === 1;
  const title = isOnly ? name : `${name} ${id.replace(/^\D+/, "")}`;
  return number ? `${title} (block ${number})` : title;
}

/** @param {Layer} layer @returns {string} how many maps it gives, how large */
export function mapsOf({ shape: [height, width, channels] }) {
  if (height * width === 1) return `${channels} numbers`;
  const maps = channels === 1 ? "1 map" : `${channels} maps`;
  return `${maps} of ${times([height, width])}`;
}

/**
 * @param {Layer} layer
 * @param {Description} description
 * @returns {string} what it does, a sentence
 */
export function workOf(layer, { weights, shapes }) {
  const { step, activation, bias, join } = layer;
  const shape = step.kernel === undefined ? [] : weights[step.kernel];
  const stride = step.strides?.[0] ?? 1;
  const then = activation ? `, then ${ACTIVATIONS[activation]}` : "";
  const stepped = stride > 1 ? `, moved ${stride} pixels at a time` : "";
  const sources = shapes[step.in[0]].slice(-1)[0];
  const over = sources === 1 ? "one map" : `${sources} maps`;
  const count = [...bias.map((number) => weights[number]), shape];
  const numbers = count.reduce(
    (sum, lengths) => sum + (lengths.length ? lengths.reduce((a, b) => a * b, 1) : 0),
    0,
  );
  const learned = numbers ? ` ${thousands(numbers)} learned numbers.` : "";
  const work = {
    add: () => {
      if (!join) return "Adds two layers, number by number";
      return join.isBlock
        ? "Adds what the block made to what came past it"
        : "Adds what the encoder saw to what comes from below";
    },
    conv: () => `A window of ${times(shape.slice(0, 2))} over ${over}${stepped}`,
    conv_transpose: () => `Each pixel of ${over} paints a patch of ${times(shape.slice(1, 3))}`,
    dense: () => `Weighs all ${thousands(shape[0])} numbers before it`,
    max_pool: () => `Keeps the largest of each window of ${times(step.size ?? [])}`,
    mean: () => "Averages each map to one number",
    upsample: () => `Repeats each pixel ${stride} times down and across`,
  };
  const told = Object.hasOwn(work, step.op) ? work[/** @type {"add"} */ (step.op)]() : step.op;
  return `${told}${then}.${learned}`;
}
