// @ts-check
// The reader's drawing on a page: strokes on a surface or a pick, with what undoes them.

import { pixelsOf, writeDrawing } from "../lib/drawn.js";
import { find, setDisabled } from "./dom.js";
import { Picks } from "./picks.js";
import { Surface } from "./surface.js";

/** @typedef {import("../lib/drawn.js").Drawing} Drawing */
/** @typedef {import("../lib/strokes.js").Point} Point */
/** @typedef {import("./picks.js").Pick} Pick */

/**
 * @typedef {object} Listeners told what a reader does
 * @property {() => void} change there is another drawing
 * @property {() => void} grow the stroke that is being drawn has grown, or the keyboard's pen has moved
 * @property {(pick: Pick) => void} [pick] a drawing of the sample is about to be shown
 */

/** What undoing may go back by: the last stroke. */
const LAST = "last";
const KEYS = "arrow keys move the pen, the space bar sets it down or lifts it";

export class Pad {
  /**
   * @param {string} prefix of the markup's ids: PREFIX-surface, -undo, -clear, -picks
   * @param {import("../data/drawings.js").SampleDrawing[]} drawings to pick
   * @param {Listeners} listeners
   */
  constructor(prefix, drawings, listeners) {
    this.listeners = listeners;
    this.undoButton = find(`${prefix}-undo`, HTMLButtonElement);
    this.clearButton = find(`${prefix}-clear`, HTMLButtonElement);
    this.picks = new Picks(find(`${prefix}-picks`, HTMLElement), drawings, (pick) => {
      listeners.pick?.(pick);
      this.set({ type: "pick", category: pick.category, number: pick.number });
    });
    this.surface = new Surface(find(`${prefix}-surface`, HTMLCanvasElement), {
      begin: () => this.begin(),
      move: () => listeners.grow(),
      end: (stroke) => this.end(stroke),
    });
    /** @type {Drawing} */
    this.drawing = { type: "strokes", strokes: [] };
    /** @type {Drawing} what was there before the stroke that is being drawn */
    this.before = this.drawing;
    /** @type {(Drawing | typeof LAST)[]} what undoing goes back to */
    this.past = [];
    this.isOpen = false;
    this.undoButton.addEventListener("click", () => this.undo());
    this.clearButton.addEventListener("click", () => this.set({ type: "strokes", strokes: [] }));
  }

  /** @param {Drawing} drawing that a page's address names; from an earlier one there is a way back */
  open(drawing) {
    const { current } = this;
    if (
      this.isOpen &&
      JSON.stringify(writeDrawing(current)) !== JSON.stringify(writeDrawing(drawing))
    )
      this.past.push(current);
    this.isOpen = true;
    this.replace(drawing);
  }

  /** @param {Drawing} drawing instead of the one that is there */
  set(drawing) {
    this.past.push(this.current);
    this.replace(drawing);
    this.listeners.change();
  }

  /** The drawing without the stroke that is being drawn. */
  get current() {
    return this.surface.stroke ? this.before : this.drawing;
  }

  /**
   * Put another drawing there. A stroke that is being drawn goes on, as if it had been begun on that.
   *
   * @param {Drawing} drawing
   */
  replace(drawing) {
    this.drawing = drawing;
    if (this.surface.stroke) this.goOnFrom(drawing);
  }

  /** @param {Drawing} drawing below the stroke that is being drawn: no stroke joins a pick or a picture */
  goOnFrom(drawing) {
    this.before = drawing;
    this.drawing = { type: "strokes", strokes: this.strokes() };
  }

  begin() {
    this.goOnFrom(this.drawing);
    this.listeners.grow();
  }

  /** @param {Point[]} stroke */
  end(stroke) {
    // Of thousands of strokes not every state is kept: most differ by the last.
    this.past.push(this.before.type === "strokes" ? LAST : this.before);
    this.drawing = { type: "strokes", strokes: [...this.strokes(), stroke] };
    this.listeners.change();
  }

  undo() {
    const { current } = this;
    const strokes = current.type === "strokes" ? current.strokes : [];
    // After a reload only the strokes are known.
    const before = this.past.pop() ?? LAST;
    if (before === LAST && !strokes.length) return;
    this.replace(before === LAST ? { type: "strokes", strokes: strokes.slice(0, -1) } : before);
    this.listeners.change();
  }

  /** The finished strokes, of which a pick or a picture has none. */
  strokes() {
    return this.drawing.type === "strokes" ? this.drawing.strokes : [];
  }

  /** The finished strokes with the one that is being drawn. */
  allStrokes() {
    return this.surface.stroke ? [...this.strokes(), this.surface.stroke] : this.strokes();
  }

  /**
   * The drawing as the data have it.
   *
   * @returns {Uint8Array | null} grey levels; null if there is none
   */
  pixels() {
    if (this.drawing.type === "image") return this.drawing.pixels;
    if (this.drawing.type === "pick") return this.picks.of(this.drawing)?.pixels ?? null;
    return pixelsOf(this.allStrokes());
  }

  /** Show the drawing as it is now. */
  show() {
    const pixels = this.drawing.type === "strokes" ? null : this.pixels();
    if (pixels) this.surface.showImage(pixels);
    else this.surface.showStrokes(this.strokes());
    const label = `Drawing surface, ${describe(this.drawing)}; ${KEYS}`;
    const { canvas } = this.surface;
    canvas.setAttribute("aria-label", label);
    this.picks.show(this.drawing);
    setDisabled(this.undoButton, !this.past.length && !this.strokes().length, canvas);
    setDisabled(this.clearButton, !pixels && !this.allStrokes().length, canvas);
  }
}

/**
 * Say what the surface shows.
 *
 * @param {Drawing} drawing
 * @returns {string}
 */
function describe(drawing) {
  if (drawing.type === "pick") return `shows a picked drawing of the category ${drawing.category}`;
  if (drawing.type === "image") return "shows your picture";
  const count = drawing.strokes.length;
  return count ? `holds ${count} ${count === 1 ? "stroke" : "strokes"}` : "empty";
}
