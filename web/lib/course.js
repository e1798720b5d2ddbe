// @ts-check
// A training as a page runs it: in slices of time, with reports of how it goes.

import { randomWeights } from "./autoencoder.js";
import { bytesOf } from "./base64.js";
import { PIXELS } from "./canvas.js";
import { inflate } from "./inflate.js";
import { Trainer } from "./trainer.js";

/** @typedef {import("./trainer.js").Settings} Settings */

/**
 * @typedef {object} Report how the training stands
 * @property {number} step
 * @property {number} drawings looked at so far, each as often as it was
 * @property {number | null} training what the batches since the last report cost on average; null before any
 * @property {number} rate of learning
 * @property {number} batch drawings a step
 * @property {number} level of the noise
 * @property {number} heldOut what the drawings kept out of the training cost
 * @property {number} before decibels of these under noise
 * @property {number} decibels of these denoised
 * @property {number} spread of the answers' pixels, nearly 0 where all are one grey
 * @property {Float32Array} cleaned what the network makes of the reader's drawing
 * @property {Float32Array} filters weights of the first convolution: pixel by pixel, filter by filter
 * @property {number} each milliseconds that a drawing took; 0 before any
 * @property {number} seconds that were spent on drawings so far
 */

/** @typedef {{ grey: number, average: number }} Blind what two bets cost that have not looked at the image */
/** @typedef {{ step: number, looked: number, report: Report | null }} Worked `looked`: drawings of the next step */

// How often the drawings kept out are measured: milliseconds, but at most this share of the time.
const PAUSE = 700;
const SHARE = 0.2;

/** @type {(bet: number, ink: number) => number} chapter 3's price of a bet */
const price = (bet, ink) => -ink * Math.log(bet) - (1 - ink) * Math.log(1 - bet);

export class Course {
  /**
   * @param {import("./trainer.js").Drawings} drawings
   * @param {Settings} settings
   * @param {{ plain?: boolean }} [options] `plain` does without WebAssembly
   */
  constructor(drawings, settings, options) {
    this.drawings = drawings;
    this.trainer = new Trainer(drawings, settings, options);
    this.noisy = new Float32Array(PIXELS);
    /** @type {number[]} what the batches since the last report cost */
    this.losses = [];
    /** @type {Generator<void, import("./trainer.js").Measured, void> | null} */
    this.measuring = null;
    this.due = 0;
    // What was spent on drawings since the last report and in all, on measuring since it began;
    // milliseconds.
    this.spent = this.learned = this.measured = 0;
    this.seen = 0;
  }

  /** Whether it computes without WebAssembly, hence slowly. */
  get isPlain() {
    return this.trainer.network.kernel.isPlain;
  }

  /** @returns {Blind} on the drawings kept out */
  blind() {
    const { training, heldOut } = this.trainer;
    const average = new Float64Array(PIXELS);
    for (const image of training) for (let i = 0; i < PIXELS; i += 1) average[i] += image[i];
    const grey = average.reduce((sum, ink) => sum + ink, 0) / (PIXELS * training.length);
    // As in the chapter no bet is sure.
    const bets = average.map((sum) => Math.min(Math.max(sum / training.length, 1e-4), 1 - 1e-4));
    const cost = (/** @type {(place: number) => number} */ betAt) =>
      heldOut.reduce(
        (sum, image) => sum + image.reduce((all, ink, i) => all + price(betAt(i), ink), 0),
        0,
      ) /
      (PIXELS * heldOut.length);
    return { grey: cost(() => grey), average: cost((place) => bets[place]) };
  }

  /** @param {Settings} settings what matters from the next drawing on */
  set(settings) {
    const isOther = settings.level !== this.trainer.settings.level;
    this.trainer.settings = settings;
    // What was measured so far was measured at another level. Yet a step whose report somebody waits for
    // is done: without a measurement under way, another would be made.
    if (this.measuring && isOther) this.measuring = this.trainer.measure();
  }

  /**
   * Begin anew.
   *
   * @param {Settings} settings
   * @param {Float32Array[]} [weights] to begin with; random ones by default
   * @returns {Report}
   */
  reset(settings, weights = randomWeights(settings.filters, settings.seed)) {
    this.set(settings);
    this.trainer.begin(weights);
    this.losses = [];
    this.measuring = null;
    this.spent = this.learned = this.seen = 0;
    return this.measureAtOnce();
  }

  /** @returns {Report} */
  measureAtOnce() {
    const measuring = this.trainer.measure();
    for (;;) {
      const { done, value } = measuring.next();
      if (done) return this.report(value);
    }
  }

  /**
   * Clean the reader's drawing, now and in each report.
   *
   * @param {Float32Array<ArrayBuffer>} noisy
   * @returns {Float32Array}
   */
  clean(noisy) {
    this.noisy = noisy;
    return this.trainer.clean(noisy);
  }

  /**
   * Train for a while.
   *
   * @param {number} time milliseconds
   * @param {{ isOne?: boolean, isLast?: boolean }} [how] `isOne` stops after the next step, `isLast` before
   *   another drawing: either with a report
   * @returns {Worked}
   */
  work(time, { isOne = false, isLast = false } = {}) {
    const { trainer } = this;
    const until = performance.now() + time;
    if (isLast) this.measuring ??= trainer.measure();
    let report = null;
    do {
      if (this.measuring) report = this.measureOn();
      else this.lookOn(isOne);
    } while (!report && performance.now() < until);
    return { step: trainer.step, looked: trainer.looked, report };
  }

  /** Measure one more drawing. @returns {Report | null} after the last */
  measureOn() {
    const begin = performance.now();
    const { done, value } = /** @type {NonNullable<typeof this.measuring>} */ (
      this.measuring
    ).next();
    this.measured += performance.now() - begin;
    return done ? this.report(value) : null;
  }

  /** @param {boolean} isOne whether the reader waits for this step */
  lookOn(isOne) {
    const begin = performance.now();
    const loss = this.trainer.lookAtOne();
    const now = performance.now();
    this.spent += now - begin;
    this.learned += now - begin;
    this.seen += 1;
    if (loss === null) return;
    this.losses.push(loss);
    if (isOne || now >= this.due || !Number.isFinite(loss)) this.measuring = this.trainer.measure();
  }

  /**
   * @param {import("./trainer.js").Measured} measured
   * @returns {Report}
   */
  report(measured) {
    const { trainer, losses } = this;
    const report = {
      step: trainer.step,
      drawings: trainer.drawings,
      training: losses.length ? losses.reduce((sum, loss) => sum + loss, 0) / losses.length : null,
      rate: trainer.settings.rate,
      batch: trainer.settings.batch,
      level: trainer.settings.level,
      heldOut: measured.loss,
      before: measured.before,
      decibels: measured.decibels,
      spread: measured.spread,
      cleaned: trainer.clean(this.noisy),
      filters: trainer.network.weights[0].slice(),
      each: this.seen ? this.spent / this.seen : 0,
      seconds: this.learned / 1000,
    };
    this.due = performance.now() + Math.max(PAUSE, this.measured / SHARE);
    this.measuring = null;
    this.measured = this.spent = this.seen = 0;
    this.losses = [];
    return report;
  }
}

/**
 * What a page has done beside it, each by its name.
 *
 * @returns {Record<string, (argument: any) => unknown>}
 */
export function makeTasks() {
  /** @type {Course} */
  let course;
  return {
    /**
     * @param {{ lesson: { training: string, heldOut: string }, settings: Settings, plain: boolean }} what
     * @returns {Promise<{ isPlain: boolean, blind: Blind, count: number }>} `count`: drawings to train on
     */
    async open({ lesson, settings, plain }) {
      const [training, heldOut] = await Promise.all(
        [lesson.training, lesson.heldOut].map((packed) => inflate(bytesOf(packed), "gzip")),
      );
      course = new Course({ training, heldOut }, settings, { plain });
      return {
        isPlain: course.isPlain,
        blind: course.blind(),
        count: course.trainer.training.length,
      };
    },
    /** @param {Settings} settings */
    set: (settings) => course.set(settings),
    /** @param {{ settings: Settings, weights?: Float32Array[] }} what @returns {Report} */
    reset: ({ settings, weights }) => course.reset(settings, weights),
    /** @param {Float32Array<ArrayBuffer>} noisy @returns {Float32Array} */
    clean: (noisy) => course.clean(noisy),
    /** @param {{ time: number, isOne?: boolean, isLast?: boolean }} how @returns {Worked} */
    work: ({ time, ...how }) => course.work(time, how),
    /** @returns {Float32Array[]} as Keras gives them */
    weights: () => course.trainer.network.weights,
  };
}
