// @ts-check
// The runs of a training that a reader compares: how each was set, how its loss fell.

import { decimal } from "./words.js";

/** @typedef {import("./course.js").Report} Report */

/** @typedef {{ steps: number, drawings: number, seconds: number, training: number | null, heldOut: number }} Point */

/** What the loss may be drawn over. */
export const AXES = /** @type {const} */ (["steps", "drawings", "seconds"]);

/** @typedef {(typeof AXES)[number]} Axis */

/** How each setting is worded; of most there may be several, one after another. */
const WORDS = {
  rate: (/** @type {string} */ value) => `rate ${value}`,
  batch: (/** @type {string} */ value) => `batch ${value}`,
  filters: (/** @type {string} */ value) => `${value} filters`,
  level: (/** @type {string} */ value) => `noise ${value}`,
  weights: (/** @type {string} */ value) => value,
};

/** @typedef {keyof typeof WORDS} Name */

/** Those that are told of every run; others only where runs differ by them. */
const ALWAYS = ["rate", "batch"];
const NAMES = /** @type {Name[]} */ (Object.keys(WORDS));

// More points than this cannot be told apart.
const MOST_POINTS = 400;
// More runs than this, besides the latest, cannot be told apart either.
const MOST_KEPT = 3;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

export class Run {
  /** @param {string} weights which it began with, in words */
  constructor(weights) {
    this.weights = weights;
    /** @type {Point[]} */
    this.points = [];
    /** @type {Record<Name, string[]>} what each setting was, one after another */
    this.settings = { rate: [], batch: [], filters: [], level: [], weights: [] };
  }

  /** The latest point. @returns {Point | undefined} */
  get last() {
    return this.points[this.points.length - 1];
  }

  /** Whether anything was learned in it. */
  get hasLearned() {
    return (this.last?.steps ?? 0) > 0;
  }

  /** @param {Report} report */
  add(report) {
    const { step: steps, drawings, seconds, training, heldOut } = report;
    // What was set before the first step, or without another, has done nothing.
    if (!this.hasLearned || steps > (this.last?.steps ?? 0)) this.note(report);
    // Measured again, at another level.
    if (this.last?.steps === steps) this.points.pop();
    this.points.push({ steps, drawings, seconds, training, heldOut });
    if (this.points.length > MOST_POINTS) {
      // The first and the latest stay.
      this.points = this.points.filter((_, i) => i % 2 === 0 || i === this.points.length - 1);
    }
  }

  /** @param {Report} report */
  note({ rate, batch, level, filters }) {
    const count = Math.round(filters.length / 9);
    const now = { rate, batch, level: decimal(level), filters: count, weights: this.weights };
    for (const name of NAMES) {
      const value = String(now[name]);
      const values = this.hasLearned ? this.settings[name] : [];
      this.settings[name] = values[values.length - 1] === value ? values : [...values, value];
    }
  }
}

export class Runs {
  constructor() {
    this.now = new Run("");
    /** @type {{ letter: string, run: Run }[]} earlier ones, the latest last */
    this.kept = [];
    this.count = 0;
  }

  /**
   * Begin another, and keep the one before, if anything was learned in it.
   *
   * @param {string} weights which it begins with, in words
   */
  begin(weights) {
    if (this.now.hasLearned) {
      const letter = LETTERS[this.count % LETTERS.length];
      this.kept = [...this.kept, { letter, run: this.now }].slice(-MOST_KEPT);
      this.count += 1;
    }
    this.now = new Run(weights);
  }

  /** Forget the earlier ones. */
  forget() {
    this.kept = [];
    this.count = 0;
  }

  /** @returns {Run[]} the earlier ones, then the latest */
  get all() {
    return [...this.kept.map(({ run }) => run), this.now];
  }

  /**
   * Word what a run was set to, as far as it sets this run apart.
   *
   * @param {Run} run
   * @returns {string}
   */
  word(run) {
    const { all } = this;
    const isTold = (/** @type {Name} */ name) =>
      ALWAYS.includes(name) || new Set(all.map((one) => String(one.settings[name]))).size > 1;
    return NAMES.filter(isTold)
      .map((name) => WORDS[name](run.settings[name].join(" → ")))
      .join(", ");
  }
}
