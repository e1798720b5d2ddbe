// @ts-check
// "Slide a filter" itself: its state, with what each of the reader's acts does to it.

import { PIXELS, SIDE } from "../lib/canvas.js";
import {
  convolve,
  FILTER_SIDE,
  maxPool,
  POOL_SIDE,
  products,
  relu,
  slide,
  sum,
  windowAt,
} from "../lib/convolution.js";
import { plane } from "../lib/filters.js";
import { PRESETS, place, presetOf, read, write } from "../lib/sliding.js";
import { decimal, title } from "../lib/words.js";
import { Address } from "../surface/address.js";
import { capture, find, make, setText, withoutGestures } from "../surface/dom.js";
import { Pad } from "../surface/pad.js";
import { makeCells, showFrame, showInput, showMap, showProduct } from "./view.js";
import { Weights } from "./weights.js";

/** @typedef {import("../lib/sliding.js").State} State */
/** @typedef {import("../surface/tool.js").Tool} Tool */

// Played slowly at first, so that the sums can be followed, then faster; milliseconds a step.
const SLOWEST = 450;
const FASTEST = 16;
const FASTER = 0.94;
const WANTED = "cat";
/** @type {Record<string, [number, number]>} how the keys move the window: rows, columns */
const KEYS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -SIDE],
  End: [0, SIDE],
  PageUp: [-SIDE, 0],
  PageDown: [SIDE, 0],
};

/**
 * @param {string} name
 * @param {(event: Event) => void} act
 * @param {string} [type] of the event
 */
const on = (name, act, type = "click") =>
  find(`sf-${name}`, HTMLElement).addEventListener(type, act);

export class Page {
  /**
   * @param {Tool} tool
   * @param {import("../data/drawings.js").SampleDrawing[]} drawings to pick
   */
  constructor(tool, drawings) {
    this.tool = tool;
    this.pad = new Pad("sf", drawings, {
      change: () => this.change({ drawing: this.pad.current }),
      grow: () => this.updateSoon(),
    });
    this.weights = new Weights(find("sf-filter", HTMLElement), (filter) => this.change({ filter }));
    this.presets = Object.entries(PRESETS).map(([name, filter]) => {
      const button = make("button", { type: "button", textContent: title(name) });
      button.addEventListener("click", () => this.change({ filter }));
      return button;
    });
    find("sf-presets", HTMLElement).replaceChildren(...this.presets);
    this.cells = makeCells();
    this.stride = find("sf-stride", HTMLSelectElement);
    this.padding = find("sf-padding", HTMLSelectElement);
    this.relu = find("sf-relu", HTMLInputElement);
    this.pool = find("sf-pool", HTMLInputElement);
    this.input = find("sf-input", HTMLCanvasElement);
    this.isFramePlanned = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} what moves the window next, while it is played */
    this.player = undefined;
    /** @type {State} */
    this.start = {
      drawing: this.pad.picks.first([WANTED]),
      filter: PRESETS.upright,
      stride: 1,
      padding: "none",
      relu: false,
      pool: false,
      at: [11, 17],
      whole: false,
    };
    /** @type {State} */
    this.state = this.start;
    /** @type {Set<number>} the places of the map that the window has passed */
    this.passed = new Set();
    this.address = new Address(tool, (parts, isOpening) => this.take(parts, isOpening));
    this.listen();
    this.address.open();
  }

  listen() {
    on("stride", () => this.reshape({ stride: this.stride.value === "2" ? 2 : 1 }), "change");
    on(
      "padding",
      () => this.reshape({ padding: this.padding.value === "same" ? "same" : "none" }),
      "change",
    );
    on("relu", () => this.change({ relu: this.relu.checked }), "change");
    on("pool", () => this.change({ pool: this.pool.checked }), "change");
    on("play", () => (this.player === undefined ? this.play() : this.pause()));
    on("whole", () => this.change({ whole: true }));
    on("empty", () => this.restart());
    on("share", () => this.tool.share("the drawing, the filter and the window’s place"));
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.drag(this.input, (share) => this.placeUnder(share));
    this.drag(find("sf-map", HTMLCanvasElement), (share) => share * this.way.size - 0.5);
  }

  /** How the window slides. */
  get way() {
    return slide(SIDE, this.state.stride, this.state.padding);
  }

  // ---- The state.

  /** @type {(parts: import("../lib/parts.js").Parts, isOpening: boolean) => boolean} */
  take(parts, isOpening) {
    const state = read(parts, this.start, this.pad.picks.all);
    if (parts.areForeign && !isOpening) return false;
    this.pause();
    this.state = state;
    this.pad.open(state.drawing);
    this.passToWindow();
    this.update();
    this.address.writeSoon(() => write(this.state));
    this.tool.sayWhatWasRefused(parts);
    return true;
  }

  /** @param {Partial<State>} part that a reader changes */
  change(part) {
    this.tool.say("");
    this.put(part);
  }

  /** @param {Partial<State>} part */
  put(part) {
    this.state = { ...this.state, ...part };
    this.address.writeSoon(() => write(this.state));
    this.updateSoon();
  }

  /**
   * Change how the window slides, hence the size of the map.
   *
   * @param {Partial<State>} part
   */
  reshape(part) {
    const { row, column } = this.corner();
    const state = { ...this.state, ...part };
    const { stride, before } = slide(SIDE, state.stride, state.padding);
    this.state = {
      ...state,
      at: place(state, (row + before) / stride, (column + before) / stride),
    };
    this.passToWindow();
    this.change({});
  }

  /** What the window would have passed, row by row, on its way to its place. */
  passToWindow() {
    const [row, column] = this.state.at;
    this.passed = new Set(Array(row * this.way.size + column + 1).keys());
  }

  restart() {
    this.state = { ...this.state, at: [0, 0], whole: false };
    this.passToWindow();
    this.change({});
  }

  /**
   * Move the window.
   *
   * @param {number} row
   * @param {number} column
   */
  move(row, column) {
    const at = place(this.state, row, column);
    this.passed.add(at[0] * this.way.size + at[1]);
    this.put({ at });
  }

  // ---- From the state to what is shown.

  updateSoon() {
    if (this.isFramePlanned) return;
    this.isFramePlanned = true;
    requestAnimationFrame(() => {
      this.isFramePlanned = false;
      this.update();
    });
  }

  /** The window's first pixel of the drawing; negative in the padding. */
  corner() {
    const { stride, before } = this.way;
    const [row, column] = this.state.at;
    return { row: row * stride - before, column: column * stride - before };
  }

  update() {
    const { filter, at, whole, relu: isRelu, pool: isPooled } = this.state;
    const { way } = this;
    this.pad.show();
    this.showControls();
    const levels = this.pad.pixels() ?? new Uint8Array(PIXELS);
    const source = plane(
      SIDE,
      SIDE,
      Float64Array.from(levels, (level) => level / 255),
    );
    const sums = convolve(source, filter, way);
    const map = isRelu ? relu(sums) : sums;
    const most = map.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    /** @param {number} index */
    const isKnown = (index) => whole || this.passed.has(index);

    showInput(source, way);
    const { row, column } = this.corner();
    const side = way.before + SIDE + way.after;
    showFrame("sf-window", side, row + way.before, column + way.before, FILTER_SIDE);
    showMap("sf-map", map, most, isKnown);
    showFrame("sf-pixel", way.size, at[0], at[1], 1);
    this.showSum(windowAt(source, way, at[0], at[1]), map.values[at[0] * way.size + at[1]]);
    this.showPooled(map, most, isKnown);
    this.showSizes(
      most,
      map.values.some((value) => value < 0),
    );
    find("sf-pooled-figure", HTMLElement).hidden = !isPooled;
  }

  showControls() {
    const { filter, stride, padding, relu: isRelu, pool: isPooled } = this.state;
    const preset = presetOf(filter);
    this.weights.show(filter);
    for (const [i, name] of Object.keys(PRESETS).entries()) {
      this.presets[i].setAttribute("aria-pressed", String(name === preset));
    }
    this.stride.value = String(stride);
    this.padding.value = padding;
    this.relu.checked = isRelu;
    this.pool.checked = isPooled;
  }

  /**
   * @param {number[]} pixels under the window
   * @param {number} result what stands in the map for them
   */
  showSum(pixels, result) {
    const { filter, relu: isRelu, at } = this.state;
    for (const [i, cell] of this.cells.entries()) showProduct(cell, pixels[i], filter[i]);
    const total = sum(products(pixels, filter));
    setText("sf-total", `Their sum: ${decimal(total)}`);
    const where = `row ${at[0] + 1}, column ${at[1] + 1} of the map`;
    const into = isRelu
      ? `ReLU keeps max(0, ${decimal(total)}) = ${decimal(result)}: ${where}.`
      : `It goes to ${where}.`;
    setText("sf-after", into);
    this.tool.speakSoon(() => `The nine products sum to ${decimal(total)}. ${into}`);
  }

  /**
   * @param {import("../lib/filters.js").Plane} map
   * @param {number} most
   * @param {(place: number) => boolean} isKnown
   */
  showPooled(map, most, isKnown) {
    const pooled = maxPool(map);
    showMap("sf-pooled", pooled, most, (place) => {
      const [y, x] = [Math.floor(place / pooled.width), place % pooled.width];
      const first = (y * map.width + x) * POOL_SIDE;
      return [first, first + 1, first + map.width, first + map.width + 1].every(isKnown);
    });
    const [row, column] = this.state.at.map((index) => Math.floor(index / POOL_SIDE));
    showFrame("sf-block", pooled.width, row, column, 1);
    find("sf-block", HTMLElement).hidden = row >= pooled.height || column >= pooled.width;
  }

  /**
   * @param {number} most the largest value of the map, without its sign
   * @param {boolean} isSigned whether the map has negative values
   */
  showSizes(most, isSigned) {
    const { stride, before, after, size } = this.way;
    const pooled = Math.floor(size / POOL_SIDE);
    const padding = before + after ? `${before} + ${after}` : "0";
    setText(
      "sf-input-title",
      `drawing, ${SIDE} × ${SIDE}${before + after ? ", zeros around" : ""}`,
    );
    setText("sf-map-title", `map, ${size} × ${size}`);
    setText("sf-pooled-title", `pooled, ${pooled} × ${pooled}`);
    setText(
      "sf-size",
      `Side of the map = ⌊(side + padding − filter) / stride⌋ + 1\n= ⌊(${SIDE} + ${padding} − ${FILTER_SIDE}) / ${stride}⌋ + 1 = ${size}`,
    );
    const after2 = `After pooling: ⌊${size} / ${POOL_SIDE}⌋ = ${pooled}`;
    setText("sf-pooled-size", this.state.pool ? after2 : "");
    setText("sf-low", isSigned ? decimal(-most) : "0");
    setText("sf-high", decimal(most));
    this.tool.element.classList.toggle("sf-signed", isSigned);
  }

  // ---- What a reader does.

  /** @param {number} share of the input's side */
  placeUnder(share) {
    const { stride, before, after } = this.way;
    return (share * (before + SIDE + after) - FILTER_SIDE / 2) / stride;
  }

  /**
   * Let a press on a canvas, or a drag over it, move the window.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {(share: number) => number} toPlace from a share of a side to a row or column of the map
   */
  drag(canvas, toPlace) {
    /** @param {PointerEvent} event */
    const follow = (event) => {
      const box = canvas.getBoundingClientRect();
      const [row, column] = [
        (event.clientY - box.top) / box.height,
        (event.clientX - box.left) / box.width,
      ].map(toPlace);
      this.takeOver();
      this.move(row, column);
    };
    withoutGestures(canvas);
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      capture(canvas, event);
      follow(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) follow(event);
    });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    this.takeOver();
    const [down, right] = KEYS[event.key];
    const [row, column] = this.state.at;
    this.move(row + down, column + right);
  }

  play() {
    const last = this.way.size - 1;
    const [row, column] = this.state.at;
    if (this.state.whole || (row === last && column === last)) this.restart();
    setText("sf-play", "Pause");
    this.playOn(SLOWEST);
  }

  /** @param {number} wait milliseconds before the next step */
  playOn(wait) {
    this.player = setTimeout(() => {
      const last = this.way.size - 1;
      const [row, column] = this.state.at;
      if (row === last && column === last) return this.pause();
      if (column === last) this.move(row + 1, 0);
      else this.move(row, column + 1);
      return this.playOn(Math.max(wait * FASTER, FASTEST));
    }, wait);
  }

  /** The reader moves the window from here on. */
  takeOver() {
    this.tool.say("");
    this.pause();
  }

  pause() {
    clearTimeout(this.player);
    this.player = undefined;
    setText("sf-play", "Play");
  }
}
