// @ts-check
// Fits a multinomial logistic regression, whose one minimum L-BFGS goes down to.

/**
 * @typedef {object} Rows what a fit finds, a row a class
 * @property {Float64Array} weights row by row
 * @property {Float64Array} bias one a row
 */

/**
 * @typedef {object} Samples
 * @property {Float32Array | Float64Array} inputs sample by sample
 * @property {Int32Array} labels the class of each
 * @property {Float64Array} shares how much each counts
 */

// How many steps back the curvature is guessed from; how often a step is halved at most.
const MEMORY = 10;
const HALVINGS = 30;

/** @type {(a: Float64Array, b: Float64Array) => number} */
const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
};

/**
 * Loss and slope: how unlikely the labels are, times the strength, plus half the squared weights, without
 * the bias, as scikit-learn has it.
 *
 * @param {Float64Array} at weights row by row, then the bias
 * @param {Samples} samples
 * @param {number} classes
 * @param {number} strength
 * @param {Float64Array} slope is filled
 * @returns {number} the loss
 */
function lossAt(at, { inputs, labels, shares }, classes, strength, slope) {
  const width = at.length / classes - 1;
  const biases = classes * width;
  slope.fill(0);
  const logits = new Float64Array(classes);
  let loss = 0;
  for (let i = 0; i < labels.length; i += 1) {
    const start = i * width;
    let most = -Infinity;
    for (let c = 0; c < classes; c += 1) {
      let sum = at[biases + c];
      const row = c * width;
      for (let j = 0; j < width; j += 1) sum += at[row + j] * inputs[start + j];
      logits[c] = sum;
      most = Math.max(most, sum);
    }
    let total = 0;
    for (let c = 0; c < classes; c += 1) total += Math.exp(logits[c] - most);
    const counts = strength * shares[i];
    loss += counts * (most + Math.log(total) - logits[labels[i]]);
    for (let c = 0; c < classes; c += 1) {
      const away = counts * (Math.exp(logits[c] - most) / total - Number(c === labels[i]));
      slope[biases + c] += away;
      const row = c * width;
      for (let j = 0; j < width; j += 1) slope[row + j] += away * inputs[start + j];
    }
  }
  for (let i = 0; i < biases; i += 1) {
    loss += 0.5 * at[i] ** 2;
    slope[i] += at[i];
  }
  return loss;
}

/**
 * Which way to go: the slope, bent by what the last steps tell of the curvature (Nocedal 1980).
 *
 * @param {Float64Array} slope
 * @param {{ step: Float64Array, change: Float64Array, curve: number }[]} past the latest last
 * @returns {Float64Array}
 */
function wayDown(slope, past) {
  const way = slope.map((value) => -value);
  const parts = [];
  for (const { step, change, curve } of past.slice().reverse()) {
    const part = dot(step, way) / curve;
    parts.unshift(part);
    for (let i = 0; i < way.length; i += 1) way[i] -= part * change[i];
  }
  const last = past[past.length - 1];
  const scale = last ? last.curve / dot(last.change, last.change) : 1;
  for (let i = 0; i < way.length; i += 1) way[i] *= scale;
  for (const [k, { step, change, curve }] of past.entries()) {
    const part = dot(change, way) / curve;
    for (let i = 0; i < way.length; i += 1) way[i] += (parts[k] - part) * step[i];
  }
  return way;
}

/**
 * Fit a regression.
 *
 * @param {Samples} samples
 * @param {number} classes at least 2
 * @param {number} strength how much the samples count against the size of the weights
 * @param {{ start?: Rows, steps?: number, tolerance?: number }} [options] where to start, how far to go
 * @returns {Rows}
 */
export function fit(samples, classes, strength, { start, steps = 200, tolerance = 1e-4 } = {}) {
  const width = samples.inputs.length / samples.labels.length;
  let at = new Float64Array(classes * (width + 1));
  if (start) {
    at.set(start.weights);
    at.set(start.bias, classes * width);
  }
  let slope = new Float64Array(at.length);
  let loss = lossAt(at, samples, classes, strength, slope);
  /** @type {{ step: Float64Array, change: Float64Array, curve: number }[]} */
  const past = [];
  for (let round = 0; round < steps; round += 1) {
    if (slope.every((value) => Math.abs(value) <= tolerance)) break;
    const way = wayDown(slope, past);
    const descent = dot(slope, way);
    let length = past.length ? 1 : Math.min(1, 1 / Math.sqrt(dot(slope, slope)));
    let isLower = false;
    for (let halving = 0; halving < HALVINGS && !isLower; halving += 1) {
      const step = way.map((value) => length * value);
      const next = at.map((value, i) => value + step[i]);
      const nextSlope = new Float64Array(at.length);
      const nextLoss = lossAt(next, samples, classes, strength, nextSlope);
      isLower = nextLoss <= loss + 1e-4 * length * descent;
      length /= 2;
      if (!isLower) continue;
      const change = nextSlope.map((value, i) => value - slope[i]);
      const curve = dot(step, change);
      if (curve > 0) past.push({ step, change, curve });
      if (past.length > MEMORY) past.shift();
      [at, slope, loss] = [next, nextSlope, nextLoss];
    }
    // Nothing lower within what numbers can tell.
    if (!isLower) break;
  }
  return { weights: at.slice(0, classes * width), bias: at.slice(classes * width) };
}
