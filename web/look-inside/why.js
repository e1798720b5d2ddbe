// @ts-check
// Why this name: what the logit of a name loses, or gains, when a patch of the picture is blanked.

import { rank } from "../lib/bench.js";
import { SIDE } from "../lib/canvas.js";
import { figure, signed } from "../lib/layer_words.js";
import { blankEach, PATCHES } from "../lib/occlusion.js";
import { percent } from "../lib/words.js";
import { Cells } from "../surface/cells.js";
import { contextOf, find, make, paint, setText } from "../surface/dom.js";
import { NEGATIVE, POSITIVE } from "../surface/maps.js";

/** @typedef {import("../lib/network.js").Network} Network */
/** @typedef {import("../lib/network.js").Surgery} Surgery */
/** @typedef {import("../lib/occlusion.js").Blanked} Blanked */

/**
 * @typedef {object} Question
 * @property {Network} network that may be run for it
 * @property {number} given the number of the value that holds the picture
 * @property {number} wanted the number of the value that holds the logits
 * @property {Float32Array} picture
 * @property {string} sees which picture that is, in words
 * @property {Float32Array} logits of the whole picture
 * @property {number} side of the patches
 * @property {Surgery} surgery
 * @property {string} key of all that the answers depend on
 */

/**
 * @typedef {object} Shown
 * @property {Question} question
 * @property {Blanked[]} found
 */

// How long a drawing must rest before the patches are blanked, how long that may hold up the page;
// milliseconds.
const REST = 150;
const SLICE = 10;
// A smaller change would be written as none.
const LEAST = 0.005;

/** @type {(from: number, count: number) => string} rows or columns in words */
const span = (from, count) => (count === 1 ? `${from}` : `${from} to ${from + count - 1}`);

export class Why {
  /**
   * @param {string[]} categories
   * @param {{ name: (category: string) => void, patch: (side: number) => void }} listeners
   */
  constructor(categories, listeners) {
    this.categories = categories;
    this.canvas = find("li-why-map", HTMLCanvasElement);
    this.cells = new Cells(this.canvas, (row, column) => {
      this.chosen = row * this.cells.columns + column;
      this.show();
    });
    this.name = find("li-why", HTMLSelectElement);
    this.name.replaceChildren(
      new Option("the likeliest", ""),
      ...categories.map((category) => new Option(category, category)),
    );
    this.name.addEventListener("change", () => listeners.name(this.name.value));
    this.side = find("li-patch", HTMLSelectElement);
    this.side.replaceChildren(
      ...PATCHES.map((side) => new Option(`${side} × ${side} pixels`, String(side))),
    );
    this.side.addEventListener("change", () => listeners.patch(Number(this.side.value)));
    /** @type {Shown | null} */
    this.shown = null;
    /** @type {number | null} the patch that a reader has chosen */
    this.chosen = null;
    /** @type {number[]} */
    this.among = [];
    this.asked = "";
    this.turn = 0;
    /** @type {Promise<void>} */
    this.answered = Promise.resolve();
  }

  /**
   * Ask anew, if what the answers depend on has changed.
   *
   * @param {Question | null} question none without a drawing
   * @param {{ why: string, patch: number, chosen: number[] }} inspection
   */
  ask(question, { why, patch, chosen }) {
    this.name.value = why;
    this.side.value = String(patch);
    this.among = chosen;
    const key = question?.key ?? "";
    if (key !== this.asked) {
      this.asked = key;
      this.turn += 1;
      this.answered = question ? this.answer(question, this.turn) : Promise.resolve();
      if (!question) this.shown = null;
    }
    this.show();
  }

  /**
   * Blank every patch, a few at a time, so that the page goes on answering.
   *
   * @param {Question} question
   * @param {number} turn given up when there is another
   */
  async answer(question, turn) {
    /** @type {Blanked[]} */
    const found = [];
    /** @param {number} wait */
    const pause = (wait) => new Promise((resolve) => setTimeout(resolve, wait));
    await pause(REST);
    const answers = blankEach(question.network, question);
    for (let isDone = false; !isDone; await pause(0)) {
      const begin = performance.now();
      while (!isDone && performance.now() - begin < SLICE) {
        if (turn !== this.turn) return;
        const next = answers.next();
        if (next.done) isDone = true;
        else found.push(next.value);
      }
    }
    if (turn !== this.turn) return;
    if (this.shown?.question.side !== question.side) this.chosen = null;
    this.shown = { question, found };
    this.show();
  }

  /** Show the answers for the name that is asked for. */
  show() {
    if (!this.shown) {
      paintPatches(this.canvas, new Float32Array(SIDE * SIDE), SIDE, [], 1, -1);
      for (const id of ["li-why-most", "li-why-patch", "li-why-low", "li-why-high"])
        setText(id, "");
      setText("li-why-about", "Draw something first.");
      return;
    }
    const { question, found } = this.shown;
    const { logits, side, picture, sees } = question;
    const [likeliest] = rank(logits, this.among);
    const place = this.name.value ? this.categories.indexOf(this.name.value) : likeliest.place;
    const name = this.categories[place];
    this.name.options[0].textContent = `the likeliest: ${this.categories[likeliest.place]}`;
    const changes = found.map(({ answer }) => answer[place] - logits[place]);
    const order = [...changes.keys()].sort((a, b) => changes[a] - changes[b]);
    const [lowest, highest] = [order[0], order[order.length - 1]];
    const scale = Math.max(Math.abs(changes[lowest]), Math.abs(changes[highest])) || 1;
    const at = this.chosen ?? (changes[lowest] < 0 ? lowest : highest);
    const columns = SIDE / side;
    paintPatches(this.canvas, picture, side, changes, scale, at);
    this.cells.set(columns, columns, Math.floor(at / columns), at % columns);
    /** @param {number} i */
    const where = (i) => `rows ${span(found[i].top, side)}, columns ${span(found[i].left, side)}`;
    setText(
      "li-why-about",
      `Each square of ${sees} is blanked in turn and the classifier asked again. Without a blue square the logit of ${name} falls: it speaks for the name. An orange one speaks against it.`,
    );
    const falls =
      changes[lowest] < -LEAST
        ? ` It falls most, by ${figure(-changes[lowest])}, without ${where(lowest)}.`
        : " No square makes it fall.";
    const rises =
      changes[highest] > LEAST
        ? ` It rises most, by ${figure(changes[highest])}, without ${where(highest)}.`
        : " No square makes it rise.";
    setText("li-why-most", `The logit of ${name} is ${figure(logits[place])}.${falls}${rises}`);
    const [then] = rank(found[at].answer, this.among);
    setText(
      "li-why-patch",
      `Without ${where(at)}: ${figure(found[at].answer[place])} (${signed(changes[at])}). The name would be ${this.categories[then.place]}, ${percent(then.share)}.`,
    );
    setText("li-why-low", `falls by ${figure(scale)}`);
    setText("li-why-high", `rises by ${figure(scale)}`);
    this.canvas.setAttribute("aria-label", `Patches of ${sees}; arrow keys choose one`);
  }
}

/**
 * Paint a picture with the changes over it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} picture
 * @param {number} side of a patch
 * @param {number[]} changes of the patches, row by row
 * @param {number} scale the largest change
 * @param {number} at which patch is chosen
 */
function paintPatches(canvas, picture, side, changes, scale, at) {
  const context = contextOf(canvas);
  const small = make("canvas");
  paint(small, picture);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = 1;
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalAlpha = 0.6;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  const columns = SIDE / side;
  const size = canvas.width / columns;
  for (const [i, change] of changes.entries()) {
    const [top, left] = [Math.floor(i / columns) * size, (i % columns) * size];
    context.globalAlpha = 0.75 * Math.min(Math.abs(change) / scale, 1);
    context.fillStyle = `rgb(${(change < 0 ? POSITIVE : NEGATIVE).join(" ")})`;
    context.fillRect(left, top, size, size);
  }
  context.globalAlpha = 1;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `600 ${Math.min(size / 3.2, 34)}px sans-serif`;
  context.lineJoin = "round";
  for (const [i, change] of changes.entries()) {
    const [top, left] = [Math.floor(i / columns) * size, (i % columns) * size];
    // What is next to nothing needs no number.
    if (size >= 60 && Math.abs(change) >= 0.05) {
      const text = signed(change, 1);
      context.lineWidth = 6;
      context.strokeStyle = "#000";
      context.strokeText(text, left + size / 2, top + size / 2);
      context.fillStyle = "#fff";
      context.fillText(text, left + size / 2, top + size / 2);
    }
    if (i !== at) continue;
    context.lineWidth = 5;
    context.strokeStyle = "#fff";
    context.strokeRect(left + 2.5, top + 2.5, size - 5, size - 5);
  }
}
