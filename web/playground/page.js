// @ts-check
// The playground itself: its state, with what each of the reader's acts does to it.

import words from "../../qdtools/drawings/pictures.json" with { type: "json" };
import { countFeatures } from "../lib/features.js";
import { KINDS, MAX_LEVEL } from "../lib/noise.js";
import { read, write } from "../lib/state.js";
import { number, title } from "../lib/words.js";
import { Address } from "../surface/address.js";
import { Background, STOPPED } from "../surface/background.js";
import { find, make } from "../surface/dom.js";
import { Pad } from "../surface/pad.js";
import { answerOf, showAnswer, wordAnswer } from "./answer.js";
import { Categories } from "./categories.js";
import { Own } from "./own.js";
import { makeTasks } from "./tasks.js";

/** @typedef {import("../lib/parts.js").Parts} Parts */
/** @typedef {import("../lib/state.js").State} State */
/** @typedef {import("../surface/tool.js").Tool} Tool */

const START = { kind: Object.keys(KINDS)[0], level: 0.75, seed: 1 };
/** @type {import("../lib/drawn.js").Drawing} */
const EMPTY = { type: "strokes", strokes: [] };
/** Told on the tool's element, with the state, whenever what the playground shows has changed. */
const CHANGED = "playground:changed";

/**
 * @param {string} name
 * @param {(event: Event) => void} act
 * @param {string} [type] of the event
 */
const on = (name, act, type = "click") =>
  find(`pg-${name}`, HTMLElement).addEventListener(type, act);

export class Page {
  /**
   * @param {Tool} tool
   * @param {Background} networks that run in it
   * @param {import("../data/networks.js").Networks} description of them
   * @param {import("../lib/learning.js").Background | null} background of what they know
   * @param {import("../data/drawings.js").SampleDrawing[]} drawings to pick
   */
  constructor(tool, networks, description, background, drawings) {
    const { categories, focus, graph } = description;
    this.tool = tool;
    this.networks = networks;
    this.description = description;
    /** @type {Promise<Background> | undefined} what learns the reader's own names */
    this.learner = undefined;
    this.state = /** @type {State} */ ({ ...START, chosen: [], drawing: EMPTY });
    /** @type {import("./answer.js").Answer | null} */
    this.answer = null;
    /** Whether what is shown is no answer to the state as it is. */
    this.isStale = false;
    /** Until there is an answer to the state as it is. @type {Promise<void> | undefined} */
    this.answering = undefined;
    /** @type {Background | undefined} that reads a picture at the moment */
    this.reader = undefined;
    this.results = find("pg-results", HTMLElement);
    this.hint = make("span");
    this.add = make("button", { type: "button" });
    find("pg-hint", HTMLElement).replaceChildren(this.hint, this.add);
    this.categories = new Categories(categories, focus, {
      choose: (chosen) => this.choose(chosen),
      say: (text) => tool.say(text),
    });
    this.pad = new Pad("pg", drawings, {
      change: () => this.change({ drawing: this.pad.current }),
      grow: () => this.grow(),
    });
    const layers = countFeatures(description);
    this.own = new Own(
      { graph, layers, categories, background },
      {
        learner: () => this.hireLearner(),
        pixels: () => this.pad.pixels(),
        chosen: () => this.state.chosen,
        choose: (known) => this.chooseKnown(known),
        take: () => this.pad.set(EMPTY),
        change: () => this.changeOwn(),
        say: (text) => tool.say(text),
      },
    );
    for (const id of ["pg-own", "pg-own-again"]) find(id, HTMLElement).hidden = !layers.length;
    this.address = new Address(tool, (parts, isOpening) => this.take(parts, isOpening));
    this.kind = find("pg-kind", HTMLSelectElement);
    this.kind.replaceChildren(...Object.keys(KINDS).map((kind) => new Option(title(kind), kind)));
    this.level = find("pg-level", HTMLInputElement);
    this.level.max = String(MAX_LEVEL);
    this.listen();
    const { few } = this.categories;
    const drawing = this.pad.picks.first(few.map((index) => categories[index]));
    /** @type {State} */
    this.start = { ...START, chosen: few, drawing };
    this.state = this.start;
    this.address.open();
    if (layers.length && this.own.things.length) this.own.learnSoon();
  }

  listen() {
    // A script may leave none chosen.
    on("kind", () => this.kind.value && this.change({ kind: this.kind.value }), "change");
    on("level", () => this.setLevel(Number(this.level.value)), "input");
    on("renew", () => this.change({ seed: crypto.getRandomValues(new Uint32Array(1))[0] >>> 12 }));
    on("share", () => this.share());
    this.add.addEventListener("click", () => this.addPicked());
    const field = find("pg-upload", HTMLInputElement);
    field.accept = [
      "image/*",
      ...words.formats.flatMap(({ ends }) => ends.map((end) => `.${end}`)),
    ].join();
    on("upload", () => this.upload(field), "change");
  }

  // ---- The state.

  /** @type {(parts: Parts, isOpening: boolean) => boolean} */
  take(parts, isOpening) {
    const { names } = this.categories;
    const state = read(parts, this.start, names, this.pad.picks.all);
    if (parts.areForeign && !isOpening) return false;
    this.state = state;
    this.pad.open(state.drawing);
    this.showControls();
    this.update();
    this.tool.sayWhatWasRefused(parts);
    return true;
  }

  /** @returns {string} */
  text() {
    return write(this.state, this.categories.names);
  }

  /** @param {Partial<State>} part */
  change(part) {
    this.state = { ...this.state, ...part };
    this.tool.say("");
    this.update();
  }

  // ---- From the state to what is shown.

  update() {
    this.pad.show();
    this.showHint();
    this.address.writeSoon(() => this.text());
    this.ask();
  }

  /** The stroke that is being drawn has grown. */
  grow() {
    this.pad.show();
    this.ask();
  }

  /** Have the networks answer, when they have answered what they were asked before. */
  ask() {
    this.isStale = true;
    this.results.setAttribute("aria-busy", "true");
    this.answering ??= this.answerAll();
  }

  async answerAll() {
    try {
      while (this.isStale) {
        this.isStale = false;
        await this.answerOnce();
      }
    } catch (error) {
      this.tool.say(STOPPED);
      throw error;
    } finally {
      this.answering = undefined;
      this.results.setAttribute("aria-busy", "false");
    }
    this.tool.speakSoon(() => wordAnswer(this.answer));
    this.tell();
  }

  async answerOnce() {
    const begin = performance.now();
    const pixels = this.pad.pixels();
    const { level, kind, seed } = this.state;
    const answered = pixels && (await this.networks.call("answer", { pixels, level, kind, seed }));
    // The surface may have been cleared meanwhile.
    const isThere = this.pad.pixels() !== null;
    const { names } = this.categories;
    const { head, about } = this.own;
    this.answer =
      isThere && answered
        ? answerOf(pixels, answered, this.possible, names, head, about.background)
        : null;
    showAnswer(this.answer);
    const duration = Math.max(1, Math.round(performance.now() - begin));
    find("pg-time", HTMLElement).textContent = this.answer ? `answered in ${duration} ms` : "";
  }

  /** Tell whoever listens how things stand, as a tour does. */
  tell() {
    const { names } = this.categories;
    const { drawing, kind, level, seed } = this.state;
    const { direct = null, chain = null } = this.answer ?? {};
    const categories = this.possible.map((index) => names[index]);
    const own = this.own.head?.categories ?? [];
    const examples = this.own.things.map((thing) => [thing.name, thing.examples.length]);
    const detail = { drawing, kind, level, seed, categories, own, examples, direct, chain };
    this.tool.element.dispatchEvent(new CustomEvent(CHANGED, { detail, bubbles: true }));
  }

  showControls() {
    const { kind, level } = this.state;
    this.kind.value = kind;
    this.level.value = String(level);
    this.showLevel();
    this.showCategories();
  }

  showCategories() {
    this.categories.show(this.state.chosen, this.own.head, this.own.isAlone);
  }

  /** The places of the known names that may be answered. */
  get possible() {
    return this.own.isAlone ? [] : this.state.chosen;
  }

  showLevel() {
    find("pg-level-value", HTMLElement).textContent = this.state.level.toFixed(2);
  }

  /** The place of what was picked, if it is not among what may be answered. */
  get missing() {
    const { drawing } = this.state;
    if (drawing.type !== "pick") return undefined;
    const index = this.categories.names.indexOf(drawing.category);
    return index < 0 || this.possible.includes(index) ? undefined : index;
  }

  showHint() {
    const index = this.missing;
    find("pg-hint", HTMLElement).hidden = index === undefined;
    if (index === undefined) return;
    const name = this.categories.names[index];
    const own = this.own.head?.categories.length ?? 0;
    const count = number(this.possible.length + own);
    this.hint.textContent = `You picked a drawing of the category ${name}, which is not among the ${count} names to choose from. `;
    this.add.textContent = `Add ${name}`;
  }

  // ---- What a reader does.

  /** @param {number} level */
  setLevel(level) {
    this.change({ level });
    this.showLevel();
  }

  addPicked() {
    const index = this.missing;
    if (index !== undefined) this.choose([...new Set([...this.state.chosen, index])]);
    // The button is gone.
    /** @type {HTMLElement | null} */ (
      find("pg-picks", HTMLElement).querySelector("[aria-pressed=true]")
    )?.focus();
  }

  /** @param {number[]} chosen */
  choose(chosen) {
    this.own.join();
    this.change({ chosen });
    this.showCategories();
    this.own.showScores();
  }

  /** @param {string[]} known names that a file was learned beside */
  chooseKnown(known) {
    const places = known.map((name) => this.categories.names.indexOf(name));
    // One name by itself is no choice that an address could hold.
    const chosen = places.length > 1 ? places : [...new Set([...this.state.chosen, ...places])];
    const { names } = this.categories;
    this.state = {
      ...this.state,
      chosen: chosen.length === names.length ? [...names.keys()] : chosen,
    };
  }

  /** The reader's own names have changed. */
  changeOwn() {
    this.showCategories();
    this.update();
  }

  /** @returns {Promise<Background>} another worker, so that answers need not wait for what is learned */
  hireLearner() {
    this.learner ??= (async () => {
      const learner = new Background(makeTasks());
      const plain = typeof WebAssembly === "undefined";
      await learner.call("open", { description: this.description, plain });
      return learner;
    })();
    return this.learner;
  }

  share() {
    const own = this.own.head ? "; names of your own stay here" : "";
    this.tool.share(`the drawing, the noise and the categories${own}`);
  }

  /** @param {HTMLInputElement} input */
  async upload(input) {
    const [file] = input.files ?? [];
    if (!file) return;
    this.tool.say("Reading the picture …");
    // The latest counts; with its worker goes the memory that a large picture took.
    this.reader?.end();
    const reader = new Background(makeTasks());
    this.reader = reader;
    let reading;
    try {
      // A browser may know workers, but no canvas in them.
      const isAlone = typeof OffscreenCanvas === "undefined";
      const asked = isAlone ? reader.tasks.read(file) : reader.call("read", file);
      reading = /** @type {import("./tasks.js").Reading} */ (await asked);
    } catch {
      reading = { refused: "This picture could not be read; try a smaller one." };
    }
    if (this.reader !== reader) return;
    this.reader = undefined;
    reader.end();
    // The same file may be chosen again.
    input.value = "";
    if ("refused" in reading) {
      this.tool.say(reading.refused);
      return;
    }
    this.pad.set({ type: "image", pixels: reading.pixels });
    this.tool.say(`Taken for ${reading.told}.`);
  }
}
