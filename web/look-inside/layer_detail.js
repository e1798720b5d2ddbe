// @ts-check
// One layer of a network, opened: its maps, a pixel of one, what that pixel is made of.

import { explain } from "../lib/explain.js";
import { figure, mapsOf, rangeOf, signed, times, titleOf, workOf } from "../lib/layer_words.js";
import { receptiveField } from "../lib/receptive_field.js";
import { nameOfMap } from "../lib/surgery.js";
import { Cells } from "../surface/cells.js";
import { bringIntoView, find, make, setText } from "../surface/dom.js";
import { paintLarge, paintMap, paintOf, scaleOf } from "../surface/maps.js";

/** @typedef {import("../lib/bench.js").Opened} Opened */
/** @typedef {import("../lib/explain.js").Explanation} Explanation */
/** @typedef {import("../lib/explain.js").Part} Part */
/** @typedef {import("../lib/inspection.js").Inspection} Inspection */
/** @typedef {import("../lib/layers.js").Layer} Layer */
/** @typedef {import("../lib/network.js").Surgery} Surgery */

/**
 * @typedef {object} Listeners told what a reader does
 * @property {(map: number) => void} choose a map of the layer
 * @property {(row: number, column: number) => void} point at a pixel of the map
 * @property {(part: string, isOn: boolean) => void} switch a part on or off
 */

// So many of the maps before are shown one by one.
const SHOWN = 5;
// Neither is a colour of the maps.
const PIXEL = "#cc79a7";
const WINDOW = "#009e73";

export class LayerDetail {
  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.listeners = listeners;
    /** @type {Layer | null} */
    this.layer = null;
    /** @type {{ label: HTMLElement, radio: HTMLInputElement, canvas: HTMLCanvasElement }[]} */
    this.maps = [];
    this.map = find("li-map", HTMLCanvasElement);
    this.cells = new Cells(this.map, (row, column) => listeners.point(row, column));
    /** @type {number} which of the windows that count most is shown */
    this.rank = 0;
    this.asked = "";
    this.isOn = find("li-map-on", HTMLInputElement);
    this.isOn.addEventListener("change", () => listeners.switch(this.part, this.isOn.checked));
    this.part = "";
    this.repeat = () => {};
  }

  /**
   * Open a layer, unless it is open already.
   *
   * @param {Opened} opened
   * @param {Layer} layer
   */
  open(opened, layer) {
    if (layer === this.layer) return;
    this.layer = layer;
    setText("li-layer-title", `${titleOf(layer, opened.layers)}: ${mapsOf(layer)}`);
    setText("li-layer-work", workOf(layer, opened.network.description));
    const place = find("li-maps", HTMLElement);
    this.maps = Array.from({ length: layer.shape[2] }, (_, i) => {
      const label = make("label", { className: "li-mapbox", title: this.nameOf(opened, i) });
      const radio = make("input", { type: "radio", name: "li-map", value: String(i) });
      radio.autocomplete = "off";
      radio.setAttribute("aria-label", this.nameOf(opened, i));
      radio.addEventListener("change", () => this.listeners.choose(i));
      const canvas = make("canvas");
      canvas.setAttribute("aria-hidden", "true");
      label.append(radio, canvas);
      return { label, radio, canvas };
    });
    const legend = /** @type {HTMLElement} */ (place.querySelector("legend"));
    place.replaceChildren(legend, ...this.maps.map(({ label }) => label));
    place.scrollTo(0, 0);
  }

  /** @type {(opened: Opened, map: number) => string} how one of the layer's maps is called */
  nameOf({ layers, network: { description } }, map) {
    const isAnswer = this.layer === layers[layers.length - 1];
    const isName = isAnswer && this.layer?.shape[2] === description.categories.length;
    if (isName) return `the logit of ${description.categories[map]}`;
    return this.layer?.shape[0] === 1 ? `number ${map}` : `map ${map}`;
  }

  /**
   * Show what the network's last run left there.
   *
   * @param {Opened} opened
   * @param {Inspection} inspection
   * @param {Surgery} surgery
   */
  show(opened, inspection, surgery) {
    const { network, body, layers } = opened;
    const layer = layers.find(({ id }) => id === inspection.layer) ?? layers[0];
    this.open(opened, layer);
    const { map, off } = inspection;
    const [y, x] = inspection.pixel;
    const values = network.read(layer.out);
    const scale = scaleOf(values);
    const paint = paintOf(layer, layers);
    for (const [i, box] of this.maps.entries()) {
      paintMap(box.canvas, values, layer.shape, i, scale, paint);
      if (i === map && !box.radio.checked) bringIntoView(box.label);
      box.radio.checked = i === map;
      box.label.classList.toggle("li-isoff", off.includes(nameOfMap(body, layer, i)));
    }
    const [height, width, channels] = layer.shape;
    const value = values[(y * width + x) * channels + map];
    const frame = { top: y, left: x, height: 1, width: 1 };
    paintLarge(this.map, values, layer.shape, map, scale, [{ frame, colour: PIXEL }], paint);
    this.cells.set(height, width, y, x);
    const name = this.nameOf(opened, map);
    this.map.setAttribute("aria-label", `${name}; arrow keys choose a pixel`);
    const isSigned = paint === "signed";
    setText("li-map-scale", rangeOf(scale, isSigned));
    find("li-map-colours", HTMLElement).classList.toggle("li-ink", !isSigned);
    const title = name[0].toUpperCase() + name.slice(1);
    const isLone = height * width === 1;
    setText(
      "li-value",
      isLone
        ? `${title} is ${figure(value, 3)}.`
        : `In ${name}, row ${y}, column ${x} stands ${figure(value, 3)}.`,
    );
    this.part = nameOfMap(body, layer, map);
    this.isOn.checked = !off.includes(this.part);
    this.isOn.disabled = layer === layers[layers.length - 1];
    setText("li-map-switch", `${title} is switched on`);
    this.showField(opened, layer, { y, x }, surgery);
    const explanation = explain(network, layer, map, y, x, surgery);
    const asked = `${layer.id} ${map} ${y} ${x}`;
    if (asked !== this.asked) this.rank = 0;
    this.asked = asked;
    this.repeat = () => this.showSum(opened, layer, explanation);
    this.repeat();
  }

  /** @type {(opened: Opened, layer: Layer, pixel: { y: number, x: number }, surgery: Surgery) => void} */
  showField(opened, layer, pixel, surgery) {
    const { network, from, sees } = opened;
    const { shape } = network.values[from];
    const box = receptiveField(network.description, layer.out, pixel, from, surgery);
    const canvas = find("li-input", HTMLCanvasElement);
    const [height, width] = box ? [box.bottom - box.top, box.right - box.left] : [0, 0];
    const frames = box
      ? [{ frame: { top: box.top, left: box.left, height, width }, colour: PIXEL }]
      : [];
    paintLarge(canvas, network.read(from), shape, 0, 1, frames, "ink");
    canvas.setAttribute("aria-label", `${sees}, with what the pixel can see`);
    const all = times(shape.slice(0, 2));
    setText(
      "li-sees",
      box
        ? `${layer.shape[0] === 1 ? "It" : "This pixel"} can see ${times([height, width])} of the ${all} pixels of ${sees}: rows ${box.top} to ${box.bottom - 1}, columns ${box.left} to ${box.right - 1}.`
        : `Cut off as it is, this pixel sees nothing of ${sees}.`,
    );
  }

  /** @type {(opened: Opened, layer: Layer, explanation: Explanation) => void} */
  showSum(opened, layer, explanation) {
    const parts = [...explanation.parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
    const some = parts.slice(0, SHOWN);
    const rank = Math.min(this.rank, some.length - 1);
    const { network } = opened;
    const place = find("li-parts", HTMLElement);
    place.hidden = parts.length === 1;
    const legend = /** @type {HTMLElement} */ (place.querySelector("legend"));
    const hadFocus = place.contains(document.activeElement);
    const boxes = some.map((part, i) => {
      const label = make("label", { className: "li-part" });
      const radio = make("input", { type: "radio", name: "li-part", value: String(i) });
      radio.autocomplete = "off";
      radio.checked = i === rank;
      radio.addEventListener("change", () => {
        this.rank = i;
        this.repeat();
      });
      const canvas = make("canvas");
      canvas.setAttribute("aria-hidden", "true");
      const values = network.read(part.value);
      const { shape } = network.values[part.value];
      const paint = part.value === opened.from ? "ink" : "signed";
      paintMap(canvas, values, areaOfSource(shape), part.channel, scaleOf(values), paint);
      const words = `${this.nameOfPart(opened, layer, part)}: ${signed(part.sum)}`;
      label.append(radio, canvas, make("span", { textContent: words }));
      return { label, radio };
    });
    place.replaceChildren(legend, ...boxes.map(({ label }) => label));
    if (hadFocus) boxes[rank].radio.focus();
    this.showWindow(opened, layer, some[rank], explanation.kind);
    setText("li-sum", this.wordSum(opened, layer, explanation, some, parts.length));
  }

  /** @type {(opened: Opened, layer: Layer, part: Part) => string} what a part comes from */
  nameOfPart({ from, sees, network }, layer, { value, channel }) {
    const { join, step } = layer;
    if (join) {
      const isShort = value === step.in[join.short];
      if (join.isBlock) return isShort ? "what came past the block" : "what the block made";
      return isShort ? "over the skip connection" : "from below";
    }
    if (value === from) return sees;
    return network.values[value].shape.length === 1 ? `number ${channel}` : `map ${channel}`;
  }

  /** @type {(opened: Opened, layer: Layer, part: Part, kind: Explanation["kind"]) => void} */
  showWindow(opened, layer, part, kind) {
    const { network } = opened;
    const values = network.read(part.value);
    const shape = areaOfSource(network.values[part.value].shape);
    const canvas = find("li-source", HTMLCanvasElement);
    const isPicture = part.value === opened.from;
    const scale = isPicture ? 1 : scaleOf(values);
    const frames = [{ frame: part, colour: WINDOW }];
    const paint = isPicture ? "ink" : "signed";
    paintLarge(canvas, values, shape, part.channel, scale, frames, paint);
    const name = this.nameOfPart(opened, layer, part);
    canvas.setAttribute("aria-label", `${name}, with the window`);
    const rows = `rows ${part.top} to ${part.top + part.height - 1}`;
    const columns = `columns ${part.left} to ${part.left + part.width - 1}`;
    const [height, width] = shape;
    const isBeyond =
      part.top < 0 ||
      part.left < 0 ||
      part.top + part.height > height ||
      part.left + part.width > width;
    const margin = isBeyond ? "; beyond the edge there are zeros" : "";
    setText(
      "li-source-words",
      height * width === 1
        ? `The ${name} of the layer before.`
        : `The window in ${name}: ${rows}, ${columns}${margin}.`,
    );
    const products = part.values.map((each, i) => each * part.weights[i]);
    /** @type {[string, number[]][]} */
    const grids =
      kind === "largest" || part.weights.every((weight) => weight === 1)
        ? [["numbers", part.values]]
        : [
            ["numbers", part.values],
            ["weights", part.weights],
            ["products", products],
          ];
    const terms = grids.map(([caption, numbers], i) => {
      const term = make("span", { className: "li-term" });
      if (i) term.append(make("span", { className: "li-sign", textContent: ["×", "="][i - 1] }));
      term.append(grid(caption, numbers, part.width));
      return term;
    });
    find("li-grids", HTMLElement).replaceChildren(...terms);
  }

  /** @type {(opened: Opened, layer: Layer, explanation: Explanation, some: Part[], count: number) => string} */
  wordSum(opened, layer, { kind, parts, bias, sum, result, isOff }, some, count) {
    const name = (/** @type {Part} */ part) => this.nameOfPart(opened, layer, part);
    const off = isOff ? " But this map is switched off, so a zero stands there." : "";
    if (kind === "largest") return `The largest of them is kept: ${figure(sum, 3)}.${off}`;
    if (layer.step.op === "upsample") return `It is repeated: ${figure(sum, 3)}.${off}`;
    if (layer.step.op === "mean") return `The average of all: ${figure(sum, 3)}.${off}`;
    const terms = some.map((part) => `${signed(part.sum, 3)} (${name(part)})`);
    if (count > some.length) {
      const rest = parts.reduce((total, part) => total + part.sum, 0);
      const shown = some.reduce((total, part) => total + part.sum, 0);
      terms.push(`${signed(rest - shown, 3)} (the other ${count - some.length})`);
    }
    if (bias !== null) terms.push(`${signed(bias, 3)} (bias)`);
    const activations = { relu: "ReLU", sigmoid: "The sigmoid" };
    const then = layer.activation
      ? ` ${activations[layer.activation]} makes ${figure(result, 3)} of it.`
      : "";
    return `${terms.join(" ")} = ${figure(sum, 3)}.${isOff ? off : then}`;
  }
}

/** @param {number[]} shape @returns {number[]} height, width, channels */
const areaOfSource = (shape) => (shape.length === 1 ? [1, 1, shape[0]] : shape);

/** @type {(caption: string, numbers: number[], width: number) => HTMLTableElement} */
function grid(caption, numbers, width) {
  const table = make("table", { className: "li-grid" });
  table.append(make("caption", { textContent: caption }));
  const body = make("tbody");
  // A narrow window has room for more.
  const places = width > 3 ? 2 : 3;
  for (let start = 0; start < numbers.length; start += width) {
    const row = make("tr");
    const cells = numbers.slice(start, start + width);
    row.append(...cells.map((value) => make("td", { textContent: figure(value, places) })));
    body.append(row);
  }
  table.append(body);
  return table;
}
