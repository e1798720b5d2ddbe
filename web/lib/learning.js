// @ts-check
// Learns names from a few examples on a classifier's features, beside the names that it knows.

import { normalise } from "./heads.js";
import { normal } from "./random.js";
import { fit } from "./regression.js";

/** @typedef {import("./regression.js").Rows} Rows */

/**
 * What the features of drawings with known names are like: normal around a mean for each name.
 *
 * @typedef {object} Background
 * @property {Float32Array[]} means one a name, normalised features
 * @property {number[]} layers how many of these each layer gives, the last layer first
 * @property {Float32Array} spread of each feature around its mean
 * @property {Float32Array[]} drift how far noise moves features on average, by level
 * @property {Float32Array} precision row by row: measures how far a picture is from a mean in the last layer
 * @property {number} limit the distance, squared, that few drawings of a name have from its mean
 */

/**
 * @typedef {object} Example
 * @property {number} label the place of its name among those to learn
 * @property {Float32Array[]} copies normalised features: the drawing's own first, then of its changed copies
 */

/**
 * @typedef {object} Lesson all that a fit sees, in a space where each feature varies by about 1
 * @property {number} names to learn
 * @property {Float32Array} center
 * @property {Float32Array} scale
 * @property {boolean} isOpen whether a last row stands for whatever is none of these names
 * @property {Example[]} examples
 * @property {Float32Array[]} others that stand in for drawings of known names
 */

// How much the examples count against the size of the weights.
const STRENGTH = 0.03;
// Of this share of the mean variance is each feature at least: one that hardly varies decides nothing.
const SHRINKAGE = 0.1;
// How many stand in for the drawings of each known name.
const STAND_INS = 2;
// How many steps fits go at most, how flat it must be where they end.
const STEPS = { whole: 200, again: 60 };
const TOLERANCE = { whole: 1e-3, again: 1e-2 };

/**
 * Lay out what is to be learned.
 *
 * @param {Example[]} examples
 * @param {number} names how many there are to learn
 * @param {Background | null} background without it, names are told from each other alone
 * @param {() => number} random
 * @returns {Lesson}
 */
export function prepare(examples, names, background, random) {
  const width = examples[0].copies[0].length;
  const center = new Float32Array(width);
  const variance = new Float32Array(width);
  if (background) {
    for (const mean of background.means) {
      for (let j = 0; j < width; j += 1) center[j] += mean[j] / background.means.length;
    }
    for (let j = 0; j < width; j += 1) variance[j] = background.spread[j] ** 2;
  } else {
    const all = examples.flatMap(({ copies }) => copies);
    for (const one of all) for (let j = 0; j < width; j += 1) center[j] += one[j] / all.length;
    for (const one of all) {
      for (let j = 0; j < width; j += 1) variance[j] += (one[j] - center[j]) ** 2 / all.length;
    }
  }
  const usual = variance.reduce((sum, value) => sum + value, 0) / width || 1;
  const scale = variance.map((value) => Math.sqrt(value + SHRINKAGE * usual));
  /** @param {Float32Array} features */
  const place = (features) => features.map((value, j) => (value - center[j]) / scale[j]);
  /** @type {Float32Array[]} */
  const means = background ? Array(STAND_INS).fill(background.means).flat() : [];
  const { spread = new Float32Array(), layers = [], drift = [] } = background ?? {};
  const others = means.map((mean, i) => {
    // Of the stand-ins of a name every other one is noisy.
    const isNoisy = drift.length && Math.floor((i * STAND_INS) / means.length) % 2;
    const moved = isNoisy ? drift[Math.floor(random() * drift.length)] : [];
    const drawn = mean.map((value, j) => value + (moved[j] ?? 0) + spread[j] * normal(random));
    return place(normaliseAgain(drawn, layers));
  });
  const placed = examples.map(({ label, copies }) => ({ label, copies: copies.map(place) }));
  return { names, center, scale, isOpen: background !== null, examples: placed, others };
}

/**
 * Normalised features are the roots of shares: none is negative, their squares sum to 1 in each layer.
 *
 * @param {Float32Array} drawn
 * @param {number[]} layers
 */
const normaliseAgain = (drawn, layers) =>
  normalise(
    drawn.map((value) => Math.max(value, 0) ** 2),
    layers,
  );

/**
 * Fit a regression to some of the examples. Names count alike, however many examples each has; what stands
 * for others counts as all of them together.
 *
 * @param {Lesson} lesson
 * @param {Example[]} examples
 * @param {Rows} [start] of a fit to nearly the same
 * @returns {Rows} in the lesson's space
 */
function fitTo({ names, isOpen, others }, examples, start) {
  const inputs = [...examples.flatMap(({ copies }) => copies), ...others];
  const labels = Int32Array.from([
    ...examples.flatMap(({ label, copies }) => copies.map(() => label)),
    ...others.map(() => names),
  ]);
  const counts = new Float64Array(names + 1);
  for (const label of labels) counts[label] += 1;
  const present = counts.slice(0, names).filter((count) => count > 0).length;
  const each = (isOpen ? 0.5 : 1) / present;
  const shares = Float64Array.from(
    labels,
    (label) => (labels.length * (label === names ? 0.5 : each)) / counts[label],
  );
  const flat = new Float32Array(inputs.length * inputs[0].length);
  for (const [i, one] of inputs.entries()) flat.set(one, i * one.length);
  const how = start ? "again" : "whole";
  return fit({ inputs: flat, labels, shares }, names + Number(isOpen), STRENGTH, {
    start,
    steps: STEPS[how],
    tolerance: TOLERANCE[how],
  });
}

/**
 * Learn from all examples.
 *
 * @param {Lesson} lesson
 * @returns {Rows} in the lesson's space
 */
export const learnAll = (lesson) => fitTo(lesson, lesson.examples);

/**
 * Ask of an example a head that has learned from all others.
 *
 * @param {Lesson} lesson
 * @param {number} place of the example
 * @param {Rows} all learned from all of them, to start from
 * @param {number[]} [copies] of the example that are asked about; the drawing itself by default
 * @returns {Float64Array[]} the logit of each row, for each copy
 */
export function askWithout(lesson, place, all, copies = [0]) {
  const others = lesson.examples.filter((_, i) => i !== place);
  const rows = fitTo(lesson, others, all);
  return copies.map((copy) => asked(rows, lesson.examples[place].copies[copy]));
}

/** @param {Rows} rows @param {Float32Array} inputs @returns {Float64Array} */
function asked({ weights, bias }, inputs) {
  return bias.map((start, row) => {
    let sum = start;
    for (let j = 0; j < inputs.length; j += 1) sum += weights[row * inputs.length + j] * inputs[j];
    return sum;
  });
}

/**
 * Turn rows of the lesson's space into those of a head, each column of which sums to zero.
 *
 * @param {Lesson} lesson
 * @param {Rows} rows
 * @returns {{ weights: Float32Array, bias: Float32Array }}
 */
export function rowsOfHead({ center, scale }, { weights, bias }) {
  const width = center.length;
  const found = { weights: new Float64Array(weights.length), bias: bias.slice() };
  for (let i = 0; i < weights.length; i += 1) {
    const [row, j] = [Math.floor(i / width), i % width];
    found.weights[i] = weights[i] / scale[j];
    found.bias[row] -= found.weights[i] * center[j];
  }
  for (let j = 0; j < width; j += 1) {
    let mean = 0;
    for (let row = 0; row < bias.length; row += 1) mean += found.weights[row * width + j];
    mean /= bias.length;
    for (let row = 0; row < bias.length; row += 1) found.weights[row * width + j] -= mean;
  }
  const mean = found.bias.reduce((sum, value) => sum + value, 0) / bias.length;
  return {
    weights: Float32Array.from(found.weights),
    bias: Float32Array.from(found.bias, (value) => value - mean),
  };
}

/**
 * By what logits are divided so that held-out examples come out as sure as they are right: a few of them
 * may make a head less sure, not surer.
 *
 * @param {Float64Array[]} logits of examples by heads that had not learned from them
 * @param {number[]} labels
 * @returns {number} from 1 to 4
 */
export function temperatureOf(logits, labels) {
  /** @param {number} temperature */
  const loss = (temperature) => {
    let sum = 0;
    for (const [i, row] of logits.entries()) {
      const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const total = row.reduce((all, value) => all + Math.exp((value - most) / temperature), 0);
      sum += (most - row[labels[i]]) / temperature + Math.log(total);
    }
    return sum;
  };
  // A golden section of its logarithm: the loss has one minimum in its inverse.
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, Math.log(4)];
  while (high - low > 0.001) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (loss(Math.exp(left)) < loss(Math.exp(right))) high = right;
    else low = left;
  }
  return low === 0 ? 1 : Math.exp((low + high) / 2);
}
