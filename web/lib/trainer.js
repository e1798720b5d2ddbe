// @ts-check
// Trains chapter 3's autoencoder drawing by drawing, so that it can be stopped at any of them.

import { Adam } from "./adam.js";
import { Autoencoder, randomWeights } from "./autoencoder.js";
import { PIXELS } from "./canvas.js";
import { decibels } from "./decibels.js";
import { addNoise } from "./noise.js";
import { generator } from "./random.js";

/**
 * @typedef {object} Settings
 * @property {number} rate how far a step goes
 * @property {number} filters of every convolution but the last
 * @property {number} level of the noise
 * @property {number} batch drawings that a step looks at
 * @property {number} seed of the random weights, of the drawings' order, of the noise
 */

/**
 * @typedef {object} Measured on the drawings kept out of the training, all at once
 * @property {number} loss
 * @property {number} before decibels of the noisy drawings
 * @property {number} decibels of the denoised ones
 * @property {number} spread from the darkest to the brightest pixel of the answer where they lie furthest apart
 */

/** @typedef {{ training: Uint8Array, heldOut: Uint8Array }} Drawings grey levels, drawing by drawing */

const KIND = "gaussian";
const MOST_SEED = 2 ** 31;

/** @type {(levels: Uint8Array) => Float32Array[]} each drawing's pixels, from 0 to 1 */
const imagesOf = (levels) =>
  Array.from({ length: levels.length / PIXELS }, (_, i) =>
    Float32Array.from(levels.subarray(i * PIXELS, (i + 1) * PIXELS), (level) => level / 255),
  );

/** @type {(clean: Float32Array, image: Float32Array) => number} the mean squared error */
const squared = (clean, image) => 10 ** (-decibels(clean, image) / 10);
/** @param {number} error */
const inDecibels = (error) => -10 * Math.log10(error);

export class Trainer {
  /**
   * @param {Drawings} drawings
   * @param {Settings} settings
   * @param {{ plain?: boolean }} [options] `plain` does without WebAssembly
   */
  constructor({ training, heldOut }, settings, options) {
    this.training = imagesOf(training);
    this.heldOut = imagesOf(heldOut);
    this.options = options;
    this.settings = settings;
    this.network = new Autoencoder(settings.filters, options);
    const weights = randomWeights(settings.filters, settings.seed);
    this.adam = new Adam(weights);
    this.random = generator(settings.seed);
    /** @type {number[]} the places of the drawings that this pass has not looked at yet */
    this.coming = [];
    this.drawings = this.batch = this.looked = this.loss = 0;
    this.begin(weights);
  }

  /**
   * Begin anew with other weights.
   *
   * @param {Float32Array[]} weights
   */
  begin(weights) {
    const filters = weights[1].length;
    if (filters !== this.network.filters) this.network = new Autoencoder(filters, this.options);
    this.network.setWeights(weights);
    this.adam = new Adam(weights);
    this.random = generator(this.settings.seed);
    this.coming = [];
    this.drawings = 0;
    this.beginStep();
  }

  beginStep() {
    this.network.clearGradient();
    this.looked = 0;
    this.loss = 0;
  }

  /** Steps done so far. */
  get step() {
    return this.adam.steps;
  }

  /** @returns {number} a whole number, by which other noise is drawn each time */
  nextSeed() {
    return Math.floor(this.random() * MOST_SEED);
  }

  /** @returns {number} the place of a drawing; each comes once in a pass, in random order */
  nextPlace() {
    if (!this.coming.length) this.coming = [...this.training.keys()];
    const at = Math.floor(this.random() * this.coming.length);
    const last = /** @type {number} */ (this.coming.pop());
    if (at === this.coming.length) return last;
    const place = this.coming[at];
    this.coming[at] = last;
    return place;
  }

  /**
   * Look at one more drawing under fresh noise; after the last of a batch, make a step.
   *
   * @returns {number | null} what the batch cost on average, once its step is done
   */
  lookAtOne() {
    // Of a step that is under way the batch stays.
    if (!this.looked) this.batch = this.settings.batch;
    const clean = this.training[this.nextPlace()];
    const noisy = addNoise(clean, this.settings.level, KIND, this.nextSeed());
    this.loss += this.network.learn(noisy, clean, 1 / this.batch) / this.batch;
    this.looked += 1;
    this.drawings += 1;
    if (this.looked < this.batch) return null;
    const { loss } = this;
    this.adam.step(this.network.weights, this.network.gradients(), this.settings.rate);
    this.network.layOut();
    this.beginStep();
    return loss;
  }

  /**
   * Measure on the drawings kept out, each under noise of its own that stays the same.
   *
   * @returns {Generator<void, Measured, void>} rests after each drawing
   */
  *measure() {
    let [loss, error, noise, spread] = [0, 0, 0, 0];
    for (const [i, clean] of this.heldOut.entries()) {
      const noisy = addNoise(clean, this.settings.level, KIND, i);
      const answer = this.network.run(noisy);
      loss += this.network.loss(clean);
      error += squared(clean, answer);
      noise += squared(clean, noisy);
      spread = Math.max(spread, Math.max(...answer) - Math.min(...answer));
      yield;
    }
    const count = this.heldOut.length;
    return {
      loss: loss / count,
      before: inDecibels(noise / count),
      decibels: inDecibels(error / count),
      spread,
    };
  }

  /**
   * Clean a noisy image with the weights as they are.
   *
   * @param {ArrayLike<number>} noisy
   * @returns {Float32Array}
   */
  clean(noisy) {
    return this.network.run(noisy).slice();
  }
}
