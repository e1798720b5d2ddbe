// @ts-check
// The playground itself: its state, with what each of the reader's acts does to it.

import { PIXELS } from "../lib/canvas.js";
import { KINDS, MAX_LEVEL } from "../lib/noise.js";
import { Parts } from "../lib/parts.js";
import { decode } from "../lib/picture_files.js";
import { PictureError, read as readPicture } from "../lib/pictures.js";
import { rint } from "../lib/rounding.js";
import { read, write } from "../lib/state.js";
import { title } from "../lib/words.js";
import { Address } from "../surface/address.js";
import { find } from "../surface/dom.js";
import { Pad } from "../surface/pad.js";
import { answerTo, showAnswer, wordAnswer } from "./answer.js";
import { Categories } from "./categories.js";

/** @typedef {import("../lib/network.js").Network} Network */
/** @typedef {import("../lib/state.js").State} State */
/** @typedef {import("../surface/picks.js").Pick} Pick */
/** @typedef {import("../surface/tool.js").Tool} Tool */

const START = { kind: Object.keys(KINDS)[0], level: 0.75, seed: 1 };

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
   * @param {Network} network
   * @param {{ categories: string[], focus: string[] }} about the network
   * @param {import("../data/drawings.js").SampleDrawing[]} drawings to pick
   */
  constructor(tool, network, { categories, focus }, drawings) {
    this.tool = tool;
    this.network = network;
    this.duration = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    /** @type {import("./answer.js").Answer | null} */
    this.answer = null;
    this.categories = new Categories(categories, focus, {
      choose: (chosen) => this.choose(chosen),
      say: (text) => tool.say(text),
    });
    this.pad = new Pad("pg", drawings, {
      change: () => this.change({ drawing: this.pad.drawing }),
      grow: () => this.updateSoon(),
      pick: (pick) => this.offer(pick),
    });
    this.address = new Address(() => this.readAddress());
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
    this.readAddress();
  }

  listen() {
    on("kind", () => this.change({ kind: this.kind.value }), "change");
    on("level", () => this.setLevel(Number(this.level.value)), "input");
    on("renew", () => this.change({ seed: crypto.getRandomValues(new Uint32Array(1))[0] >>> 12 }));
    on("share", () => this.share());
    on("upload", () => this.upload(find("pg-upload", HTMLInputElement)), "change");
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
    const parts = new Parts(this.address.read());
    this.state = read(parts, this.start, names, this.pad.picks.all);
    this.pad.open(this.state.drawing);
    this.showControls();
    this.update();
    this.tool.sayWhatWasRefused(parts);
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
    const begin = performance.now();
    this.pad.show();
    const pixels = this.pad.pixels();
    this.answer = pixels && answerTo(this.network, pixels, this.state);
    showAnswer(this.answer);
    this.duration = performance.now() - begin;
    find("pg-time", HTMLElement).textContent = this.answer
      ? `answered in ${Math.max(1, Math.round(this.duration))} ms`
      : "";
    this.address.writeSoon(() => this.text());
    this.tool.speakSoon(() => wordAnswer(this.answer));
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
    const { kind, level, chosen } = this.state;
    this.kind.value = kind;
    this.level.value = String(level);
    this.showLevel();
    this.categories.show(chosen);
  }

  showLevel() {
    find("pg-level-value", HTMLElement).textContent = this.state.level.toFixed(2);
  }

  // ---- What a reader does.

  /** @param {number} level */
  setLevel(level) {
    this.change({ level });
    this.showLevel();
  }

  /** @param {Pick} pick that shall be among what may be answered */
  offer({ category }) {
    const index = this.categories.names.indexOf(category);
    const { chosen } = this.state;
    if (index < 0 || chosen.includes(index)) return;
    this.state = { ...this.state, chosen: [...chosen, index] };
    this.categories.show(this.state.chosen);
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
    this.tool.say("Reading the picture …");
    // So that the message is seen before the work begins.
    await new Promise((resolve) => setTimeout(resolve, 30));
    try {
      const image = readPicture(await decode(file));
      const pixels = Uint8Array.from(image, (value) => rint(255 * value));
      this.pad.set({ type: "image", pixels });
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      this.tool.say(error.message);
    }
    // The same file may be chosen again.
    input.value = "";
  }

  share() {
    this.address.write(this.text());
    this.tool.share("the drawing, the noise and the categories");
  }
}
