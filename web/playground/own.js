// @ts-check
// The reader's own names: examples to learn them from, what came of that, files of them.

import { PIXELS } from "../lib/canvas.js";
import { scoreOf, thresholdOf } from "../lib/fitting.js";
import { HeadError, MOST_BYTES, readHead, writeHead } from "../lib/heads.js";
import { placeOf } from "../lib/names.js";
import { exampleOf, MOST, readThings, whyNot, writeThings } from "../lib/things.js";
import { counted } from "../lib/wilson.js";
import { find, make, paint, setDisabled, setText, shares } from "../surface/dom.js";
import { forget, keep, kept, onKeptElsewhere } from "../surface/kept.js";

/** @typedef {import("../lib/heads.js").Head} Head */
/** @typedef {import("../lib/things.js").Example} Example */
/** @typedef {import("../lib/things.js").Thing} Thing */
/** @typedef {import("./tasks.js").Checked} Checked */

/**
 * @typedef {object} About the networks
 * @property {string} graph its hash
 * @property {number[]} layers how many features each of them gives, the last first
 * @property {string[]} categories that they know
 * @property {import("../lib/learning.js").Background | null} background
 */

/**
 * @typedef {object} Listeners
 * @property {() => Promise<import("../surface/background.js").Background>} learner what learns beside the page
 * @property {() => Uint8Array | null} pixels of the drawing
 * @property {() => number[]} chosen the places of the known names to choose among
 * @property {(known: string[]) => void} choose known names that a file asks for
 * @property {() => void} take the drawing has become an example
 * @property {() => void} change there is another head, or none
 * @property {(text: string) => void} say something to the reader
 */

/** Under which names the examples, the file are kept on the reader's machine. */
const PLACE = { things: "playground/things", head: "playground/head" };
const FEWEST = 2;
const WANTED = 6;
const LOST =
  "This browser keeps nothing when the page is left (its storage is off or full): download what was learned before.";
const GONE = "This browser does not keep it (its storage is off or full): load it again next time.";
const DELETE = "Delete";
const SURE = "Really delete?";

/** @type {(values: ArrayLike<number>, among: number[]) => number} */
const likeliest = (values, among) =>
  among.reduce((best, place) => (values[place] > values[best] ? place : best), among[0]);

export class Own {
  /**
   * @param {About} about
   * @param {Listeners} listeners
   */
  constructor(about, listeners) {
    this.about = about;
    this.listeners = listeners;
    /** @type {Thing[]} */
    this.things = readThings(kept(PLACE.things));
    /** @type {Head | null} from a file */
    this.loaded = this.readKept();
    /** Whether a reader lets known names join a file that asks for none. */
    this.joined = false;
    /** @type {Head | null} from the examples */
    this.learned = null;
    /** @type {Map<string, Checked>} by the example's id */
    this.checked = new Map();
    this.turn = 0;
    /** Until what is drawn is learned. @type {Promise<void>} */
    this.learning = Promise.resolve();
    this.list = find("pg-own-list", HTMLElement);
    this.name = find("pg-own-name", HTMLInputElement);
    this.file = find("pg-own-file", HTMLInputElement);
    this.save = find("pg-own-save", HTMLButtonElement);
    this.again = find("pg-own-again", HTMLButtonElement);
    this.undo = find("pg-own-restore", HTMLButtonElement);
    /** What there was before the last removal, until something else changes. @type {Thing[] | null} */
    this.before = null;
    this.aside = make("button", { type: "button", id: "pg-own-aside" });
    this.aside.textContent = "Put the file aside";
    find("pg-own-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.keepExample();
    });
    this.file.addEventListener("change", () => this.load());
    this.save.addEventListener("click", () => this.download());
    this.aside.addEventListener("click", () => this.putAside());
    this.again.addEventListener("click", () => this.keepAgain());
    this.undo.addEventListener("click", () => this.bringBack());
    this.name.addEventListener("input", () => this.showAgain());
    onKeptElsewhere(PLACE.things, (text) => {
      this.things = readThings(text);
      this.before = null;
      this.learnSoon();
      this.show();
    });
    onKeptElsewhere(PLACE.head, () => {
      this.loaded = this.readKept();
      this.joined = false;
      this.show();
      this.listeners.change();
    });
    this.show();
  }

  /** @returns {Head | null} what names the reader's own things, if anything does */
  get head() {
    return this.loaded ?? this.learned;
  }

  /** Whether only own names may be answered, since there is no row for others or a file asks for none. */
  get isAlone() {
    const { head, loaded, joined } = this;
    const asks = loaded && !loaded.known.length && loaded.categories.length > 1;
    return Boolean(head && (!head.other || (asks && !joined)));
  }

  /** Names that have examples enough to be learned. */
  get ready() {
    return this.things.filter(({ examples }) => examples.length >= FEWEST);
  }

  /** @returns {Head | null} */
  readKept() {
    const text = kept(PLACE.head);
    try {
      return text === null ? null : this.read(text);
    } catch {
      forget(PLACE.head); // the networks are others by now
      return null;
    }
  }

  /** @param {string} text @returns {Head} */
  read(text) {
    const { graph, layers, categories } = this.about;
    return readHead(text, { graph, layers, names: categories });
  }

  // ---- What a reader does.

  /** @returns {string} */
  get typed() {
    return this.name.value.normalize("NFC").trim();
  }

  /** @returns {Thing | undefined} the one whose name is typed */
  get current() {
    const names = this.things.map((one) => one.name);
    return this.things[placeOf(this.typed, names)];
  }

  /** Beside the drawing: keep it under the name that is typed, or go where one is. */
  keepAgain() {
    if (this.current) {
      this.keepExample();
      return;
    }
    this.name.scrollIntoView({ block: "center" });
    this.name.focus();
  }

  keepExample() {
    const { say } = this.listeners;
    const { typed: name, current: thing } = this;
    const wrong = thing ? "" : whyNot(name, [], this.about.categories);
    if (wrong) return say(wrong);
    const pixels = this.listeners.pixels();
    if (!pixels) return say("Draw something first: it becomes the example.");
    const example = exampleOf(pixels);
    if (thing?.examples.some(({ id }) => id === example.id)) {
      return say("This very drawing is an example already; draw another one.");
    }
    if (thing ? thing.examples.length >= MOST.examples : this.things.length >= MOST.names) {
      return say(`There is room for ${MOST.names} names of ${MOST.examples} examples each.`);
    }
    this.before = null;
    if (thing) thing.examples.push(example);
    else this.things.push({ name, examples: [example] });
    const isKept = this.changeThings();
    this.listeners.take();
    const count = thing?.examples.length ?? 1;
    const again = `Draw ${count === 1 ? "it" : "one"} again, a little different.`;
    // On a phone the surface is far above the name.
    if (count < WANTED) this.again.scrollIntoView({ block: "nearest" });
    const said = `Kept as example ${count} of “${name}”.${count < WANTED ? ` ${again}` : ""}`;
    return say(isKept ? said : `${said} ${LOST}`);
  }

  /** @type {(thing: Thing, field: HTMLInputElement) => void} */
  rename(thing, field) {
    const name = field.value.normalize("NFC").trim();
    if (name === thing.name) return;
    const others = this.things.filter((one) => one !== thing).map((one) => one.name);
    const wrong = whyNot(name, others, this.about.categories);
    if (wrong) {
      this.listeners.say(wrong);
      field.value = thing.name;
      return;
    }
    const before = thing.name;
    if (this.current === thing) this.name.value = name;
    thing.name = name;
    this.renameRemoved(before, name);
    // What was learned stays as it is.
    if (this.learned) {
      const categories = this.learned.categories.map((one) => (one === before ? name : one));
      this.learned = { ...this.learned, categories };
    }
    this.keepThings();
    // Not built anew: the field has the focus, or what is being pressed is about to.
    const item = this.list.children[this.things.indexOf(thing)];
    if (item instanceof HTMLElement) this.nameItem(item, name);
    this.showAgain();
    this.showScores();
    this.listeners.change();
  }

  /** What a removal can bring back is renamed, too. @type {(from: string, to: string) => void} */
  renameRemoved(from, to) {
    const { before } = this;
    const taken = before?.filter((one) => one.name !== from).map((one) => one.name) ?? [];
    if (placeOf(to, taken) >= 0) {
      this.before = null;
      this.undo.hidden = true;
      return;
    }
    this.before = before?.map((one) => (one.name === from ? { ...one, name: to } : one)) ?? null;
  }

  /** @type {(thing: Thing, example?: Example) => void} one of its examples, or all of it */
  remove(thing, example) {
    this.before = this.things.map((one) => ({ ...one }));
    thing.examples = thing.examples.filter((one) => example && one !== example);
    this.things = this.things.filter(({ examples }) => examples.length);
    this.changeThings();
  }

  /** Undo the last removal. */
  bringBack() {
    if (!this.before) return;
    [this.things, this.before] = [this.before, null];
    this.changeThings();
    this.listeners.say("The drawings are back.");
    this.name.focus({ preventScroll: true });
  }

  async load() {
    const [file] = this.file.files ?? [];
    if (!file) return;
    try {
      if (file.size > MOST_BYTES) throw new HeadError("This file is too large for a head.");
      const text = await file.text();
      this.loaded = this.read(text);
      this.joined = false;
      const said = `Loaded: ${this.loaded.categories.join(", ")}.`;
      this.listeners.say(keep(PLACE.head, text) ? said : `${said} ${GONE}`);
      if (this.loaded.known.length) this.listeners.choose(this.loaded.known);
      this.show();
      this.listeners.change();
    } catch (error) {
      const isOurs = error instanceof HeadError;
      this.listeners.say(isOurs ? error.message : "This file could not be read.");
    }
    // The same file may be chosen again.
    this.file.value = "";
  }

  /** Known names that a reader has chosen are answered beside those of a file. */
  join() {
    this.joined = true;
    this.show();
  }

  putAside() {
    this.loaded = null;
    forget(PLACE.head);
    this.show();
    this.listeners.change();
    find("pg-own-file", HTMLInputElement).focus();
  }

  download() {
    if (!this.head) return;
    const { categories } = this.about;
    const taken = this.head.categories;
    const chosen = this.isAlone ? [] : this.listeners.chosen();
    const known = chosen.map((place) => categories[place]);
    const head = { ...this.head, known: known.filter((name) => placeOf(name, taken) < 0) };
    const address = URL.createObjectURL(new Blob([writeHead(head)], { type: "application/json" }));
    make("a", { href: address, download: "head.json" }).click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  // ---- Learning.

  /** @returns {boolean} whether the browser keeps them */
  keepThings() {
    if (this.things.length) return keep(PLACE.things, writeThings(this.things));
    forget(PLACE.things);
    return true;
  }

  /** @returns {boolean} as `keepThings` */
  changeThings() {
    const isKept = this.keepThings();
    this.learnSoon();
    this.show();
    return isKept;
  }

  learnSoon() {
    this.turn += 1;
    this.learning = this.learn(this.turn).catch(() => {
      this.listeners.say("The names could not be learned; load the page again.");
    });
  }

  /** @param {number} turn given up when there is another */
  async learn(turn) {
    const { ready } = this;
    const { background, graph } = this.about;
    // Without the known names' own features nothing can be told from these.
    const layers = background?.layers ?? this.about.layers;
    this.checked = new Map();
    // Without the known names there must be two to be told from each other.
    if (ready.length < (background ? 1 : 2)) {
      this.learned = null;
      this.show();
      this.listeners.change();
      return;
    }
    const learner = await this.listeners.learner();
    const examples = ready.flatMap((thing, label) =>
      thing.examples.map(({ id, pixels }) => ({ id, pixels, label })),
    );
    for (const { id, pixels } of examples) {
      if (turn !== this.turn) return;
      await learner.call("study", { id, pixels, layers });
    }
    if (turn !== this.turn) return;
    const asked = examples.map(({ id, label }) => ({ id, label }));
    const rows = await learner.call("learn", { examples: asked, names: ready.length, background });
    if (turn !== this.turn) return;
    this.learned = {
      graph,
      categories: ready.map(({ name }) => name),
      known: [],
      layers,
      other: background !== null,
      ...rows,
      temperature: 1,
      threshold: null,
      examples: ready.map((thing) => thing.examples.length),
      held_out: null,
      source: "drawn in the playground",
    };
    this.listeners.change();
    await this.check(turn, learner, examples);
  }

  /**
   * Ask of each example a head that has learned from the others.
   *
   * @param {number} turn
   * @param {import("../surface/background.js").Background} learner
   * @param {{ id: string, label: number }[]} examples
   */
  async check(turn, learner, examples) {
    /** @type {Checked[]} */
    const found = [];
    for (const [place, { id }] of examples.entries()) {
      const checked = await learner.call("check", { place, id });
      if (turn !== this.turn) return;
      found.push(checked);
      this.checked.set(id, checked);
      this.showScores();
    }
    const labels = examples.map(({ label }) => label);
    const own = found.map((one) => one.own);
    const temperature = await learner.call("temper", { own, labels });
    if (turn !== this.turn || !this.learned) return;
    const names = [...this.learned.categories.keys()];
    const right = labels.filter((label, i) => likeliest(own[i], names) === label).length;
    // Among one name alone nothing can go wrong.
    const score = names.length > 1 ? { right, n: labels.length, level: 0 } : null;
    const scores = found.flatMap(({ read }) =>
      read.map((one) =>
        scoreOf(
          Float64Array.from(one, (z) => z / temperature),
          names.length,
        ),
      ),
    );
    const threshold = thresholdOf(scores);
    this.learned = { ...this.learned, temperature, threshold, held_out: score };
    this.showScores();
    this.listeners.change();
  }

  // ---- What is shown.

  show() {
    this.list.replaceChildren(...this.things.map((thing) => this.item(thing)));
    setDisabled(this.save, !this.head, this.name);
    this.undo.hidden = !this.before;
    this.showAgain();
    if (this.loaded) find("pg-own-files", HTMLElement).append(this.aside);
    else this.aside.remove();
    const { loaded } = this;
    const only = !this.isAlone
      ? ""
      : loaded?.other
        ? " One of these is the answer, as the file asks; categories chosen above join them."
        : " They can be told from each other only.";
    const over = this.things.length ? " Your own drawings wait until you put it aside." : "";
    setText(
      "pg-own-loaded",
      loaded ? `From a file: ${loaded.categories.join(", ")}.${only}${over}` : "",
    );
    this.showScores();
  }

  showAgain() {
    const thing = this.current;
    const count = (thing?.examples.length ?? 0) + 1;
    this.again.textContent = thing
      ? `Keep as “${thing.name}” (${count}${count > WANTED ? "" : ` of ${WANTED}`})`
      : "Teach it a new name …";
  }

  /** @param {Thing} thing */
  item(thing) {
    const item = make("li", { className: "pg-own" });
    const field = make("input", { type: "text", maxLength: 100, autocomplete: "off" });
    field.addEventListener("change", () => this.rename(thing, field));
    const remove = make("button", { type: "button", textContent: DELETE });
    remove.addEventListener("click", () => {
      if (remove.textContent === SURE) {
        this.remove(thing);
        this.name.focus();
        return;
      }
      remove.textContent = SURE;
      remove.setAttribute("aria-label", `Really delete ${thing.name}?`);
    });
    remove.addEventListener("blur", () => {
      remove.textContent = DELETE;
      remove.setAttribute("aria-label", `Delete ${thing.name}`);
    });
    const more = make("button", { type: "button", textContent: "Add to it" });
    more.addEventListener("click", () => {
      this.name.value = thing.name;
      this.showAgain();
      this.name.focus();
    });
    const head = make("div", { className: "ex-row" });
    head.append(field, more, remove);
    const pictures = make("div", { className: "ex-picks" });
    pictures.append(...thing.examples.map((example, i) => this.picture(thing, example, i + 1)));
    item.append(head, pictures, make("p", { className: "pg-own-score ex-note" }));
    this.nameItem(item, thing.name);
    return item;
  }

  /** Say in all parts of an item whose it is. @type {(item: HTMLElement, name: string) => void} */
  nameItem(item, name) {
    item.dataset.name = name;
    const [field, more, remove] = item.querySelectorAll("input, .ex-row button");
    /** @type {HTMLInputElement} */ (field).value = name;
    field.setAttribute("aria-label", `Rename ${name}`);
    more.setAttribute("aria-label", `Add to it: the next drawing is of ${name}`);
    remove.setAttribute("aria-label", `Delete ${name}`);
    for (const [i, picture] of item.querySelectorAll("button.ex-pick").entries()) {
      const label = `Remove example ${i + 1} of ${name}`;
      picture.setAttribute("aria-label", label);
      picture.setAttribute("title", label);
    }
  }

  /** @type {(thing: Thing, example: Example, number: number) => HTMLButtonElement} */
  picture(thing, example, number) {
    const button = make("button", { type: "button", className: "ex-pick" });
    const canvas = make("canvas");
    paint(canvas, example.pixels.length === PIXELS ? shares(example.pixels) : []);
    button.append(canvas);
    button.addEventListener("click", () => {
      this.remove(thing, example);
      // The focus stays near.
      const item = this.list.children[this.things.indexOf(thing)];
      const others = item?.querySelectorAll("button.ex-pick") ?? [];
      const next = others[Math.min(number - 1, others.length - 1)];
      (next instanceof HTMLElement ? next : this.name).focus();
    });
    return button;
  }

  /** Say of each name how many of its examples were named so by heads that had not seen them. */
  showScores() {
    const { ready, checked } = this;
    const { categories } = this.about;
    const chosen = this.listeners.chosen();
    let [right, n] = [0, 0];
    for (const [i, thing] of this.things.entries()) {
      const label = ready.indexOf(thing);
      const seen = thing.examples.flatMap(({ id }) => checked.get(id) ?? []);
      const hits = seen.filter((one) => this.isNamed(one, label, chosen)).length;
      [right, n] = [right + hits, n + seen.length];
      const missing = WANTED - thing.examples.length;
      const more = missing > 0 ? ` ${missing} more to go to six.` : "";
      const words =
        label < 0
          ? `One example.${more} From the second on it is learned.`
          : seen.length < thing.examples.length
            ? "Learning …"
            : `Named so when left out: ${counted(hits, seen.length)}.${more}`;
      const line = this.list.children[i]?.querySelector(".pg-own-score");
      if (line && line.textContent !== words) line.textContent = words;
    }
    const all = ready.reduce((sum, { examples }) => sum + examples.length, 0);
    const others = this.learned?.other ? chosen.length : 0;
    const known = others
      ? `, among ${ready.length} of yours and ${others === categories.length ? "all" : `${others} of the`} ${categories.length}`
      : "";
    setText(
      "pg-own-score",
      n && n === all
        ? `Each of your drawings, named by what had learned from all but this one${known}: ${counted(right, n)} right; in brackets the 95% interval.`
        : "",
    );
    setDisabled(this.save, !this.head, this.name);
  }

  /**
   * Whether an example that was left out was named as it is called.
   *
   * @param {Checked} checked
   * @param {number} label
   * @param {number[]} chosen
   */
  isNamed({ own, logits }, label, chosen) {
    const learned = this.ready.length;
    const best = likeliest(own, [...Array(learned).keys()]);
    if (best !== label) return false;
    if (own.length === learned || !chosen.length) return true;
    // The likeliest known name has of the last row its share.
    const most = Math.max(...chosen.map((place) => logits[place]));
    const total = chosen.reduce((sum, place) => sum + Math.exp(logits[place] - most), 0);
    return (own[best] - own[learned]) / (this.learned?.temperature ?? 1) > -Math.log(total);
  }
}
