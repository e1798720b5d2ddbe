// @ts-check
// The controls that choose among which categories the networks name a drawing.

import { areSame } from "../lib/lists.js";
import { nearest, placeOf } from "../lib/names.js";
import { number } from "../lib/words.js";
import { find, make } from "../surface/dom.js";

/**
 * @typedef {object} Listeners
 * @property {(chosen: number[]) => void} choose categories by their places
 * @property {(text: string) => void} say something to the reader
 */

export class Categories {
  /**
   * @param {string[]} names of all
   * @param {string[]} focus names of those that the book is about
   * @param {Listeners} listeners
   */
  constructor(names, focus, listeners) {
    this.names = names;
    this.listeners = listeners;
    this.everything = [...names.keys()];
    const few = focus.map((name) => names.indexOf(name)).filter((index) => index >= 0);
    // One alone is no choice.
    this.few = few.length >= 2 ? few : this.everything;
    /** @type {number[]} */
    this.chosen = [];
    this.isAlone = false;
    // What the chips say; those of the reader's own names come first, for these change by themselves.
    [this.saidOwn, this.saidKnown] = ["", ""];
    /** @type {HTMLElement[]} */
    this.mine = [];
    this.chips = find("pg-chips", HTMLElement);
    this.entry = find("pg-add", HTMLInputElement);
    this.suggestions = find("pg-suggestions", HTMLElement);
    this.fewButton = find("pg-few", HTMLButtonElement);
    this.allButton = find("pg-all", HTMLButtonElement);
    this.fewButton.textContent = `The book’s ${number(this.few.length)}`;
    this.fewButton.hidden = this.few.length === names.length;
    this.allButton.textContent = `All ${names.length}`;
    find("pg-names", HTMLDataListElement).replaceChildren(
      ...names.map((name) => make("option", { value: name })),
    );
    this.fewButton.addEventListener("click", () => listeners.choose(this.few));
    this.allButton.addEventListener("click", () => listeners.choose(this.everything));
    find("pg-add-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.add(this.entry.value);
    });
    // A name taken from the list needs no further click.
    this.entry.addEventListener("input", (event) => {
      const { inputType } = /** @type {InputEvent} */ (event);
      const isTaken = inputType === undefined || inputType === "insertReplacementText";
      if (isTaken && names.includes(this.entry.value)) this.add(this.entry.value);
    });
  }

  /**
   * @param {number[]} chosen
   * @param {import("../lib/heads.js").Head | null} head the reader's own names
   * @param {boolean} isAlone whether these alone may be answered
   */
  show(chosen, head, isAlone) {
    this.chosen = chosen;
    this.isAlone = isAlone;
    // What can be told from its like only leaves no room for others.
    this.showKnown(isAlone ? [] : chosen);
    this.showOwn(head?.categories ?? []);
    const isFew = !isAlone && areSame(chosen, this.few);
    const isAll = !isAlone && chosen.length === this.names.length;
    this.fewButton.setAttribute("aria-pressed", String(isFew));
    this.allButton.setAttribute("aria-pressed", String(isAll));
  }

  /** @param {number[]} chosen those that may be answered */
  showKnown(chosen) {
    if (this.saidKnown === String(chosen)) return;
    this.saidKnown = String(chosen);
    const isAll = chosen.length === this.names.length;
    const all = make("li", { className: "pg-chip", textContent: `all ${this.names.length}` });
    const known = isAll ? [all] : chosen.map((index) => this.chip(index));
    this.chips.replaceChildren(...this.mine, ...known);
  }

  /** Whoever is among the known names stays there. @param {string[]} own names */
  showOwn(own) {
    if (this.saidOwn === JSON.stringify(own)) return;
    this.saidOwn = JSON.stringify(own);
    for (const chip of this.mine) chip.remove();
    this.mine = own.map((name) => {
      const chip = make("li", { className: "pg-chip" });
      const label = make("span", { textContent: `${name} ` });
      label.append(make("span", { textContent: "(yours)", className: "pg-mine" }));
      chip.append(label);
      return chip;
    });
    this.chips.prepend(...this.mine);
  }

  /** @param {number} index */
  chip(index) {
    const name = this.names[index];
    const button = make("button", { type: "button", textContent: name });
    button.setAttribute("aria-label", `Remove ${name}`);
    button.addEventListener("click", () => this.remove(index));
    const item = make("li");
    item.append(button);
    return item;
  }

  /** @param {string} text as a reader may type it */
  add(text) {
    const index = placeOf(text, this.names);
    if (index < 0) {
      this.suggest(text);
      return;
    }
    this.entry.value = "";
    this.suggestions.hidden = true;
    this.listeners.say("");
    if (this.isAlone || !this.chosen.includes(index)) {
      this.listeners.choose([...new Set([...this.chosen, index])]);
    }
  }

  /** @param {string} text that is no name: say so, with the nearest that are */
  suggest(text) {
    const found = nearest(text, this.names);
    const wrong = text.trim()
      ? `“${text.trim()}” is none of the ${this.names.length} categories.`
      : "Type a name first.";
    this.listeners.say(`${wrong}${found.length ? ` The nearest: ${found.join(", ")}.` : ""}`);
    this.suggestions.hidden = !found.length;
    const buttons = found.map((name) => {
      const button = make("button", { type: "button", textContent: name });
      button.addEventListener("click", () => {
        this.add(name);
        this.entry.focus();
      });
      return button;
    });
    this.suggestions.replaceChildren("Did you mean", ...buttons);
  }

  /** @param {number} index */
  remove(index) {
    if (this.chosen.length <= 2) {
      this.listeners.say("There must be two categories to choose between.");
      return;
    }
    const place = this.chosen.indexOf(index);
    this.listeners.choose(this.chosen.filter((one) => one !== index));
    // The focus stays in the list.
    const buttons = this.chips.querySelectorAll("button");
    buttons[Math.min(place, buttons.length - 1)].focus();
  }
}
