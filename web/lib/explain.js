// @ts-check
// Works out by hand how one number of a layer's map came about, from the numbers of the layer before.

import { areaOf } from "./layers.js";
import { WHOLE } from "./network.js";

/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./network.js").Surgery} Surgery */

/**
 * @typedef {object} Part what one map of a layer before gave to a number: a window of it, weighed
 * @property {number} value the number of the value that the map is of
 * @property {number} channel which of its maps
 * @property {number} top row of the window's first pixel, beyond the map where the margin is
 * @property {number} left column of the window's first pixel
 * @property {number} height of the window
 * @property {number} width of the window
 * @property {number[]} values row by row, zeros beyond the map
 * @property {number[]} weights row by row
 * @property {number} sum of the products
 */

/**
 * @typedef {object} Explanation
 * @property {"sum" | "largest"} kind whether the products add up, or the largest number counts
 * @property {Part[]} parts
 * @property {number | null} bias null for a layer that has none
 * @property {number} sum of the products with the bias
 * @property {number} result after the activation
 * @property {boolean} isOff whether the map is switched off, so that it holds a zero all the same
 */

/** @type {Record<string, (sum: number) => number>} */
const ACTIVATIONS = {
  relu: (sum) => Math.max(sum, 0),
  sigmoid: (sum) => 1 / (1 + Math.exp(-sum)),
};

/**
 * Cut a window out of a map.
 *
 * @param {Network} network
 * @param {number} value
 * @param {number} channel
 * @param {{ top: number, left: number, height: number, width: number }} window
 * @param {(row: number, column: number) => number} weigh gives the weight of a place in the window
 * @returns {Part}
 */
function cut(network, value, channel, { top, left, height, width }, weigh) {
  const [tall, wide, channels] = areaOf(network.values[value].shape);
  const map = network.read(value);
  const [values, weights] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const [y, x] = [top + row, left + column];
      const isInside = y >= 0 && y < tall && x >= 0 && x < wide;
      values.push(isInside ? map[(y * wide + x) * channels + channel] : 0);
      weights.push(weigh(row, column));
    }
  }
  const sum = values.reduce((total, each, i) => total + each * weights[i], 0);
  return { value, channel, top, left, height, width, values, weights, sum };
}

/**
 * Which rows or columns of its source a transposed convolution's pixel was painted from.
 *
 * @param {number} at the pixel's row or column
 * @param {number} reach of the kernel
 * @param {number} stride
 * @param {number} pad
 * @returns {{ first: number, count: number }}
 */
export function paintedFrom(at, reach, stride, pad) {
  const first = Math.ceil((at + pad - reach + 1) / stride);
  return { first, count: Math.floor((at + pad) / stride) - first + 1 };
}

/** @typedef {(network: Network, layer: Layer, channel: number, y: number, x: number) => Part[]} Cutter */

/** @type {Record<string, Cutter>} */
const CUTTERS = {
  add: (network, { step }, channel, y, x) =>
    step.in.map((value) =>
      cut(network, value, channel, { top: y, left: x, height: 1, width: 1 }, () => 1),
    ),
  conv(network, { step }, channel, y, x) {
    const [value] = step.in;
    const kernel = /** @type {number} */ (step.kernel);
    const [height, width, channels, filters] = network.description.weights[kernel];
    const weights = network.weights[kernel];
    const [strides, pads] = [step.strides ?? [1, 1], step.pads ?? [0, 0]];
    const [top, left] = [y * strides[0] - pads[0], x * strides[1] - pads[1]];
    return Array.from({ length: channels }, (_, c) =>
      cut(
        network,
        value,
        c,
        { top, left, height, width },
        (row, column) => weights[((row * width + column) * channels + c) * filters + channel],
      ),
    );
  },
  conv_transpose(network, { step }, channel, y, x) {
    const [value] = step.in;
    const kernel = /** @type {number} */ (step.kernel);
    const [channels, height, width, filters] = network.description.weights[kernel];
    const weights = network.weights[kernel];
    const [strides, pads] = [step.strides ?? [1, 1], step.pads ?? [0, 0]];
    const rows = paintedFrom(y, height, strides[0], pads[0]);
    const columns = paintedFrom(x, width, strides[1], pads[1]);
    const window = { top: rows.first, left: columns.first };
    return Array.from({ length: channels }, (_, c) =>
      cut(
        network,
        value,
        c,
        { ...window, height: rows.count, width: columns.count },
        (row, column) => {
          const down = y + pads[0] - (rows.first + row) * strides[0];
          const across = x + pads[1] - (columns.first + column) * strides[1];
          return weights[((c * height + down) * width + across) * filters + channel];
        },
      ),
    );
  },
  dense(network, { step }, channel) {
    const [value] = step.in;
    const kernel = /** @type {number} */ (step.kernel);
    const [height, width, channels] = areaOf(network.values[value].shape);
    const outputs = network.description.weights[kernel][1];
    const weights = network.weights[kernel];
    return Array.from({ length: channels }, (_, c) =>
      cut(
        network,
        value,
        c,
        { top: 0, left: 0, height, width },
        (row, column) => weights[((row * width + column) * channels + c) * outputs + channel],
      ),
    );
  },
  max_pool(network, { step }, channel, y, x) {
    const [height, width] = step.size ?? [1, 1];
    const [strides, pads] = [step.strides ?? [1, 1], step.pads ?? [0, 0]];
    const [tall, wide] = areaOf(network.values[step.in[0]].shape);
    // What lies beyond the map does not count, not even as a zero.
    const [top, left] = [y * strides[0] - pads[0], x * strides[1] - pads[1]];
    const [first, second] = [Math.max(top, 0), Math.max(left, 0)];
    const window = {
      top: first,
      left: second,
      height: Math.min(top + height, tall) - first,
      width: Math.min(left + width, wide) - second,
    };
    const part = cut(network, step.in[0], channel, window, () => 0);
    const sum = Math.max(...part.values);
    part.weights[part.values.indexOf(sum)] = 1;
    return [{ ...part, sum }];
  },
  mean(network, { step }, channel) {
    const [height, width] = areaOf(network.values[step.in[0]].shape);
    const window = { top: 0, left: 0, height, width };
    return [cut(network, step.in[0], channel, window, () => 1 / (height * width))];
  },
  upsample(network, { step }, channel, y, x) {
    const [down, across] = step.strides ?? [1, 1];
    const [top, left] = [Math.floor(y / down), Math.floor(x / across)];
    return [cut(network, step.in[0], channel, { top, left, height: 1, width: 1 }, () => 1)];
  },
};

/**
 * Work out how a number of a layer came about in the network's last run.
 *
 * @param {Network} network
 * @param {Layer} layer
 * @param {number} channel which of the layer's maps
 * @param {number} y row of the pixel in it
 * @param {number} x its column
 * @param {Surgery} [surgery] that the run was made with
 * @returns {Explanation}
 */
export function explain(network, layer, channel, y, x, surgery = WHOLE) {
  const { step, place } = layer;
  const parts = CUTTERS[step.op](network, layer, channel, y, x);
  for (const [at, input] of surgery.inputs) {
    if (at !== place) continue;
    for (const part of parts.filter(({ value }) => value === step.in[input])) {
      part.values.fill(0);
      part.sum = 0;
    }
  }
  const bias = layer.bias.length
    ? layer.bias.reduce((total, weight) => {
        const row = network.weights[weight];
        return total + row[channel % row.length];
      }, 0)
    : null;
  const sum = parts.reduce((total, part) => total + part.sum, bias ?? 0);
  const isOff = surgery.maps.some(([value, which]) => value === layer.sum && which === channel);
  const activate = layer.activation
    ? ACTIVATIONS[layer.activation]
    : (/** @type {number} */ s) => s;
  const kind = step.op === "max_pool" ? "largest" : "sum";
  return { kind, parts, bias, sum, result: activate(isOff ? 0 : sum), isOff };
}
