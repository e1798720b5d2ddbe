// @ts-check
// The sample's drawings that a reader may pick.

import { bytesOf } from "../lib/base64.js";
import { make, paint, shares } from "./dom.js";

/** @typedef {import("../data/drawings.js").SampleDrawing} SampleDrawing */
/** @typedef {import("../lib/drawn.js").Drawing} Drawing */
/** @typedef {{ category: string, number: number, pixels: Uint8Array }} Pick */

export class Picks {
  /**
   * @param {HTMLElement} place where they shall stand
   * @param {SampleDrawing[]} drawings
   * @param {(pick: Pick) => void} picked told what a reader picks
   */
  constructor(place, drawings, picked) {
    /** @type {Pick[]} */
    this.all = drawings.map((drawing) => ({ ...drawing, pixels: bytesOf(drawing.pixels) }));
    this.buttons = this.all.map((pick) => {
      const button = make("button", { type: "button", className: "ex-pick", title: pick.category });
      button.setAttribute("aria-label", `${pick.category}, drawing ${pick.number}`);
      const canvas = make("canvas");
      paint(canvas, shares(pick.pixels));
      button.append(canvas);
      button.addEventListener("click", () => picked(pick));
      return button;
    });
    place.replaceChildren(...this.buttons);
  }

  /**
   * Find what a drawing picked.
   *
   * @param {Drawing} drawing
   * @returns {Pick | undefined}
   */
  of(drawing) {
    return this.all.find(
      ({ category, number }) =>
        drawing.type === "pick" && category === drawing.category && number === drawing.number,
    );
  }

  /**
   * The drawing that a page begins with: of one of some categories, if there is any.
   *
   * @param {string[]} wanted
   * @returns {Drawing}
   */
  first(wanted) {
    const first = this.all.find(({ category }) => wanted.includes(category)) ?? this.all[0];
    if (!first) return { type: "strokes", strokes: [] };
    return { type: "pick", category: first.category, number: first.number };
  }

  /** @param {Drawing} drawing which the page shows */
  show(drawing) {
    const shown = this.of(drawing);
    for (const [i, button] of this.buttons.entries()) {
      button.setAttribute("aria-pressed", String(this.all[i] === shown));
    }
  }
}
