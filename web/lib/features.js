// @ts-check
// Finds a classifier's features: what enters the dense layer that makes its logits.

import { pathOf } from "./network.js";
import { product } from "./shapes.js";

/** @typedef {import("./network.js").Description} Description */
/** @typedef {import("./network.js").Network} Network */

/**
 * @param {Description} description
 * @param {string} logits the name of an output
 * @returns {number | undefined} the number of the value; undefined if no dense layer makes these logits
 */
export function featuresBefore({ outputs, steps }, logits) {
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
 * How many features there are.
 *
 * @param {Description} description
 * @returns {number} 0 if there are none to learn names on
 */
export function countFeatures(description) {
  const values = ["logits", "direct_logits"].map((name) => featuresBefore(description, name));
  const [one, other] = values.map((value) =>
    value === undefined ? 0 : product(description.shapes[value]),
  );
  return one === other ? one : 0;
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
  const value = /** @type {number} */ (featuresBefore(description, "direct_logits"));
  return {
    features: network.read(value).slice(),
    logits: network.read(outputs.direct_logits).slice(),
  };
}

/**
 * What logits were made of, after a run.
 *
 * @param {Network} network
 * @param {string} logits the name of an output
 * @returns {Float32Array} empty if they are made otherwise
 */
export function featuresOf(network, logits) {
  const value = featuresBefore(network.description, logits);
  return value === undefined ? new Float32Array() : network.read(value).slice();
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
