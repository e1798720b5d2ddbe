// @ts-check
// The playground itself: its state, with what each of the reader's acts does to it.

import { PIXELS } from "../lib/canvas.js";
import { KINDS, MAX_LEVEL } from "../lib/noise.js";
import { decode } from "../lib/picture_files.js";
import { PictureError, read as readPicture } from "../lib/pictures.js";
import { rint } from "../lib/rounding.js";
import { GRID, read, write } from "../lib/state.js";
import { draw, normalise } from "../lib/strokes.js";
import { title } from "../lib/words.js";
import { find } from "../surface/dom.js";
import { Surface } from "../surface/surface.js";
import { Address } from "./address.js";
import { answerTo, showAnswer, wordAnswer } from "./answer.js";
import { Categories } from "./categories.js";
import { Picks } from "./picks.js";

/** @typedef {import("../lib/network.js").Network} Network */
/** @typedef {import("../lib/state.js").Drawing} Drawing */
/** @typedef {import("../lib/state.js").State} State */
/** @typedef {import("../lib/strokes.js").Point} Point */
/** @typedef {import("./picks.js").Pick} Pick */

const START = { kind: Object.keys(KINDS)[0], level: 0.75, seed: 1 };
// A drawing smaller than this share of the surface is not blown up to its full size.
const DOT = GRID / 8;
// How long the page must be quiet before the answer is spoken; milliseconds.
const QUIET = 700;

/**
 * @param {string} name
 * @param {(event: Event) => void} act
 * @param {string} [type] of the event
 */
const on = (name, act, type = "click") =>
  find(`pg-${name}`, HTMLElement).addEventListener(type, act);

export class Page {
  /**
   * @param {Network} network
   * @param {{ categories: string[], focus: string[] }} about the network
   * @param {import("../data/drawings.js").SampleDrawing[]} drawings to pick
   */
  constructor(network, { categories, focus }, drawings) {
    this.network = network;
    /** @type {Drawing[]} what undoing goes back to */
    this.past = [];
    this.duration = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.speakTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    /** @type {import("./answer.js").Answer | null} */
    this.answer = null;
    this.picks = new Picks(drawings, (pick) => this.pick(pick));
    this.categories = new Categories(categories, focus, {
      choose: (chosen) => this.choose(chosen),
      say: (text) => this.say(text),
    });
    this.surface = new Surface(find("pg-surface", HTMLCanvasElement), {
      begin: () => this.beginStroke(),
      move: () => this.updateSoon(),
      end: (stroke) => this.endStroke(stroke),
    });
    this.address = new Address(() => this.readAddress());
    this.kind = find("pg-kind", HTMLSelectElement);
    this.kind.replaceChildren(...Object.keys(KINDS).map((kind) => new Option(title(kind), kind)));
    this.level = find("pg-level", HTMLInputElement);
    this.level.max = String(MAX_LEVEL);
    this.listen();
    const { few } = this.categories;
    const drawing = this.picks.first(few.map((index) => categories[index]));
    /** @type {State} */
    this.start = { ...START, chosen: few, drawing };
    this.state = this.start;
    this.before = drawing;
    this.readAddress();
  }

  listen() {
    on("kind", () => this.change({ kind: this.kind.value }), "change");
    on("level", () => this.setLevel(Number(this.level.value)), "input");
    on("renew", () => this.change({ seed: crypto.getRandomValues(new Uint32Array(1))[0] >>> 12 }));
    on("share", () => this.share());
    on("undo", () => this.undo());
    on("clear", () => this.setDrawing({ type: "strokes", strokes: [] }));
    on("upload", () => this.upload(find("pg-upload", HTMLInputElement)), "change");
    // A message lies over the page, so whoever goes on is rid of it.
    window.addEventListener("pointerdown", () => this.say(""), { capture: true });
  }

  // Browsers compile what has run a few times into something faster: let that be before a click.
  warmUp() {
    for (let round = 1; round <= 5; round += 1) {
      setTimeout(() => this.network.run(new Float32Array(PIXELS)), 100 * round);
    }
  }

  // ---- The state.

  readAddress() {
    const { names } = this.categories;
    this.state = read(this.address.read(), this.start, names, this.picks.all);
    this.past = [];
    this.showControls();
    this.update();
  }

  /** @returns {string} */
  text() {
    return write(this.state, this.categories.names);
  }

  /** @param {Partial<State>} part */
  change(part) {
    this.state = { ...this.state, ...part };
    this.say("");
    this.update();
  }

  /** @param {Drawing} drawing */
  setDrawing(drawing) {
    this.past.push(this.state.drawing);
    this.change({ drawing });
  }

  /** The finished strokes, of which a pick or a picture has none. */
  strokes() {
    const { drawing } = this.state;
    return drawing.type === "strokes" ? drawing.strokes : [];
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
  cleanPixels() {
    const { drawing } = this.state;
    if (drawing.type === "image") return drawing.pixels;
    if (drawing.type === "pick") return this.picks.of(drawing)?.pixels ?? null;
    const strokes = this.allStrokes();
    return strokes.length ? draw(normalise(strokes, DOT)) : null;
  }

  // ---- From the state to what is shown.

  update() {
    const begin = performance.now();
    this.showDrawing();
    const pixels = this.cleanPixels();
    find("pg-undo", HTMLButtonElement).disabled = !this.past.length && !this.strokes().length;
    find("pg-clear", HTMLButtonElement).disabled = !pixels;
    this.answer = pixels && answerTo(this.network, pixels, this.state);
    showAnswer(this.answer);
    this.duration = performance.now() - begin;
    find("pg-time", HTMLElement).textContent = this.answer
      ? `answered in ${Math.max(1, Math.round(this.duration))} ms`
      : "";
    this.address.writeSoon(() => this.text());
    clearTimeout(this.speakTimer);
    this.speakTimer = setTimeout(() => setText("pg-spoken", wordAnswer(this.answer)), QUIET);
  }

  // While the pen moves, the networks may take a part of the time only, or the line would lag.
  updateSoon() {
    this.showDrawing();
    this.soon ??= setTimeout(
      () => {
        this.soon = undefined;
        if (this.surface.stroke) this.update();
      },
      Math.max(16, 2 * this.duration),
    );
  }

  showDrawing() {
    const { drawing } = this.state;
    const pixels = drawing.type === "strokes" ? null : this.cleanPixels();
    if (pixels) this.surface.showImage(pixels);
    else this.surface.showStrokes(this.allStrokes());
    this.surface.canvas.setAttribute("aria-label", `Drawing surface, ${describe(drawing)}`);
    this.picks.show(drawing);
  }

  showControls() {
    const { kind, level, chosen } = this.state;
    this.kind.value = kind;
    this.level.value = String(level);
    this.showLevel();
    this.categories.show(chosen);
  }

  showLevel() {
    find("pg-level-value", HTMLElement).textContent = this.state.level.toFixed(2);
  }

  /** @param {string} text to the reader */
  say(text) {
    setText("pg-message", text);
  }

  // ---- What a reader does.

  /** @param {number} level */
  setLevel(level) {
    this.change({ level });
    this.showLevel();
  }

  beginStroke() {
    this.before = this.state.drawing;
    /** @type {Drawing} */
    const drawing = { type: "strokes", strokes: this.strokes() };
    this.state = { ...this.state, drawing };
    this.updateSoon();
  }

  /** @param {Point[]} stroke */
  endStroke(stroke) {
    this.past.push(this.before);
    this.change({ drawing: { type: "strokes", strokes: [...this.strokes(), stroke] } });
  }

  /** @param {Pick} pick */
  pick({ category, number }) {
    const index = this.categories.names.indexOf(category);
    const { chosen } = this.state;
    // What is picked shall be among what may be answered.
    if (index >= 0 && !chosen.includes(index)) {
      this.state = { ...this.state, chosen: [...chosen, index] };
      this.categories.show(this.state.chosen);
    }
    this.setDrawing({ type: "pick", category, number });
  }

  undo() {
    const drawing = this.past.pop();
    if (drawing) {
      this.change({ drawing });
    } else if (this.strokes().length) {
      // After a reload only the strokes are known.
      this.change({ drawing: { type: "strokes", strokes: this.strokes().slice(0, -1) } });
    }
  }

  /** @param {number[]} chosen */
  choose(chosen) {
    this.change({ chosen });
    this.categories.show(chosen);
  }

  /** @param {HTMLInputElement} input */
  async upload(input) {
    const [file] = input.files ?? [];
    if (!file) return;
    this.say("Reading the picture …");
    // So that the message is seen before the work begins.
    await new Promise((resolve) => setTimeout(resolve, 30));
    try {
      const image = readPicture(await decode(file));
      const pixels = Uint8Array.from(image, (value) => rint(255 * value));
      this.setDrawing({ type: "image", pixels });
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      this.say(error.message);
    }
    // The same file may be chosen again.
    input.value = "";
  }

  async share() {
    this.address.write(this.text());
    const holds = "it holds the drawing, the noise and the categories.";
    try {
      await navigator.clipboard.writeText(location.href);
      this.say(`The link is copied: ${holds}`);
    } catch {
      this.say(`Copy the address of this page: ${holds}`);
    }
  }
}

/**
 * Change a text that is read out when it changes.
 *
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
  const element = find(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
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
