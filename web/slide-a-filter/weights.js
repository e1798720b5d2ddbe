// @ts-check
// The nine fields of a filter: typed into, stepped by arrow keys, dragged sideways.

import { FILTER_SIDE } from "../lib/convolution.js";
import { MOST } from "../lib/sliding.js";
import { capture, make } from "../surface/dom.js";

const STEP = 0.1;
// Pixels of a drag that change a weight by one step; pixels before a press counts as a drag.
const PIXELS_A_STEP = 6;
const SLACK = 5;

/** @param {number} weight */
const rounded = (weight) => String(Number(weight.toFixed(2)));

export class Weights {
  /**
   * @param {HTMLElement} place where they shall stand
   * @param {(filter: number[]) => void} changed told the weights when a reader has changed one
   */
  constructor(place, changed) {
    this.changed = changed;
    /** @type {number[]} */
    this.filter = [];
    /** @type {HTMLInputElement | null} the one that is being typed in */
    this.typed = null;
    this.fields = Array.from({ length: FILTER_SIDE ** 2 }, (_, i) => this.field(i));
    place.replaceChildren(...this.fields);
  }

  /** @param {number} i */
  field(i) {
    const field = make("input", {
      className: "ex-painted",
      type: "number",
      min: `${-MOST}`,
      max: `${MOST}`,
      step: "any",
    });
    const [row, column] = [Math.floor(i / FILTER_SIDE) + 1, (i % FILTER_SIDE) + 1];
    field.setAttribute("aria-label", `Weight in row ${row}, column ${column}`);
    field.autocomplete = "off";
    field.addEventListener("input", () => this.type(i));
    // What is no weight gives way to the one that holds.
    for (const end of ["change", "blur"]) field.addEventListener(end, () => this.settle());
    field.addEventListener("keydown", (event) => this.step(i, event));
    this.listenToDrags(i, field);
    return field;
  }

  /**
   * @param {number} i
   * @param {number} weight
   */
  set(i, weight) {
    const within = Math.min(Math.max(weight, -MOST), MOST);
    // The page shows it at its next frame; a key pressed before that goes on from here.
    this.filter = this.filter.map((other, j) => (i === j ? within : other));
    this.changed(this.filter);
  }

  /** @param {number} i */
  type(i) {
    this.typed = this.fields[i];
    const weight = this.fields[i].valueAsNumber;
    if (Math.abs(weight) <= MOST) this.set(i, weight);
  }

  /** Nothing is being typed any more. */
  settle() {
    this.typed = null;
    this.show(this.filter);
  }

  /**
   * @param {number} i
   * @param {KeyboardEvent} event
   */
  step(i, event) {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    this.set(i, Number((this.filter[i] + way * STEP).toFixed(2)));
    this.settle();
  }

  /**
   * @param {number} i
   * @param {HTMLInputElement} field
   */
  listenToDrags(i, field) {
    /** @type {{ x: number, weight: number } | null} */
    let from = null;
    let isDrag = false;
    field.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, weight: this.filter[i] };
      isDrag = false;
    });
    field.addEventListener("pointermove", (event) => {
      if (!from || !event.buttons) return;
      const away = event.clientX - from.x;
      if (!isDrag && Math.abs(away) < SLACK) return;
      if (!isDrag) capture(field, event);
      isDrag = true;
      event.preventDefault();
      const steps = Math.round(away / PIXELS_A_STEP);
      this.set(i, Number((from.weight + steps * STEP).toFixed(2)));
      this.settle();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      field.addEventListener(end, () => {
        from = null;
      });
    }
  }

  /** @param {number[]} filter */
  show(filter) {
    this.filter = filter;
    this.fields.forEach((field, i) => {
      // Who is typing is not corrected before the end.
      if (field !== this.typed) field.value = rounded(filter[i]);
      field.classList.toggle("sf-negative", filter[i] < 0);
      field.style.setProperty("--strength", String(Math.min(Math.abs(filter[i]) / 2, 1)));
    });
  }
}
