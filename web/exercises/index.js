// @ts-check
// Wakes the exercises of a page: asks, checks, keeps the reader's answers on their own machine.

import "./exercises.css";
import { judgeChoice, judgeNumber, phrases } from "../lib/answers.js";
import { bytesOf } from "../lib/base64.js";
import { make } from "../surface/dom.js";
import { forget, keep, kept } from "../surface/kept.js";

/** @typedef {import("../lib/answers.js").Key} Key */

/**
 * @param {string} text with code between backticks
 * @returns {Node[]}
 */
const inline = (text) =>
  phrases(text).map((part) =>
    part.isCode ? make("code", { textContent: part.text }) : document.createTextNode(part.text),
  );

/**
 * @template {HTMLElement} Kind
 * @param {Kind} element
 * @param {(Node | string)[]} children
 * @returns {Kind}
 */
function holding(element, ...children) {
  element.append(...children);
  return element;
}

/** One exercise of the page, which the reader answers as often as they like. */
class Asked {
  /**
   * @param {HTMLElement} box
   * @param {() => void} changed is called when it was answered or cleared
   */
  constructor(box, changed) {
    /** @type {Key} */
    this.key = JSON.parse(new TextDecoder().decode(bytesOf(box.dataset.exercise ?? "")));
    this.id = `quiz-${this.key.name.replace(".", "-")}-answer`;
    this.place = `exercise/${this.key.name}`;
    this.box = box;
    this.changed = changed;
    this.isSolved = false;
    // What has just changed is spoken; what was there when the page opened is not.
    this.says = make("p", { className: "quiz-says", id: `${this.id}-says` });
    this.says.setAttribute("role", "status");
    this.form = make("form", { noValidate: true, autocomplete: "off" });
    this.form.append(...(this.key.choices ? this.choices() : this.field()));
    this.form.append(this.says);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.form.addEventListener("input", () => this.show(null));
    box.replaceChildren(this.form);
    if (this.key.hand) box.append(this.handed(this.key.hand));
    box.dataset.state = "open";
    this.restore();
  }

  /** @returns {HTMLElement[]} */
  choices() {
    const { ask, name, choices = [] } = this.key;
    const fieldset = make("fieldset");
    fieldset.append(holding(make("legend"), ...inline(ask || "Choose one:")));
    for (const [number, choice] of choices.entries()) {
      const input = make("input", { type: "radio", name: `answer-${name}`, value: String(number) });
      const words = holding(make("span"), ...inline(choice.text));
      fieldset.append(holding(make("label", { className: "quiz-choice" }), input, words));
    }
    fieldset.setAttribute("aria-describedby", this.says.id);
    return [fieldset, make("button", { type: "submit", textContent: "Check" })];
  }

  /** @returns {HTMLElement[]} */
  field() {
    const { ask, unit = "" } = this.key;
    // A field of type number would refuse the comma that many readers write.
    const input = make("input", { type: "text", id: this.id, inputMode: "decimal", size: 12 });
    input.setAttribute("aria-describedby", this.says.id);
    const words = inline(ask || "Your number");
    if (unit) words.push(document.createTextNode(" (in "), ...inline(unit), new Text(")"));
    const row = holding(make("div", { className: "quiz-row" }), input);
    row.append(make("button", { type: "submit", textContent: "Check" }));
    return [holding(make("label", { htmlFor: this.id }), ...words), row];
  }

  /**
   * Say how what the reader builds is looked at.
   *
   * @param {string} command
   */
  handed(command) {
    const words = "What you build is looked at in Jupyter: ";
    const code = make("code", { textContent: command });
    return holding(make("p", { className: "quiz-hand" }), words, code);
  }

  /** @returns {HTMLInputElement[]} */
  get inputs() {
    return [...this.form.querySelectorAll("input")];
  }

  /** @returns {string} what the reader has chosen or written, as it can be kept */
  get answer() {
    const { choices } = this.key;
    if (!choices) return this.inputs[0].value.trim();
    const chosen = this.inputs.find((input) => input.checked);
    return chosen ? choices[Number(chosen.value)].text : "";
  }

  check() {
    const { answer } = this;
    if (!answer) {
      this.says.textContent = this.key.choices ? "Choose one first." : "Write a number first.";
      this.inputs[0].focus();
      return;
    }
    keep(this.place, answer);
    this.show(this.judge(answer));
    this.changed();
  }

  /** @param {string} answer */
  judge(answer) {
    const { choices } = this.key;
    if (!choices) return judgeNumber(this.key, answer);
    return judgeChoice(
      this.key,
      choices.findIndex((choice) => choice.text === answer),
    );
  }

  /** @param {import("../lib/answers.js").Feedback | null} feedback */
  show(feedback) {
    this.isSolved = feedback?.right ?? false;
    this.box.dataset.state = feedback ? (feedback.right ? "right" : "wrong") : "open";
    this.says.replaceChildren(...inline(feedback?.said ?? ""));
    if (!this.key.choices) this.inputs[0].ariaInvalid = feedback && !feedback.right ? "true" : null;
    this.changed();
  }

  /** Show the answer of an earlier visit, judged anew: the chapter may have changed since. */
  restore() {
    const answer = kept(this.place);
    const { choices } = this.key;
    if (!answer) return;
    if (choices) {
      const place = choices.findIndex((choice) => choice.text === answer);
      if (place < 0) return;
      this.inputs[place].checked = true;
    } else {
      this.inputs[0].value = answer;
    }
    this.show(this.judge(answer));
  }

  clear() {
    forget(this.place);
    this.form.reset();
    this.show(null);
  }
}

/** Below the heading of the page's exercises: how many are solved, with a way to begin again. */
function wake() {
  const says = make("span");
  const again = make("button", { type: "button", textContent: "Clear my answers" });
  /** @type {Asked[]} */
  const all = [];
  const count = () => {
    const solved = all.filter((asked) => asked.isSolved).length;
    says.textContent = `${solved} of ${all.length} solved`;
    again.hidden = !all.some((asked) => asked.answer);
  };
  /** @type {NodeListOf<HTMLElement>} */
  const boxes = document.querySelectorAll("[data-exercise]");
  for (const box of boxes) all.push(new Asked(box, count));
  count();
  again.addEventListener("click", () => {
    for (const asked of all) asked.clear();
    all[0].inputs[0].focus();
  });
  const heading = document.querySelector("section#exercises > h2");
  heading?.after(holding(make("p", { className: "quiz-tally" }), says, again));
}

wake();
