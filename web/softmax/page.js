// @ts-check
// The softmax page itself: its state, with what each of the reader's acts does to it.

import { bytesOf } from "../lib/base64.js";
import { crossEntropy, softmaxSteps } from "../lib/cross_entropy.js";
import { MOST, PRESETS, read, shift, TEMPERATURES, write } from "../lib/doubt.js";
import { decimal, lossText, percent, threeDigits, title } from "../lib/words.js";
import { Address } from "../surface/address.js";
import { find, make, paint, setText, shares as sharesOf } from "../surface/dom.js";
import { Curve } from "./curve.js";

/** @typedef {import("../lib/doubt.js").State} State */
/** @typedef {import("../surface/tool.js").Tool} Tool */

// A cat that might be a fish.
const START = [0.5, 2, 1, -1, -2];

/**
 * @typedef {object} Row
 * @property {HTMLElement} element
 * @property {HTMLInputElement} radio
 * @property {HTMLInputElement} slider
 * @property {HTMLElement} logit
 * @property {HTMLElement} power
 * @property {HTMLElement} share
 */

export class Page {
  /**
   * @param {Tool} tool
   * @param {{ names: string[], drawings: import("../data/namings.js").Naming[] }} namings
   */
  constructor(tool, { names, drawings }) {
    this.tool = tool;
    this.tongue = tool.tongue;
    this.names = names;
    this.rows = names.map((name, i) => this.row(name, i));
    find("sm-rows", HTMLElement).replaceChildren(...this.rows.map(({ element }) => element));
    this.presets = Object.entries(PRESETS).map(([name, logits]) => {
      const button = make("button", { type: "button", textContent: this.tongue.say(title(name)) });
      button.addEventListener("click", () =>
        this.change({ logits: logits(this.state.right, names.length) }),
      );
      return button;
    });
    find("sm-presets", HTMLElement).replaceChildren(...this.presets);
    this.temperature = find("sm-temperature", HTMLInputElement);
    this.temperature.min = String(TEMPERATURES.lowest);
    this.temperature.max = String(TEMPERATURES.highest);
    this.temperature.addEventListener("input", () =>
      this.change({ temperature: this.temperature.valueAsNumber }),
    );
    this.more = this.shifter("sm-more", 1);
    this.less = this.shifter("sm-less", -1);
    // What the sliders cannot show is not shown at all.
    this.drawings = drawings.filter(({ logits }) => logits.every((z) => Math.abs(z) <= MOST));
    this.buttons = this.drawings.map((drawing) => this.button(drawing));
    find("sm-drawings", HTMLElement).replaceChildren(...this.buttons);
    this.curve = new Curve(
      /** @type {Element} */ (document.getElementById("sm-curve")),
      this.tongue,
    );
    find("sm-share", HTMLButtonElement).addEventListener("click", () => this.share());
    /** @type {State} */
    this.start = {
      logits: names.map((_, i) => START[i] ?? 0),
      temperature: 1,
      right: Math.min(1, names.length - 1),
    };
    /** @type {State} */
    this.state = this.start;
    this.address = new Address(tool, (parts, isOpening) => this.take(parts, isOpening));
    this.address.open();
  }

  /**
   * @param {string} name
   * @param {number} i its place
   * @returns {Row}
   */
  row(name, i) {
    const radio = make("input", { type: "radio", name: "sm-right", value: name });
    const label = make("label", { className: "sm-name" });
    label.append(radio, ` ${this.tongue.say(name)}`);
    const slider = make("input", { type: "range", min: `${-MOST}`, max: `${MOST}`, step: "0.1" });
    slider.setAttribute(
      "aria-label",
      this.tongue.say("Logit of {name}", { name: this.tongue.say(name) }),
    );
    for (const field of [radio, slider]) field.autocomplete = "off";
    const [logit, power, share] = ["sm-logit", "sm-power", "sm-bar ex-share"].map((className) =>
      make("span", { className }),
    );
    radio.addEventListener("change", () => this.change({ right: i }));
    slider.addEventListener("input", () => {
      const logits = this.state.logits.map((z, j) => (i === j ? slider.valueAsNumber : z));
      this.change({ logits });
    });
    const element = make("div", { className: "sm-row" });
    element.append(label, slider, logit, power, share);
    return { element, radio, slider, logit, power, share };
  }

  /**
   * A button that adds to all logits.
   *
   * @param {string} id
   * @param {number} step
   */
  shifter(id, step) {
    const button = find(id, HTMLButtonElement);
    button.addEventListener("click", () => {
      const logits = shift(this.state.logits, step);
      if (logits) this.change({ logits });
      else {
        const ends = { least: decimal(-MOST), most: MOST };
        this.tool.say(
          this.tongue.say(
            "A logit would leave the sliders, which go from {least} to {most}.",
            ends,
          ),
        );
      }
    });
    return button;
  }

  /** @param {import("../data/namings.js").Naming} drawing */
  button({ category, number, level, pixels, logits }) {
    const name = this.tongue.say("{category}, drawing {number}, noise {level}", {
      category: this.tongue.say(category),
      number,
      level,
    });
    const button = make("button", { type: "button", className: "ex-pick", title: name });
    button.setAttribute("aria-label", name);
    const canvas = make("canvas");
    paint(canvas, sharesOf(bytesOf(pixels)));
    button.append(canvas);
    button.addEventListener("click", () =>
      this.change({ logits, temperature: 1, right: this.names.indexOf(category) }),
    );
    return button;
  }

  // ---- The state.

  /** @type {(parts: import("../lib/parts.js").Parts, isOpening: boolean) => boolean} */
  take(parts, isOpening) {
    const state = read(parts, this.start, this.names);
    if (parts.areForeign && !isOpening) return false;
    this.state = state;
    this.update();
    this.tool.sayWhatWasRefused(parts);
    return true;
  }

  /** @param {Partial<State>} part */
  change(part) {
    this.state = { ...this.state, ...part };
    this.tool.say("");
    this.update();
  }

  share() {
    this.tool.share(this.tongue.say("the logits, the temperature and the right name"));
  }

  // ---- From the state to what is shown.

  update() {
    const { logits, temperature, right } = this.state;
    const { powers, total, shares } = softmaxSteps(logits, temperature);
    const loss = crossEntropy(logits, temperature, right);
    for (const [i, row] of this.rows.entries()) {
      const { radio, slider, logit, power, share, element } = row;
      radio.checked = i === right;
      slider.value = String(logits[i]);
      logit.textContent = decimal(logits[i]);
      power.textContent = threeDigits(powers[i]);
      share.textContent = percent(shares[i]);
      share.style.setProperty("--share", String(shares[i]));
      element.classList.toggle("sm-right", i === right);
    }
    const exponent = make("sup", { textContent: temperature === 1 ? "z" : "z / T" });
    find("sm-power-head", HTMLElement).replaceChildren("e", exponent);
    setText("sm-total", threeDigits(total));
    this.temperature.value = String(temperature);
    setText("sm-temperature-value", decimal(temperature));
    const { tongue } = this;
    const name = tongue.say(this.names[right]);
    const share = threeDigits(shares[right]);
    setText(
      "sm-share-formula",
      `p(${tongue.apart(name)}) = ${threeDigits(powers[right])} / ${threeDigits(total)} = ${share}`,
    );
    const formula = `−ln ${share} = ${lossText(loss)}`;
    setText("sm-loss-formula", tongue.say("loss = {formula}", { formula }));
    setText("sm-mean", this.meaning(shares, loss));
    this.curve.show(shares[right], loss);
    this.showPressed();
    this.address.writeSoon(() => write(this.state, this.names));
    this.tool.speakSoon(() => {
      const values = { name, share: percent(shares[right]), loss: lossText(loss) };
      return tongue.say("{name} has {share}, the loss is {loss}.", values);
    });
  }

  /**
   * @param {number[]} shares
   * @param {number} loss
   * @returns {string}
   */
  meaning(shares, loss) {
    const even = Math.log(this.names.length);
    const best = shares.indexOf(Math.max(...shares));
    const { tongue } = this;
    const against = tongue.say("Who gives every name the same pays {even}", {
      even: `ln ${this.names.length} = ${decimal(even)}`,
    });
    if (Math.abs(loss - even) < 0.005) return `${against}${tongue.say(": so does this.")}`;
    const is = loss < even ? "less" : "more";
    const said = best === this.state.right ? "right" : "wrong";
    return `${against}${tongue.say(`; this is ${is}, and the name with the highest share is ${said}.`)}`;
  }

  showPressed() {
    const { logits, right } = this.state;
    const now = String(logits);
    for (const [i, make] of Object.values(PRESETS).entries()) {
      const isOn = now === String(make(right, this.names.length));
      this.presets[i].setAttribute("aria-pressed", String(isOn));
    }
    for (const [i, drawing] of this.drawings.entries()) {
      const isOn = now === String(drawing.logits) && this.names[right] === drawing.category;
      this.buttons[i].setAttribute("aria-pressed", String(isOn));
    }
  }
}
