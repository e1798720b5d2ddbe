// @ts-check
// The page on which a reader plays against the network: its state, with what each act does to it.

import { bytesOf } from "../lib/base64.js";
import { writeDrawing } from "../lib/drawn.js";
import { joinNames } from "../lib/lists.js";
import { join } from "../lib/parts.js";
import {
  deal,
  drown,
  largest,
  nextRound,
  PER_ROUND,
  read,
  readRecords,
  seedOf,
  tally,
  total,
  withAnswer,
  write,
} from "../lib/rounds.js";
import { between, counted, wilson } from "../lib/wilson.js";
import { decimal, number, percent } from "../lib/words.js";
import { Address } from "../surface/address.js";
import { contextOf, find, make, paint, setText, shares as sharesOf } from "../surface/dom.js";
import { forget, keep, kept, onKeptElsewhere } from "../surface/kept.js";
import { Curve } from "./curve.js";

/** @typedef {import("../lib/rounds.js").Card} Card */
/** @typedef {import("../lib/rounds.js").State} State */
/** @typedef {import("../surface/tool.js").Tool} Tool */

const HIDDEN = "The clean drawing: hidden until you have named it";
const RESET = "Forget all my rounds";
const SURE = "Really forget them all?";

/** @type {(isRight: boolean) => string} */
const verdict = (isRight) => (isRight ? "right" : "wrong");

/** A cell of the table, its interval kept together. @param {string} text */
function cell(text) {
  const [value, interval] = text.split(/ (?=\()/);
  const made = make("td", { textContent: value });
  if (interval) made.append(" ", make("span", { className: "ag-interval", textContent: interval }));
  return made;
}

export class Page {
  /**
   * @param {Tool} tool
   * @param {import("../data/contest.js").Contest} contest
   */
  constructor(tool, contest) {
    this.tool = tool;
    this.contest = contest;
    this.pixels = contest.drawings.map(({ pixels }) => bytesOf(pixels));
    this.place = `against/${contest.stamp}`;
    this.records = this.readKept();
    /** How many answers to the round came with the address, not from the reader's hand. */
    this.given = 0;
    this.noisy = find("ag-noisy", HTMLCanvasElement);
    this.clean = find("ag-clean", HTMLCanvasElement);
    this.choices = find("ag-choices", HTMLElement);
    this.rows = contest.names.map((name, i) => this.row(name, i));
    this.choices.replaceChildren(...this.rows.map(({ element }) => element));
    this.next = this.button("ag-next", () => this.goOn());
    this.again = this.button("ag-again", () => this.playAgain());
    this.button("ag-share", () => this.share());
    this.reset = this.button("ag-reset", () => this.forgetAll());
    this.reset.addEventListener("blur", () => this.askToForget(false));
    this.picks = Array.from({ length: PER_ROUND }, (_, i) => this.pick(i + 1));
    find("ag-picks", HTMLElement).replaceChildren(...this.picks.map(({ button }) => button));
    this.curve = new Curve(
      /** @type {Element} */ (document.getElementById("ag-curve")),
      contest.levels,
      contest.curve,
      1 / contest.names.length,
    );
    setText("ag-all", String(contest.drawings.length));
    window.addEventListener("keydown", (event) => this.press(event));
    this.askToForget(false);
    this.address = new Address(tool, (parts, isOpening) => this.take(parts, isOpening));
    /** @type {State} */
    this.state = this.start();
    /** @type {Card[]} */
    this.cards = [];
    this.address.open();
    onKeptElsewhere(this.place, () => this.takeKept());
  }

  /**
   * @param {string} name
   * @param {number} i its place
   */
  row(name, i) {
    const button = make("button", { type: "button" });
    button.append(make("kbd", { textContent: String(i + 1) }), name);
    button.addEventListener("click", () => this.answer(String(i + 1)));
    const bar = make("span", { className: "ag-bar ex-share" });
    const mark = make("span", { className: "ag-mark" });
    const element = make("div", { className: "ag-row" });
    element.append(button, bar, mark);
    return { element, button, bar, mark };
  }

  /** @type {(id: string, act: () => void) => HTMLButtonElement} */
  button(id, act) {
    const button = find(id, HTMLButtonElement);
    button.addEventListener("click", act);
    return button;
  }

  /** @param {number} drawing which one of the round, from 1 */
  pick(drawing) {
    const button = make("button", { type: "button", className: "ex-pick ag-pick" });
    const canvas = make("canvas");
    const mark = make("span");
    button.append(canvas, mark);
    button.addEventListener("click", () => this.go(drawing));
    return { button, canvas, mark };
  }

  // ---- What is kept.

  readKept() {
    return readRecords(kept(this.place), this.contest.names.length);
  }

  /** The answers that count: the reader's, or those of an address that are nobody's here. */
  counting() {
    const { round, answers } = this.state;
    return answers && !this.records[round] ? { [round]: answers } : this.records;
  }

  /** Another tab has gone on, or has forgotten all. */
  takeKept() {
    const { round } = this.state;
    const before = this.records[round];
    this.records = this.readKept();
    if (before && !this.records[round]) this.startAnew();
    else this.update();
  }

  /** @param {boolean} isAsked */
  askToForget(isAsked) {
    this.isAsked = isAsked;
    this.reset.textContent = isAsked ? SURE : RESET;
  }

  forgetAll() {
    if (!this.isAsked) {
      this.askToForget(true);
      return;
    }
    this.askToForget(false);
    this.records = {};
    forget(this.place);
    this.startAnew();
  }

  startAnew() {
    this.change(this.start());
    this.tool.say("All rounds are forgotten.");
  }

  // ---- The state.

  /** @returns {State} */
  start() {
    return { round: nextRound(this.records), drawing: 1, answers: "" };
  }

  /** @type {(parts: import("../lib/parts.js").Parts, isOpening: boolean) => boolean} */
  take(parts, isOpening) {
    const start = this.start();
    const begun = this.records[start.round] ?? "";
    // A broken round goes on.
    if (isOpening) {
      Object.assign(start, { answers: begun, drawing: Math.min(begun.length + 1, PER_ROUND) });
    }
    const state = read(parts, start, this.contest.names.length);
    if (parts.areForeign && !isOpening) return false;
    this.state = state;
    this.given = state.answers.length;
    this.update();
    this.tool.sayWhatWasRefused(parts);
    return true;
  }

  /** @param {Partial<State>} part */
  change(part) {
    this.state = { ...this.state, ...part };
    this.tool.say("");
    this.update();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    // Elsewhere on the page, such as in its search, digits are the reader's own.
    const isOurs = target instanceof Element && this.tool.element.contains(target);
    if (!isOurs && target !== document.body) return;
    if (isOurs && target.matches("textarea")) return;
    if (/^[1-9]$/.test(key) && Number(key) <= this.rows.length) this.answer(key);
  }

  /** @param {string} answer the place of a name, from 1 */
  answer(answer) {
    const { answers, drawing } = this.state;
    if (drawing <= answers.length) return;
    const records = withAnswer(this.records, this.state, answer);
    if (records !== this.records) keep(this.place, JSON.stringify(records));
    this.records = records;
    this.change({ answers: answers + answer });
    (this.next.hidden ? this.again : this.next).focus({ preventScroll: true });
  }

  /** @param {number} drawing */
  go(drawing) {
    this.change({ drawing });
    if (!this.isNamed) this.choices.focus({ preventScroll: true });
  }

  goOn() {
    this.go(this.state.drawing + 1);
    // The button is gone at the last drawing.
    if (this.isNamed && this.next.hidden) this.again.focus({ preventScroll: true });
  }

  playAgain() {
    const round = nextRound(this.records, this.state.round);
    const answers = this.records[round] ?? "";
    this.change({ round, answers });
    this.go(Math.min(answers.length + 1, PER_ROUND));
  }

  share() {
    const { round } = this.state;
    const link = write({ round, drawing: 1, answers: "" });
    this.tool.share("this round’s drawings without your answers", link);
  }

  get isNamed() {
    return this.state.drawing <= this.state.answers.length;
  }

  // ---- From the state to what is shown.

  update() {
    const { round, drawing, answers } = this.state;
    const { drawings, levels } = this.contest;
    this.cards = deal(round, drawings.length, levels.length);
    const { place, level } = this.cards[drawing - 1];
    setText(
      "ag-title",
      `Round ${round}, drawing ${drawing} of ${PER_ROUND}, noise level ${decimal(levels[level])}`,
    );
    paint(this.noisy, drown(this.pixels[place], place, levels[level]));
    this.showClean(place);
    this.showAnswers();
    this.next.hidden = !this.isNamed || drawing === PER_ROUND;
    this.again.hidden = answers.length < PER_ROUND;
    this.showRound();
    this.showScore();
    setText("ag-note", this.note());
    this.address.writeSoon(() => write(this.state));
    this.tool.speakSoon(() => this.spoken());
  }

  /** @param {number} place */
  showClean(place) {
    this.clean.classList.toggle("ag-covered", !this.isNamed);
    if (this.isNamed) paint(this.clean, sharesOf(this.pixels[place]));
    else contextOf(this.clean).clearRect(0, 0, this.clean.width, this.clean.height);
    const name = this.contest.names[this.contest.drawings[place].label];
    this.clean.setAttribute("aria-label", this.isNamed ? `The clean drawing: ${name}` : HIDDEN);
    setText("ag-clean-note", this.isNamed ? "what was drawn" : "what was drawn: name it first");
  }

  /** What is known of the drawing shown. */
  shown() {
    const { drawing, answers } = this.state;
    const { place, level } = this.cards[drawing - 1];
    const { label, shares } = this.contest.drawings[place];
    const whole = shares[level].reduce((sum, share) => sum + share, 0);
    const own = shares[level].map((share) => share / whole);
    return { place, level, label, shares: own, yours: Number(answers[drawing - 1]) - 1 };
  }

  showAnswers() {
    const { place, level, label, shares, yours } = this.shown();
    for (const [i, { element, button, bar, mark }] of this.rows.entries()) {
      button.disabled = this.isNamed;
      element.classList.toggle("ag-right", this.isNamed && i === label);
      button.setAttribute("aria-pressed", String(this.isNamed && i === yours));
      bar.hidden = !this.isNamed;
      bar.textContent = percent(shares[i]);
      bar.style.setProperty("--share", String(shares[i]));
      const sign = i === label ? "✓" : "✗";
      const who = i === yours ? `${sign} you` : i === label ? sign : "";
      mark.textContent = this.isNamed ? who : "";
    }
    const answer = find("ag-answer", HTMLElement);
    if (!this.isNamed) {
      answer.textContent = "What is it? Choose a name, or press its number.";
      return;
    }
    const link = make("a", { textContent: "See it in the playground" });
    link.href = `playground.html#${join({
      ...writeDrawing({ type: "image", pixels: this.pixels[place] }),
      kind: "gaussian",
      level: this.contest.levels[level],
      seed: seedOf(place),
      categories: joinNames(this.contest.names),
    })}`;
    answer.replaceChildren(`${this.outcome()} `, link, ".");
  }

  /** How the drawing shown was named by both, in words. */
  outcome() {
    const { label, shares, yours } = this.shown();
    const { names } = this.contest;
    const best = largest(shares);
    const network = `${names[best]} with ${percent(shares[best])}`;
    return (
      `It is: ${names[label]}. You said ${names[yours]}: ${verdict(yours === label)}. ` +
      `The network said ${network}: ${verdict(best === label)}.`
    );
  }

  spoken() {
    const { drawing } = this.state;
    const { level } = this.cards[drawing - 1];
    if (this.isNamed) return this.outcome();
    const at = decimal(this.contest.levels[level]);
    return `Drawing ${drawing} of ${PER_ROUND}, noise level ${at}. What is it?`;
  }

  showRound() {
    const { round, drawing, answers } = this.state;
    const { n, you, network } = total(tally(this.contest, { [round]: answers }));
    find("ag-round", HTMLElement).hidden = !n;
    setText(
      "ag-round-title",
      `Round ${round}: you named ${you} of ${n}, the network ${network} of the same ${n}`,
    );
    for (const [i, { button, canvas, mark }] of this.picks.entries()) {
      button.hidden = i >= n;
      if (button.hidden) continue;
      const { place, level } = this.cards[i];
      const { label, shares } = this.contest.drawings[place];
      const at = this.contest.levels[level];
      const isYours = Number(answers[i]) - 1 === label;
      const isNetworks = largest(shares[level]) === label;
      paint(canvas, drown(this.pixels[place], place, at));
      mark.textContent = isYours ? "✓" : "✗";
      button.classList.toggle("ag-missed", !isYours);
      button.setAttribute("aria-pressed", String(i + 1 === drawing));
      button.title = `drawing ${i + 1}, level ${decimal(at)}: you ${verdict(isYours)}, the network ${verdict(isNetworks)}`;
      button.setAttribute("aria-label", button.title);
    }
  }

  showScore() {
    const { levels, curve } = this.contest;
    const counts = tally(this.contest, this.counting());
    const { n, you, network } = total(counts);
    setText(
      "ag-sum",
      n
        ? `Altogether: you named ${you} of ${n}, the network ${network} of the same ${n}`
        : "Name a drawing, and your first point stands in the figure",
    );
    this.curve.show(
      counts.map((count) => {
        if (!count.n) return null;
        const [low, high] = wilson(count.you, count.n);
        return { share: count.you / count.n, low, high };
      }),
    );
    const rows = counts.map((count, i) => {
      const { right, n: all, low, high } = curve[i];
      const accuracy = `${((100 * right) / all).toFixed(1)}%`;
      const row = make("tr");
      const head = make("th", { scope: "row", textContent: decimal(levels[i]) });
      const cells = [
        count.n ? counted(count.you, count.n) : "–",
        count.n ? `${count.network} of ${count.n}` : "–",
        `${accuracy} (${between(low, high)})`,
      ].map(cell);
      row.append(head, ...cells);
      return row;
    });
    find("ag-table", HTMLElement).replaceChildren(...rows);
  }

  note() {
    const { round, answers } = this.state;
    const record = this.records[round] ?? "";
    if (record && record !== answers) {
      return "You have named drawings of this round before: what you named first counts.";
    }
    if (record || !answers) return "";
    if (this.given === PER_ROUND) {
      return "These answers came with the page’s address, so they are shown and not kept.";
    }
    const first = this.given === 1 ? "answer" : `${number(this.given)} answers`;
    return `The first ${first} came with the page’s address, so this round is not kept.`;
  }
}
