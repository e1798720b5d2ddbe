// @ts-check
// The page that opens the networks: what is looked at, with what each of the reader's acts does to it.

import { rank } from "../lib/bench.js";
import { PIXELS } from "../lib/canvas.js";
import { read, settle, write as writeInspection } from "../lib/inspection.js";
import { titleOf } from "../lib/layer_words.js";
import { areSame } from "../lib/lists.js";
import { KINDS, MAX_LEVEL } from "../lib/noise.js";
import { nameOfWay } from "../lib/surgery.js";
import { number, title } from "../lib/words.js";
import { Address } from "../surface/address.js";
import { find, make, setDisabled, shares } from "../surface/dom.js";
import { Pad } from "../surface/pad.js";
import { LayerDetail } from "./layer_detail.js";
import { LayerList } from "./layer_list.js";
import { showFinding, wordFinding } from "./result.js";
import { Why } from "./why.js";

/** @typedef {import("../lib/bench.js").Bench} Bench */
/** @typedef {import("../lib/bench.js").Finding} Finding */
/** @typedef {import("../lib/inspection.js").Inspection} Inspection */
/** @typedef {import("../lib/layers.js").Layer} Layer */
/** @typedef {import("../surface/tool.js").Tool} Tool */

const START = {
  kind: Object.keys(KINDS)[0],
  level: 0.5,
  seed: 1,
  map: 0,
  off: /** @type {string[]} */ ([]),
  why: "",
  patch: 4,
};
/** Told on the tool's element, with the state, whenever what the page shows has changed. */
const CHANGED = "look-inside:changed";
/** @type {(name: string, act: () => void, type?: string) => void} */
const on = (name, act, type = "click") =>
  find(`li-${name}`, HTMLElement).addEventListener(type, act);

export class Page {
  /**
   * @param {Tool} tool
   * @param {Bench} bench
   * @param {{ categories: string[], focus: string[] }} about the networks
   * @param {import("../data/drawings.js").SampleDrawing[]} drawings to pick
   */
  constructor(tool, bench, { categories, focus }, drawings) {
    this.tool = tool;
    this.bench = bench;
    this.categories = categories;
    const few = focus.map((name) => categories.indexOf(name)).filter((place) => place >= 0);
    this.all = [...categories.keys()];
    this.few = few.length >= 2 ? few : this.all;
    this.duration = 0;
    /** @type {number[] | null} the choice of names that the controls show */
    this.amongShown = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    /** @type {number | undefined} the frame in which what has changed will be looked at */
    this.frame = undefined;
    /** @type {Finding | null} */
    this.finding = null;
    // Beside the drawing, and in what stays in view while one looks at maps.
    this.levels = ["level", "drown"].map((name) => find(`li-${name}`, HTMLInputElement));
    for (const slider of this.levels) slider.max = String(MAX_LEVEL);
    this.kind = find("li-kind", HTMLSelectElement);
    this.kind.replaceChildren(...Object.keys(KINDS).map((kind) => new Option(title(kind), kind)));
    this.among = find("li-among", HTMLSelectElement);
    this.pad = new Pad("li", drawings, {
      change: () => this.changeDrawing(),
      grow: () => this.updateSoon(),
    });
    this.list = new LayerList(find("li-layers", HTMLElement), {
      choose: (layer) => this.chooseLayer(layer),
      switch: (part, isOn) => this.switch(part, isOn),
    });
    this.detail = new LayerDetail({
      choose: (map) => this.change({ map }),
      point: (row, column) => this.change({ pixel: [row, column] }),
      switch: (part, isOn) => this.switch(part, isOn),
    });
    this.why = new Why(categories, {
      name: (why) => this.change({ why }),
      patch: (patch) => this.change({ patch }),
    });
    this.networks = this.makeNetworks();
    this.listen();
    const [first] = bench.opened;
    const drawing = this.pad.picks.first(this.few.map((place) => categories[place]));
    this.pad.open(drawing);
    /** @type {Inspection} */
    this.inspection = {
      ...START,
      drawing,
      chosen: this.few,
      network: first.name,
      layer: first.layers[0].id,
      pixel: [0, 0],
    };
    this.start = { ...this.inspection, ...this.brightestOf(first.name) };
    this.address = new Address(tool, (parts, isOpening) => this.take(parts, isOpening));
    this.address.open();
  }

  /** The choice of a network: one radio button each. */
  makeNetworks() {
    const place = find("li-networks", HTMLElement);
    return this.bench.opened.map(({ name, title: words }) => {
      const label = make("label", { className: "li-network" });
      const radio = make("input", { type: "radio", name: "li-network", value: name });
      radio.autocomplete = "off";
      radio.addEventListener("change", () => this.chooseNetwork(name));
      label.append(radio, make("span", { textContent: words }));
      place.append(label);
      return radio;
    });
  }

  listen() {
    for (const slider of this.levels) {
      slider.addEventListener("input", () => this.change({ level: Number(slider.value) }));
    }
    // A script may leave none chosen.
    on("kind", () => this.kind.value && this.change({ kind: this.kind.value }), "change");
    on("among", () => this.chooseAmong(this.among.value), "change");
    on("renew", () => this.change({ seed: crypto.getRandomValues(new Uint32Array(1))[0] >>> 12 }));
    on("restore", () => this.change({ off: [] }));
    on("share", () => this.share());
  }

  // ---- The state.

  /** @type {(parts: import("../lib/parts.js").Parts, isOpening: boolean) => boolean} */
  take(parts, isOpening) {
    const { categories, bench, pad } = this;
    const known = { categories, picks: pad.picks.all, subjects: bench.opened };
    const inspection = read(parts, this.start, known);
    if (parts.areForeign && !isOpening) return false;
    this.inspection = inspection;
    pad.open(inspection.drawing);
    this.update();
    this.tool.sayWhatWasRefused(parts);
    return true;
  }

  /** @returns {string} */
  text() {
    return writeInspection(this.inspection, this.categories);
  }

  changeDrawing() {
    this.inspection = { ...this.inspection, drawing: this.pad.current };
    this.tool.say("");
    this.pad.show();
    this.address.writeSoon(() => this.text());
    this.updateInFrame();
  }

  /** Strokes, a slider's steps may follow each other faster than all maps can be computed. */
  updateInFrame() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.update();
    });
  }

  /** @param {Partial<Inspection>} part */
  change(part) {
    this.inspection = settle({ ...this.inspection, ...part }, this.bench.opened);
    this.tool.say("");
    this.address.writeSoon(() => this.text());
    this.updateInFrame();
  }

  /** @param {string} network */
  chooseNetwork(network) {
    this.change({ network, ...this.brightestOf(network) });
  }

  /**
   * Where to begin in a network: at the largest number that its first layer makes of the drawing.
   *
   * @param {string} network
   * @returns {Pick<Inspection, "layer" | "map" | "pixel">}
   */
  brightestOf(network) {
    this.bench.run(this.clean() ?? this.paper(), { ...this.inspection, network });
    const opened = this.bench.of(network);
    const [layer] = opened.layers;
    const [, width, channels] = layer.shape;
    const values = opened.network.read(layer.out);
    const at = values.indexOf(Math.max(...values));
    const place = Math.floor(at / channels);
    return {
      layer: layer.id,
      map: at % channels,
      pixel: [Math.floor(place / width), place % width],
    };
  }

  /** @param {string} id of a layer, in which the same place is looked at */
  chooseLayer(id) {
    const { network, layer: before, pixel, chosen } = this.inspection;
    const { layers, wanted } = this.bench.of(network);
    const [height, width] = (layers.find((layer) => layer.id === before) ?? layers[0]).shape;
    const index = layers.findIndex((layer) => layer.id === id);
    const [newHeight, newWidth] = layers[index].shape;
    // Among logits one looks for the name that was given.
    const isNames = index === layers.length - 1 && newHeight === 1;
    const logits = wanted === "direct_logits" ? this.finding?.now.direct : this.finding?.now.logits;
    const map = isNames && logits ? rank(logits, chosen)[0].place : this.inspection.map;
    this.change({
      layer: id,
      map,
      pixel: [
        Math.floor(((pixel[0] + 0.5) * newHeight) / height),
        Math.floor(((pixel[1] + 0.5) * newWidth) / width),
      ],
    });
  }

  /** @type {(part: string, isOn: boolean) => void} */
  switch(part, isOn) {
    const others = this.inspection.off.filter((one) => one !== part);
    this.change({ off: isOn ? others : [...others, part] });
  }

  /** @param {string} which */
  chooseAmong(which) {
    if (which === "few") this.change({ chosen: this.few });
    if (which === "all") this.change({ chosen: this.all });
  }

  share() {
    this.tool.share("the drawing, the noise, what is looked at and what is switched off");
  }

  // ---- From the state to what is shown.

  update() {
    const begin = performance.now();
    this.pad.show();
    this.showControls();
    const { inspection, bench } = this;
    const opened = bench.of(inspection.network);
    const clean = this.clean();
    // An empty surface is shown as empty paper, without an answer.
    const ran = bench.run(clean ?? this.paper(), inspection);
    this.finding = clean && ran;
    const surgery = bench.surgery(inspection.off, opened.graph);
    this.list.show(opened, inspection);
    this.detail.show(opened, inspection, surgery);
    const words = wordFinding(this.finding, inspection, this.categories);
    showFinding(this.finding, words);
    this.duration = performance.now() - begin;
    const time = Math.max(1, Math.round(this.duration));
    find("li-time", HTMLElement).textContent = `every map in ${time} ms`;
    this.why.ask(this.question(), inspection);
    this.tell(opened);
    this.address.writeSoon(() => this.text());
    this.tool.speakSoon(() => `${words.decibels}. ${words.names} ${this.spoken()}`);
  }

  /**
   * Tell whoever listens how things stand, as a tour does.
   *
   * @param {import("../lib/bench.js").Opened} opened the network that is looked at
   */
  tell({ layers, body }) {
    const { network, layer, map, pixel, off, why, chosen } = this.inspection;
    const at = /** @type {Layer} */ (layers.find(({ id }) => id === layer));
    const skips = layers.filter(
      (one) => one.join && !one.join.isBlock && off.includes(nameOfWay(body, one, "short")),
    );
    const { now, whole } = this.finding ?? {};
    /** @type {import("../lib/tour.js").Looked} */
    const detail = {
      ...{ network, layer, map, pixel, why, off: off.length, skips: skips.length },
      layerTitle: titleOf(at, layers),
      named: now ? this.categories[rank(now.logits, chosen)[0].place] : "nothing",
      decibels: now?.decibels ?? Number.NaN,
      whole: whole?.decibels ?? Number.NaN,
    };
    this.tool.element.dispatchEvent(new CustomEvent(CHANGED, { detail, bubbles: true }));
  }

  /** The drawing, if there is one. */
  clean() {
    const pixels = this.pad.pixels();
    return pixels && shares(pixels);
  }

  /** A picture of nothing. */
  paper() {
    return new Float32Array(PIXELS);
  }

  spoken() {
    return find("li-value", HTMLElement).textContent ?? "";
  }

  /**
   * What is asked of the classifier: why it names the picture that it sees as it does.
   *
   * @returns {import("./why.js").Question | null}
   */
  question() {
    if (!this.finding) return null;
    const { network: name, off, patch } = this.inspection;
    const { bench } = this;
    const isDirect = bench.of(name).wanted === "direct_logits";
    const entry = bench.of(isDirect ? "direct" : "classifier");
    const { now, noisy, revision } = this.finding;
    const picture = isDirect ? noisy : now.denoised;
    return {
      network: bench.twins[entry.graph],
      given: entry.from,
      wanted: entry.to,
      picture,
      sees: entry.sees,
      logits: isDirect ? now.direct : now.logits,
      side: patch,
      surgery: bench.surgery(off, entry.graph),
      key: [entry.name, bench.of(name).graph, patch, off.join(), revision].join(" "),
    };
  }

  // While the pen moves, the networks may take a part of the time only, or the line would lag.
  updateSoon() {
    this.pad.show();
    this.soon ??= setTimeout(
      () => {
        this.soon = undefined;
        if (this.pad.surface.stroke) this.update();
      },
      Math.max(16, 2 * this.duration),
    );
  }

  showControls() {
    const { kind, level, chosen, network, off } = this.inspection;
    this.kind.value = kind;
    for (const slider of this.levels) {
      slider.value = String(level);
      find(`${slider.id}-value`, HTMLElement).textContent = level.toFixed(2);
    }
    for (const radio of this.networks) radio.checked = radio.value === network;
    this.showAmong(chosen);
    setDisabled(find("li-restore", HTMLButtonElement), !off.length, this.list.chosen);
    const count =
      off.length === 1 ? "one part is switched off" : `${off.length} parts are switched off`;
    find("li-off-count", HTMLElement).textContent = off.length ? count : "";
  }

  /** @param {number[]} chosen places of the categories to choose among */
  showAmong(chosen) {
    if (this.amongShown === chosen) return;
    this.amongShown = chosen;
    const options = [new Option(`all ${this.all.length}`, "all")];
    if (this.few !== this.all)
      options.unshift(new Option(`the book’s ${number(this.few.length)}`, "few"));
    const isAll = chosen.length === this.all.length;
    const isFew = areSame(chosen, this.few);
    if (!isAll && !isFew) options.push(new Option(`the address’s ${number(chosen.length)}`, "own"));
    this.among.replaceChildren(...options);
    this.among.value = isAll ? "all" : isFew ? "few" : "own";
  }
}
