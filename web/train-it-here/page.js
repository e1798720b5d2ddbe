// @ts-check
// The page that trains: its state, with what each of the reader's acts does to it.

import { shapesOf } from "../lib/autoencoder.js";
import { PIXELS } from "../lib/canvas.js";
import { addNoise } from "../lib/noise.js";
import { readNpz, writeNpz } from "../lib/npz.js";
import { AXES, Runs } from "../lib/runs.js";
import { BATCHES, FILTERS, RATES, read, write } from "../lib/training_state.js";
import { verdict, weightsIn, weightsOf } from "../lib/training_words.js";
import { decimal, lossText, thousands } from "../lib/words.js";
import { Address } from "../surface/address.js";
import { STOPPED } from "../surface/background.js";
import { Cells } from "../surface/cells.js";
import { find, make, paint, setText, shares } from "../surface/dom.js";
import { Pad } from "../surface/pad.js";
import { Curve } from "./curve.js";
import { layoutOf, nineOf, paintFilters, showNine } from "./filters.js";

/** @typedef {import("../lib/course.js").Report} Report */
/** @typedef {{ weights: Float32Array[], name: string }} Loaded weights from a file */
/** @typedef {import("../lib/parts.js").Parts} Parts */
/** @typedef {import("../lib/training_state.js").State} State */
/** @typedef {import("../surface/tool.js").Tool} Tool */

const WANTED = "cat";
const KIND = "gaussian";
// How long the network is trained before the page is heard again: milliseconds.
const SLICE = 40;
const FILE = "autoencoder.npz";
const MOST_BYTES = 64_000_000;

/** @param {number} loss */
const worded = (loss) => (Number.isFinite(loss) ? lossText(loss) : "no number");

/**
 * @param {File} file
 * @returns {Promise<Float32Array[] | null>} null, if it holds none of a network that the page may open
 */
async function readWeights(file) {
  if (file.size > MOST_BYTES) return null;
  try {
    return weightsIn(await readNpz(new Uint8Array(await file.arrayBuffer())));
  } catch {
    return null;
  }
}

export class Page {
  /**
   * @param {Tool} tool
   * @param {import("../surface/background.js").Background} background
   * @param {import("../data/drawings.js").SampleDrawing[]} drawings to pick
   */
  constructor(tool, background, drawings) {
    this.tool = tool;
    this.background = background;
    this.pad = new Pad("ti", drawings, {
      change: () => this.change({ drawing: this.pad.current }),
      grow: () => this.showDrawing(),
    });
    this.runs = new Runs();
    this.curve = new Curve(/** @type {Element} */ (document.getElementById("ti-curve")), this.runs);
    this.all = find("ti-all", HTMLCanvasElement);
    this.cells = new Cells(this.all, (row, column) => {
      const look = row * layoutOf(this.state.filters)[1] + column;
      if (look < this.state.filters) this.change({ look });
    });
    this.rate = this.choice("rate", RATES);
    this.batch = this.choice("batch", BATCHES);
    this.filters = this.choice("filters", FILTERS);
    this.axis = find("ti-axis", HTMLSelectElement);
    this.axis.replaceChildren(...AXES.map((axis) => new Option(axis, axis)));
    this.axis.addEventListener("change", () => {
      const axis = AXES.find((one) => one === this.axis.value);
      if (axis) this.change({ axis });
    });
    this.forget = this.button("forget", () => {
      this.runs.forget();
      this.showCurves();
      // The button goes with what it cleared.
      this.axis.focus({ preventScroll: true });
    });
    this.level = find("ti-level", HTMLInputElement);
    this.level.addEventListener("input", () => this.change({ level: Number(this.level.value) }));
    this.run = this.button("run", () => this.pressRun());
    this.button("step", () => this.go("step"));
    this.button("reset", () => this.reset(this.loaded));
    this.button("renew", () => {
      this.change({ seed: (this.state.seed + 1) % 2 ** 31 });
      this.tool.say("Other random weights: the training begins anew.");
    });
    this.button("save", () => this.save());
    this.button("share", () =>
      this.tool.share("the drawing and how the network learns, not its weights"),
    );
    const load = find("ti-load", HTMLInputElement);
    load.addEventListener("change", () => {
      if (load.files?.length) this.load(load.files[0]);
      // The same file may be chosen again.
      load.value = "";
    });
    /** @type {"rest" | "run" | "step" | "pause"} */
    this.mode = "rest";
    /** @type {Promise<void> | null} what trains, while it does */
    this.training = null;
    /** How often the training has begun anew: what was asked before counts no more. */
    this.beginnings = 0;
    /** Steps taken, and how many there were when another one was asked for. */
    this.steps = this.stepsBefore = 0;
    /** @type {Report | null} */
    this.latest = null;
    /** @type {Report | null} before the first step */
    this.first = null;
    /** @type {Loaded | undefined} what it began with, if not with random weights */
    this.loaded = undefined;
    this.count = 0;
    /** @type {Float32Array} */
    this.noisy = new Float32Array(PIXELS);
    this.isStale = this.isFramePlanned = false;
    /** @type {Promise<void> | null} what cleans the drawing, while it does */
    this.cleaning = null;
    /** @type {State} */
    this.start = {
      drawing: this.pad.picks.first([WANTED]),
      ...{ rate: 0.004, filters: 32, level: 0.5, batch: 16, seed: 1, look: 0 },
      axis: AXES[0],
    };
    /** @type {State} */
    this.state = this.start;
    this.isOpen = false;
    this.address = new Address(tool, (parts, isOpening) => this.takeParts(parts, isOpening));
  }

  /** @type {(name: string, act: () => void) => HTMLButtonElement} */
  button(name, act) {
    const button = find(`ti-${name}`, HTMLButtonElement);
    button.addEventListener("click", act);
    return button;
  }

  /**
   * @param {"rate" | "batch" | "filters"} name
   * @param {number[]} numbers
   */
  choice(name, numbers) {
    const choice = find(`ti-${name}`, HTMLSelectElement);
    choice.replaceChildren(
      ...numbers.map((number) =>
        make("option", { value: String(number), textContent: String(number) }),
      ),
    );
    choice.addEventListener("change", () => {
      const number = Number(choice.value);
      if (numbers.includes(number)) this.change({ [name]: number });
    });
    return choice;
  }

  /** @param {{ training: string, heldOut: string }} lesson the drawings, packed */
  async open(lesson) {
    this.address.open();
    const plain = typeof WebAssembly === "undefined";
    const what = { lesson, settings: this.state, plain };
    const { isPlain, blind, count } = await this.background.call("open", what);
    this.curve.blind = blind;
    this.count = count;
    if (isPlain) {
      setText(
        "ti-slow",
        "This browser runs no WebAssembly, so the network is computed in plain JavaScript: training is slow here and takes ten times as long, or more.",
      );
    }
    this.isOpen = true;
    this.drawNow();
    await this.reset();
    // Open is what shows all that it has to show.
    await this.cleanSoon();
    this.update();
  }

  // ---- The state.

  /** @type {(parts: Parts, isOpening: boolean) => boolean} */
  takeParts(parts, isOpening) {
    const before = this.state;
    const state = read(parts, this.start, this.pad.picks.all);
    if (parts.areForeign && !isOpening) return false;
    this.state = state;
    this.pad.open(state.drawing);
    if (this.isOpen) this.follow(before);
    this.tool.sayWhatWasRefused(parts);
    return true;
  }

  /** @param {Partial<State>} part */
  change(part) {
    const before = this.state;
    this.state = { ...before, ...part };
    this.tool.say("");
    this.follow(before);
  }

  /** @param {State} before the state was this */
  follow(before) {
    const { filters, seed, level } = this.state;
    this.state.look = Math.min(this.state.look, filters - 1);
    if (filters !== before.filters || seed !== before.seed) this.reset();
    else {
      this.ask("set", this.state);
      if (level !== before.level && this.mode === "rest") this.go("pause");
    }
    this.update();
  }

  // ---- Training.

  /**
   * Have the worker do something, and say so if it no longer can.
   *
   * @param {string} task
   * @param {unknown} [argument]
   * @returns {Promise<any>}
   */
  async ask(task, argument) {
    try {
      return await this.background.call(task, argument);
    } catch (error) {
      this.mode = "rest";
      this.showControls();
      this.tool.say(STOPPED);
      throw error;
    }
  }

  pressRun() {
    if (this.mode === "run") {
      this.mode = "pause";
      this.showControls();
    } else this.go("run");
  }

  /** @param {"run" | "step" | "pause"} mode `pause` measures how it stands, without another drawing */
  go(mode) {
    this.mode = mode;
    this.stepsBefore = this.steps;
    this.tool.say("");
    this.showControls();
    this.training ??= this.train().finally(() => {
      this.training = null;
      this.showControls();
    });
  }

  async train() {
    const worker = await this.background.worker;
    while (this.mode !== "rest") {
      const { beginnings, mode } = this;
      const how = { time: SLICE, isOne: mode === "step", isLast: mode === "pause" };
      const { step, looked, report } = await this.ask("work", how);
      // Without a worker the page itself has been at work: it must be heard in between.
      if (!worker) await new Promise((resolve) => setTimeout(resolve));
      if (beginnings !== this.beginnings) continue;
      this.steps = step;
      this.showCount(step, looked);
      if (!report) continue;
      this.take(report);
      // Measured at a level that is no longer asked for.
      if (mode === "pause" && report.level !== this.state.level) continue;
      // What was being measured when a step was asked for.
      if (mode === "step" && step === this.stepsBefore) continue;
      if (mode !== "run" || !Number.isFinite(report.heldOut)) {
        if (this.mode === mode) this.mode = "rest";
        this.tool.speakSoon(() => this.spoken());
      }
    }
  }

  /**
   * Begin anew.
   *
   * @param {Loaded} [loaded] what to begin with; random weights by default
   * @returns {Promise<boolean>} whether nothing began anew meanwhile
   */
  async reset(loaded) {
    this.mode = "rest";
    this.loaded = loaded;
    this.beginnings += 1;
    const { beginnings } = this;
    this.showControls();
    const what = { settings: this.state, weights: loaded?.weights };
    const report = await this.ask("reset", what);
    if (beginnings !== this.beginnings) return false;
    this.runs.begin(loaded ? `weights of “${loaded.name}”` : `random weights ${this.state.seed}`);
    this.latest = null;
    this.steps = 0;
    this.showCount(0, 0);
    this.take(report);
    this.cleanSoon();
    this.tool.speakSoon(() => this.spoken());
    return true;
  }

  /** @param {Report} report */
  take(report) {
    // Measured again without another step.
    if (report.step === this.latest?.step) report.training ??= this.latest.training;
    report.each ||= this.latest?.each ?? 0;
    this.latest = report;
    if (!report.step) this.first = report;
    this.runs.now.add(report);
    this.showCurves();
    this.showReport();
    // What the reader has drawn meanwhile is cleaned besides.
    if (!this.cleaning && !this.isStale) this.showCleaned(report.cleaned);
  }

  // ---- From the state to what is shown.

  update() {
    this.showControls();
    this.showDrawing();
    this.showFilters();
    this.showCurves();
    this.address.writeSoon(() => write(this.state));
  }

  showControls() {
    const { rate, filters, level, batch, axis } = this.state;
    this.run.textContent = this.mode === "run" ? "Pause" : "Start";
    this.rate.value = String(rate);
    this.batch.value = String(batch);
    this.filters.value = String(filters);
    this.axis.value = axis;
    this.level.value = String(level);
    setText("ti-level-value", decimal(level));
  }

  /** Show the drawing with its noise in the next frame, however much of it there is by then. */
  showDrawing() {
    if (this.isFramePlanned) return;
    this.isFramePlanned = true;
    requestAnimationFrame(() => {
      this.isFramePlanned = false;
      this.drawNow();
      this.cleanSoon();
    });
  }

  drawNow() {
    this.pad.show();
    const clean = shares(this.pad.pixels() ?? new Uint8Array(PIXELS));
    this.noisy = addNoise(clean, this.state.level, KIND, this.state.seed);
    paint(find("ti-noisy", HTMLCanvasElement), this.noisy);
  }

  /**
   * Have the drawing cleaned, then what has become of it meanwhile.
   *
   * @returns {Promise<void>} until it is shown
   */
  cleanSoon() {
    this.isStale = true;
    this.cleaning ??= this.clean();
    return this.cleaning;
  }

  async clean() {
    try {
      while (this.isStale) {
        this.isStale = false;
        this.showCleaned(await this.ask("clean", this.noisy));
      }
    } finally {
      this.cleaning = null;
    }
  }

  /** @param {Float32Array} cleaned */
  showCleaned(cleaned) {
    // What is no number is painted like paper.
    paint(
      find("ti-cleaned", HTMLCanvasElement),
      cleaned.map((value) => value || 0),
    );
  }

  /** @type {(step: number, looked: number) => void} */
  showCount(step, looked) {
    const drawings = step ? ` of the next` : "";
    const begun = weightsOf(this.loaded?.name);
    const more = looked ? `, and ${looked} of ${this.state.batch} drawings${drawings}` : "";
    setText("ti-count", step || looked ? `Step ${thousands(step)}${more}` : `Step 0: ${begun}`);
    setText(
      "ti-cleaned-title",
      step
        ? `what it gives after ${thousands(step)} ${step === 1 ? "step" : "steps"}`
        : `what it gives with ${begun}`,
    );
  }

  showReport() {
    const { latest, first, loaded } = this;
    if (!latest || !first) return;
    const { drawings, training, heldOut, before, decibels, each } = latest;
    const passes = decimal(drawings / this.count, 1);
    const pace = each ? `, ${decimal(each, each < 10 ? 1 : 0)} ms each` : "";
    const looked = `${thousands(drawings)} drawings looked at${pace}: ${passes} times the ${thousands(this.count)} there are. `;
    const learned = training === null ? "" : `${worded(training)} on training drawings, `;
    const clean = Number.isFinite(decibels) ? `${decimal(decibels, 1)} dB` : "no number";
    setText(
      "ti-numbers",
      `${looked}Loss: ${learned}${worded(heldOut)} on drawings kept out, ` +
        `which have ${decimal(before, 1)} dB under noise, denoised ${clean}.`,
    );
    setText("ti-verdict", verdict(latest, first, loaded !== undefined));
    this.showFilters();
  }

  /** The curves, with what the earlier ones are. */
  showCurves() {
    const { runs } = this;
    this.curve.axis = this.state.axis;
    this.curve.show();
    this.forget.hidden = !runs.kept.length;
    const items = runs.kept.map(({ letter, run }, i) => {
      const item = make("li", { className: `ti-${i}` });
      item.append(make("strong", { textContent: letter }), ` ${runs.word(run)}`);
      return item;
    });
    if (items.length) items.push(make("li", { textContent: `now: ${runs.word(runs.now)}` }));
    const list = find("ti-runs", HTMLElement);
    list.hidden = !items.length;
    list.replaceChildren(...items);
  }

  showFilters() {
    const { latest, first } = this;
    const { look } = this.state;
    if (!latest || !first) return;
    const filters = latest.filters.length / 9;
    const most = Math.max(...latest.filters.map((weight) => Math.abs(weight) || 0), 1e-9);
    const [rows, columns] = layoutOf(filters);
    paintFilters(this.all, latest.filters, filters, most, look);
    this.cells.set(rows, columns, Math.floor(look / columns), look % columns);
    this.all.setAttribute(
      "aria-label",
      `The first layer’s ${filters} filters, filter ${look} framed; arrow keys choose another`,
    );
    setText("ti-look-title", `Filter ${look}, its nine weights`);
    if (look >= filters) return;
    showNine(nineOf(latest.filters, filters, look), nineOf(first.filters, filters, look), most);
  }

  spoken() {
    const { latest } = this;
    if (!latest) return "";
    return `Step ${latest.step}: the loss on drawings kept out is ${worded(latest.heldOut)}.`;
  }

  // ---- The weights.

  async save() {
    const weights = await this.ask("weights");
    const shapes = shapesOf(weights[1].length);
    const bytes = writeNpz(
      shapes.map((shape, /** @type {number} */ i) => ({ shape, values: weights[i] })),
    );
    const link = make("a", { download: FILE });
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/zip" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    this.tool.say(`The weights are saved as ${FILE}.`);
  }

  /** @param {File} file */
  async load(file) {
    const refusal =
      `“${file.name}” holds no weights of this network. It reads what numpy’s savez writes of ` +
      `model.get_weights(), for chapter 3’s layers with ${FILTERS.join(", ")} filters each.`;
    const weights = await readWeights(file);
    if (!weights) {
      this.tool.say(refusal);
      return;
    }
    const filters = weights[1].length;
    this.state = { ...this.state, filters, look: Math.min(this.state.look, filters - 1) };
    if (!(await this.reset({ weights, name: file.name }))) return;
    this.update();
    this.tool.say(`The weights of “${file.name}” are in use: ${filters} filters a layer.`);
  }
}
