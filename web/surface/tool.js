// @ts-check
// What every explorable does as a whole: open, speak to the reader, be shared, be embedded.

import "./tool.css";
import { scriptsHaveRun } from "../data/given.js";
import { Tongue } from "../lib/tongues.js";
import { find, make, setText } from "./dom.js";

// How long a page must be quiet before what it shows is spoken; milliseconds.
const QUIET = 700;
const NOT_UNDERSTOOD =
  "Part of this page’s address makes no sense here, so it was left out; the rest is shown.";
const TOO_LONG = "This drawing is too long for a link, so it is left out of it.";
// What of the markup is told to the reader, besides its text.
const TOLD = ["aria-label", "title", "placeholder"];
const DRAWINGS = "https://creativecommons.org/licenses/by/4.0/";

export class Tool {
  /**
   * @param {string} prefix of the markup's ids: PREFIX-tool, -message, -spoken
   * @param {string} title as the line for embedding names it
   * @param {Record<string, import("../lib/tongues.js").Dictionary>} [dictionaries] of its words, by language
   */
  constructor(prefix, title, dictionaries = {}) {
    this.prefix = prefix;
    this.element = find(`${prefix}-tool`, HTMLElement);
    /** How it speaks: in the page's language, where it can. */
    this.tongue = new Tongue(document.documentElement.lang, dictionaries);
    this.title = this.tongue.say(title);
    this.translate();
    /** @type {import("./address.js").Address | undefined} where its state is kept */
    this.address = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.speakTimer = undefined;
    // A message lies over the page, so whoever goes on is rid of it.
    window.addEventListener("pointerdown", () => this.say(""), { capture: true });
  }

  /**
   * Open the explorable when the page's scripts have run.
   *
   * @template Page
   * @param {() => Page | Promise<Page>} build
   * @param {string} failed what to tell the reader if it cannot be opened
   * @returns {Promise<Page>}
   */
  async open(build, failed = "This part of the page cannot run in this browser.") {
    try {
      await scriptsHaveRun();
      const page = await build();
      this.offerEmbedding();
      const embed = new URLSearchParams(location.search).get("embed");
      if (embed !== null) this.standAlone(embed);
      this.element.dataset.state = "ready";
      return page;
    } catch (error) {
      this.element.dataset.state = "failed";
      this.say(this.tongue.say(failed));
      throw error;
    }
  }

  /** Say what the markup says in the page's language; tell which it is where the page's is another. */
  translate() {
    const { tongue, element } = this;
    if (!document.documentElement.lang.startsWith(tongue.language)) element.lang = tongue.language;
    element.dir = tongue.direction;
    if (!tongue.dictionary) return;
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = /** @type {Text} */ (texts.currentNode);
      const words = text.data.trim();
      if (words) text.data = text.data.replace(words, () => tongue.say(words));
    }
    for (const name of TOLD) {
      for (const told of element.querySelectorAll(`[${name}]`)) {
        told.setAttribute(name, tongue.say(told.getAttribute(name) ?? ""));
      }
    }
  }

  /** @param {string} text to the reader */
  say(text) {
    setText(`${this.prefix}-message`, text);
  }

  /** @param {import("../lib/parts.js").Parts} parts of the address, when all were taken */
  sayWhatWasRefused(parts) {
    this.say(parts.areUnderstood ? "" : this.tongue.say(NOT_UNDERSTOOD));
  }

  /** @param {() => string} text what the page shows, for who cannot see it */
  speakSoon(text) {
    clearTimeout(this.speakTimer);
    this.speakTimer = setTimeout(() => setText(`${this.prefix}-spoken`, text()), QUIET);
  }

  /**
   * @param {string} holds what the link brings back
   * @param {string} [state] what shall follow its #, if not what follows the page's
   */
  async share(holds, state) {
    const address = new URL(this.wholePage());
    if (state !== undefined) address.hash = state;
    const isWhole = state !== undefined || this.isWhole;
    const { tongue } = this;
    const brings = isWhole
      ? tongue.say("it holds {holds}.", { holds })
      : `${tongue.say("it holds the rest.")} ${tongue.say(TOO_LONG)}`;
    try {
      await navigator.clipboard.writeText(address.href);
      this.say(tongue.say("The link is copied: {brings}", { brings }));
    } catch {
      // In a frame of another page, the address that a reader sees is that page's.
      const isWindow = window.top === window;
      const isShown = isWindow && state === undefined && address.hash === location.hash;
      const copy = isShown ? "Copy the address of this page: {brings}" : "Copy {address}: {brings}";
      this.say(tongue.say(copy, { address: address.href, brings }));
    }
  }

  /** Whether a link can hold all that is shown. */
  get isWhole() {
    return this.address?.isWhole ?? true;
  }

  /** The address of what is shown. */
  link() {
    return this.address?.link ?? new URL(location.href);
  }

  /** The address of the page with all that is around the explorable. */
  wholePage() {
    const address = this.link();
    address.search = "";
    return address.href;
  }

  /** The line of HTML that shows this explorable, as it is now, in another page. */
  embedding() {
    const address = this.link();
    address.search = "?embed";
    const frame = make("iframe", { title: this.title, src: address.href });
    // Else a frame of another site may copy no link.
    frame.allow = "clipboard-write";
    frame.setAttribute("width", "100%");
    frame.setAttribute("height", String(Math.ceil(this.element.offsetHeight / 50) * 50 + 100));
    frame.style.border = "0";
    return frame.outerHTML;
  }

  /** A fold at the end that shows the line for embedding. */
  offerEmbedding() {
    const { tongue } = this;
    const fold = make("details", { className: "ex-embed" });
    const line = make("textarea", { readOnly: true, rows: 3, spellcheck: false });
    line.setAttribute("aria-label", tongue.say("A line of HTML that shows this in another page"));
    line.dir = "ltr";
    const note = make("p");
    fold.append(make("summary", { textContent: tongue.say("Embed this") }), note, line);
    const renew = () => {
      line.value = this.embedding();
      note.textContent = this.isWhole
        ? tongue.say(
            "Paste this line into a page of yours: it shows what you see here, as it is now.",
          )
        : `${tongue.say("Paste this line into a page of yours.")} ${tongue.say(TOO_LONG)}`;
    };
    renew();
    fold.addEventListener("toggle", renew);
    line.addEventListener("focus", () => {
      renew();
      line.select();
    });
    this.element.append(fold);
  }

  /**
   * In a frame of another page: hide whatever is around the explorable, name its source.
   *
   * @param {string} theme "light" or "dark" where the other page has but one, else the system's
   */
  standAlone(theme) {
    document.documentElement.classList.add("ex-alone");
    if (["light", "dark"].includes(theme)) document.documentElement.dataset.theme = theme;
    for (let at = this.element; at !== document.body; ) {
      const parent = /** @type {HTMLElement} */ (at.parentElement);
      for (const other of parent.children) {
        if (other !== at && other instanceof HTMLElement) other.classList.add("ex-around");
      }
      at = parent;
    }
    const source = make("p", { className: "ex-source" });
    const link = make("a", { textContent: "Noisy Quick, Draw!", target: "_blank" });
    const aim = () => {
      link.href = this.wholePage();
    };
    aim();
    // Where it leads holds what is shown at the time.
    for (const near of ["focus", "pointerenter"]) link.addEventListener(near, aim);
    const licence = make("a", { textContent: "CC BY 4.0", href: DRAWINGS, target: "_blank" });
    const { tongue } = this;
    const dataset = `${tongue.say("drawings:")} Quick, Draw! Dataset, Google, `;
    source.append(`${tongue.say("From")} `, link, ` · ${dataset}`, licence);
    this.element.append(source);
  }
}
