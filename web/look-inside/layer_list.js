// @ts-check
// The drawing of a network: its layers one below the other, each with all its maps, with the ways between.

import { blocksOf, times, titleOf } from "../lib/layer_words.js";
import { nameOfMap, nameOfWay, WAYS } from "../lib/surgery.js";
import { bringIntoView, make } from "../surface/dom.js";
import { columnsOf, paintOf, paintStrip, scaleOf } from "../surface/maps.js";
import { shape } from "../surface/svg.js";

/** @typedef {import("../lib/bench.js").Opened} Opened */
/** @typedef {import("../lib/inspection.js").Inspection} Inspection */
/** @typedef {import("../lib/layers.js").Layer} Layer */

/**
 * @typedef {object} Listeners told what a reader does
 * @property {(layer: string) => void} choose a layer
 * @property {(part: string, isOn: boolean) => void} switch a part on or off
 */

/**
 * @typedef {object} Row
 * @property {Layer} layer
 * @property {HTMLElement} element
 * @property {HTMLInputElement} radio
 * @property {HTMLElement} off where it is said how many maps are off
 * @property {HTMLCanvasElement} strip
 * @property {[string, HTMLInputElement][]} switches by the names of what they switch
 */

// Where the ways run, in pixels from the left: what all go, what blocks are passed by, what skips the depths.
const LANES = { main: 36, block: 22, skip: 7 };
// A map that fills a strip alone would be larger than all others.
const LARGEST = 44;

export class LayerList {
  /**
   * @param {HTMLElement} place
   * @param {Listeners} listeners
   */
  constructor(place, listeners) {
    this.place = place;
    this.listeners = listeners;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Opened | null} */
    this.opened = null;
    /** @type {string[]} */
    this.off = [];
    this.input = make("canvas", { className: "li-strip" });
    this.ways = shape("svg", { class: "li-ways", "aria-hidden": "true" });
    new ResizeObserver(() => this.drawWays()).observe(place);
  }

  /** @param {Opened} opened */
  open(opened) {
    if (opened === this.opened) return;
    this.opened = opened;
    this.rows = opened.layers.map((layer) => this.makeRow(opened, layer));
    const input = make("div", { className: "li-row li-input" });
    input.append(make("span", { className: "li-name", textContent: `Input: ${opened.sees}` }));
    this.input.style.maxWidth = `${LARGEST}px`;
    input.append(this.input);
    this.place.replaceChildren(this.ways, input, ...this.rows.map(({ element }) => element));
  }

  /** @type {(opened: Opened, layer: Layer) => Row} */
  makeRow({ body, layers }, layer) {
    const element = make("div", { className: "li-row" });
    const label = make("label", { className: "li-layer" });
    const radio = make("input", { type: "radio", name: "li-layer", value: layer.id });
    radio.autocomplete = "off";
    radio.addEventListener("change", () => this.listeners.choose(layer.id));
    const strip = make("canvas", { className: "li-strip" });
    strip.style.maxWidth = `${LARGEST * columnsOf(layer.shape[2])}px`;
    strip.setAttribute("aria-hidden", "true");
    const off = make("span", { className: "li-off" });
    label.append(
      radio,
      make("span", { className: "li-name", textContent: titleOf(layer, layers) }),
      make("span", { className: "li-shape", textContent: times(layer.shape) }),
      off,
      strip,
    );
    element.append(label);
    /** @type {[string, HTMLInputElement][]} */
    const switches = [];
    if (layer.join) {
      const group = make("div", { className: "li-joins" });
      for (const way of WAYS) {
        const part = nameOfWay(body, layer, way);
        const box = make("input", { type: "checkbox", autocomplete: "off" });
        box.addEventListener("change", () => this.listeners.switch(part, box.checked));
        const isSkip = way === "short" && !layer.join.isBlock;
        const choice = make("label", { className: `li-switch${isSkip ? " li-skip" : ""}` });
        choice.append(box, make("span", { textContent: wordWay(layer, layers, way) }));
        group.append(choice);
        switches.push([part, box]);
      }
      element.append(group);
    }
    return { layer, element, radio, off, strip, switches };
  }

  /**
   * Show what the network's last run left in every layer.
   *
   * @param {Opened} opened
   * @param {Inspection} inspection
   */
  show(opened, { layer: chosen, off }) {
    this.open(opened);
    const { network, from, body, layers } = opened;
    const { shape } = network.values[from];
    paintStrip(this.input, network.read(from), [shape[0], shape[1], shape[2]], 1, "ink");
    for (const row of this.rows) {
      const { layer } = row;
      const values = network.read(layer.out);
      paintStrip(row.strip, values, layer.shape, scaleOf(values), paintOf(layer, layers));
      if (layer.id === chosen && !row.radio.checked) bringIntoView(row.element);
      row.radio.checked = layer.id === chosen;
      const start = nameOfMap(body, layer, 0).slice(0, -1);
      const count = off.filter((part) => part.startsWith(start) && /\d$/.test(part)).length;
      const words = count ? `${count} switched off` : "";
      if (row.off.textContent !== words) row.off.textContent = words;
      for (const [part, box] of row.switches) box.checked = !off.includes(part);
    }
    if (String(off) !== String(this.off) || !this.ways.childElementCount) {
      this.off = off;
      this.drawWays();
    }
  }

  /** The radio button of the layer that is looked at. */
  get chosen() {
    return this.rows.find(({ radio }) => radio.checked)?.radio;
  }

  /** Draw the ways from layer to layer beside them; those that are switched off, broken. */
  drawWays() {
    if (!this.rows.length) return;
    const height = this.place.scrollHeight;
    this.ways.setAttribute("height", String(height));
    this.ways.setAttribute("width", String(LANES.main + 8));
    /** @param {HTMLElement} element */
    const middle = (element) => element.offsetTop + element.offsetHeight / 2;
    const elements = [.../** @type {HTMLCollectionOf<HTMLElement>} */ (this.place.children)].slice(
      1,
    );
    const middles = elements.map(middle);
    /** @type {(id: string) => number} the place of a layer's row, after the input's */
    const placeOf = (id) => this.rows.findIndex(({ layer }) => layer.id === id) + 1;
    /** @type {SVGElement[]} */
    const lines = [];
    for (const [i, { layer, switches }] of this.rows.entries()) {
      const [short, long] = switches.map(([part]) => this.off.includes(part));
      const main = `M${LANES.main} ${middles[i]}V${middles[i + 1]}`;
      lines.push(way(main, Boolean(long), ""));
      if (!layer.join) continue;
      const lane = layer.join.isBlock ? LANES.block : LANES.skip;
      const [from, to] = [middles[placeOf(layer.join.from)] + 6, middles[i + 1] - 4];
      const [left, bend] = [lane, 10];
      const path = `M${LANES.main} ${from}H${left + bend}Q${left} ${from} ${left} ${from + bend}`;
      const back = `V${to - bend}Q${left} ${to} ${left + bend} ${to}H${LANES.main}`;
      lines.push(way(path + back, short, layer.join.isBlock ? "li-around" : "li-across"));
    }
    for (const [i, at] of middles.entries()) {
      const r = i && this.rows[i - 1].layer.join ? 6 : 4;
      lines.push(shape("circle", { cx: LANES.main, cy: at, r }));
    }
    this.ways.replaceChildren(...lines);
  }
}

/** @type {(path: string, isOff: boolean, kind: string) => SVGElement} */
const way = (path, isOff, kind) =>
  shape("path", { d: path, class: `${kind} ${isOff ? "li-cut" : ""}` });

/** @type {(layer: Layer, layers: Layer[], way: "short" | "long") => string} what a switch is for */
function wordWay(layer, layers, which) {
  if (!layer.join?.isBlock) return which === "short" ? "skip connection" : "what comes from below";
  const number = blocksOf(layers).get(layer.id);
  return which === "short" ? `past block ${number}` : `block ${number}`;
}
