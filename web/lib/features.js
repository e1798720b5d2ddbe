// @ts-check
// Finds a classifier's features: what enters the dense layer that makes its logits, what its poolings pass on.

import { pathOf } from "./network.js";
import { product } from "./shapes.js";

/** @typedef {import("./network.js").Description} Description */
/** @typedef {import("./network.js").Network} Network */

/** Layers that may give features, the last among them. */
const MOST_LAYERS = 4;

/**
 * @param {Description} description
 * @param {string} logits the name of an output
 * @returns {number | undefined} the number of the value; undefined if no dense layer makes these logits
 */
function featuresBefore({ outputs, steps }, logits) {
  let value = outputs[logits];
  for (;;) {
    const step = steps.find(({ out }) => out === value);
    if (!step) return undefined;
    if (step.op === "dense") return step.in[0];
    // What may lie between is a bias by itself.
    if (step.op !== "add_row") return undefined;
    [value] = step.in;
  }
}

/**
 * Find the maps that poolings pass on, on the way to a value.
 *
 * @param {Description} description
 * @param {number} value its number
 * @returns {number[]} the numbers of the values that they are, those of the last pooling first
 */
function mapsBefore({ outputs, steps }, value) {
  const found = [];
  // The image itself, denoised or not, is no layer of the classifier's.
  for (let at = value; at !== outputs.denoised && found.length < MOST_LAYERS - 1; ) {
    const step = steps.find(({ out }) => out === at);
    if (!step) break;
    if (step.op === "max_pool") found.push(at);
    [at] = step.in;
  }
  return found;
}

/**
 * How many features each layer gives that names may be learned on, the last layer first.
 *
 * @param {Description} description
 * @returns {number[]} none if there are no features
 */
export function countFeatures(description) {
  const { shapes } = description;
  const [one, other] = ["logits", "direct_logits"].map((name) => {
    const value = featuresBefore(description, name);
    if (value === undefined) return [];
    const maps = mapsBefore(description, value);
    return [product(shapes[value]), ...maps.map((at) => shapes[at][shapes[at].length - 1])];
  });
  const different = one.findIndex((count, i) => count !== other[i]);
  return different < 0 ? one : one.slice(0, different);
}

/**
 * The features of a clean image, with the classifier's logits.
 *
 * @param {Network} network
 * @param {ArrayLike<number>} image
 * @returns {{ features: Float32Array, logits: Float32Array }}
 */
export function lookAt(network, image) {
  const { description } = network;
  const { inputs, outputs } = description;
  // The denoiser is of no use here.
  const path = pathOf(description, inputs.noisy, outputs.direct_logits);
  network.compute(inputs.noisy, image, path);
  return {
    features: featuresOf(network, "direct_logits"),
    logits: network.read(outputs.direct_logits).slice(),
  };
}

/**
 * What logits were made of, after a run: the features of the last layer, then those of the ones before.
 *
 * @param {Network} network
 * @param {string} logits the name of an output
 * @returns {Float32Array} empty if they are made otherwise
 */
export function featuresOf(network, logits) {
  const { description } = network;
  const value = featuresBefore(description, logits);
  if (value === undefined) return new Float32Array();
  const earlier = mapsBefore(description, value).map((at) =>
    means(network.read(at), description.shapes[at]),
  );
  return Float32Array.from([network.read(value), ...earlier].flatMap((layer) => [...layer]));
}

/**
 * The mean of each map over all its places.
 *
 * @param {Float32Array} maps pixel by pixel
 * @param {number[]} shape
 * @returns {Float64Array}
 */
function means(maps, shape) {
  const count = shape[shape.length - 1];
  const found = new Float64Array(count);
  for (const [i, value] of maps.entries()) found[i % count] += (value * count) / maps.length;
  return found;
}

/**
 * The features of a noisy image, after a whole run: the mean of its own and of the denoised image's, since a
 * denoiser takes something away from things that it was not trained on.
 *
 * @param {Network} network
 * @returns {Float32Array} empty if the logits are made otherwise
 */
export function featuresOfNoisy(network) {
  const own = featuresOf(network, "direct_logits");
  return featuresOf(network, "logits").map((value, i) => (value + own[i]) / 2);
}
