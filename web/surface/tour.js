// @ts-check
// The guided tour as a page shows it: one card at a time over the explorable, its place kept.

import "./tour.css";
import { CARDS, readPlace, readProgress, stateOf, writeProgress } from "../lib/tour.js";
import { make } from "./dom.js";
import { forget, keep, kept } from "./kept.js";

/** @typedef {import("../lib/tour.js").PageName} PageName */

const KEPT = "tour";
const START = "Take the guided tour";
const ABOUT = `${CARDS.length} cards, each with one thing to do, in some ten minutes. `;
const SO = "It is so already: change it first, then do this. ";
const END =
  "That was the tour. The chapters of the book tell how all of it works, one thing at a time.";
// How long nothing must have changed before the page moves to what did; milliseconds.
const QUIET = 600;
// How long a page that moves is not where it was; milliseconds.
const MOMENT = 150;

/** @param {string} selector @returns {HTMLElement | null} */
const seek = (selector) => document.querySelector(selector);

/** @param {HTMLElement} element @param {number} top what covers the window's upper end */
function isInView(element, top) {
  const box = element.getBoundingClientRect();
  return box.top >= top && box.bottom <= innerHeight;
}

export class Tour {
  /**
   * @param {PageName} page that it is on
   * @param {HTMLElement} tool the explorable, whose events tell how it stands
   */
  constructor(page, tool) {
    this.page = page;
    this.tool = tool;
    /** How the explorable stands; unknown until it has told. @type {any} */
    this.now = null;
    /** How it stood when the card was dealt. @type {any} */
    this.begin = null;
    this.place = 1;
    this.isOn = this.isDone = this.isAwaited = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.arrival = undefined;
    this.pressed = 0;
    this.count = make("span");
    this.title = make("strong", { tabIndex: -1 });
    this.ask = make("p");
    this.tell = make("p", { className: "tour-tell" });
    this.tell.setAttribute("role", "status");
    this.where = this.button("Show me where", () => this.pointTo(this.card.where, "tour-where"));
    this.back = this.button("Back", () => this.go(this.place - 1));
    this.skip = this.button("Skip", () => this.go(this.place + 1));
    this.next = make("a", { className: "tour-next" });
    this.next.addEventListener("click", (event) => this.pressNext(event));
    const leave = this.button("Leave", () => this.leave());
    leave.setAttribute("aria-label", "Leave the tour");
    const head = make("p", { className: "tour-head" });
    head.append(this.count, this.title);
    const buttons = make("div", { className: "tour-buttons" });
    buttons.append(this.next, this.where, this.back, this.skip, leave);
    this.element = make("div", { className: "tour", hidden: true });
    this.element.setAttribute("role", "region");
    this.element.setAttribute("aria-label", "Guided tour");
    this.element.append(head, this.ask, this.tell, buttons);
    this.offer = make("div", { className: "tour-offer", hidden: true });
    // An explorable in a frame of another page is there for itself.
    if (new URLSearchParams(location.search).has("embed")) return;
    tool.before(this.offer, this.element);
    tool.addEventListener(`${page}:changed`, (event) => {
      this.hear(/** @type {CustomEvent} */ (event).detail);
    });
    addEventListener("hashchange", () => this.follow());
    for (const [type, change] of /** @type {const} */ ([
      ["pointerdown", 1],
      ["pointerup", -1],
      ["pointercancel", -1],
    ])) {
      addEventListener(type, () => Object.assign(this, { pressed: this.pressed + change }), true);
    }
    this.open();
  }

  /** @type {(textContent: string, act: () => void) => HTMLButtonElement} */
  button(textContent, act) {
    const button = make("button", { type: "button", textContent });
    button.addEventListener("click", act);
    return button;
  }

  get card() {
    return CARDS[this.place - 1].card;
  }

  /** Go on where the tour was, or wait to be asked. */
  open() {
    if (this.follow()) return;
    const progress = readProgress(kept(KEPT));
    if (!progress) return this.offerTour();
    this.place = progress.place;
    if (!progress.isOn || CARDS[this.place - 1].page !== this.page) return this.offerTour();
    this.isOn = true;
    return this.deal(false);
  }

  /** @returns {boolean} whether the address asks for a card of this page, which is then dealt */
  follow() {
    const [search, hash] = [location.search, location.hash].map((part) =>
      new URLSearchParams(part.slice(1)).get("tour"),
    );
    if (search) {
      // Once: who loads the page again goes on where they are.
      const address = new URL(location.href);
      address.search = "";
      history.replaceState(history.state, "", address);
    }
    const asked = readPlace(search ?? hash ?? "");
    if (asked === null || CARDS[asked - 1].page !== this.page) return false;
    this.isOn = true;
    this.go(asked);
    return true;
  }

  offerTour() {
    const progress = readProgress(kept(KEPT));
    this.element.hidden = true;
    this.offer.hidden = !progress && this.page !== CARDS[0].page;
    const begin = () => {
      this.isOn = true;
      this.go(1);
    };
    if (!progress) {
      this.offer.replaceChildren(this.button(START, begin), make("span", { textContent: ABOUT }));
      return;
    }
    const on = make("a", {
      className: "tour-next",
      textContent: `Go on with the tour: card ${progress.place} of ${CARDS.length}`,
      href: this.addressOf(progress.place),
    });
    on.addEventListener("click", (event) => {
      if (CARDS[progress.place - 1].page !== this.page) return;
      event.preventDefault();
      this.isOn = true;
      this.go(progress.place);
    });
    const end = this.button("Forget it", () => {
      forget(KEPT);
      this.offerTour();
      // The button is gone; where the tour does not begin, so is the offer.
      const begin = this.offer.querySelector("button");
      this.tool.tabIndex = -1;
      (this.offer.hidden || !begin ? this.tool : begin).focus({ preventScroll: true });
    });
    this.offer.replaceChildren(on, end);
  }

  /** @param {number} place of a card @returns {string} */
  addressOf(place) {
    const { page } = CARDS[place - 1];
    const state = stateOf(page, this.now);
    return `${page}.html?tour=${place}${state && `#${state}`}`;
  }

  /** @param {number} place */
  go(place) {
    if (CARDS[place - 1].page !== this.page) {
      keep(KEPT, writeProgress({ place, isOn: true }));
      location.href = this.addressOf(place);
      return;
    }
    this.place = place;
    this.deal(true);
  }

  /** @param {boolean} isAsked whether a reader has just asked for it */
  deal(isAsked) {
    keep(KEPT, writeProgress({ place: this.place, isOn: true }));
    this.offer.hidden = true;
    this.element.hidden = false;
    this.isDone = false;
    this.begin = this.now;
    this.unmark();
    this.show();
    if (!isAsked) return;
    this.title.focus({ preventScroll: true });
    // Before the explorable has told of itself, what to point at may not be there.
    if (this.now) this.pointTo(this.card.where, "tour-where");
    else this.isAwaited = true;
  }

  /** @param {any} told how the explorable stands */
  hear(told) {
    const before = this.now;
    this.now = told;
    if (!this.isOn || this.element.hidden) return;
    this.begin ??= told;
    if (before && !this.isDone && this.card.isDone(told, before, this.begin)) {
      this.isDone = true;
      this.unmark();
    }
    this.show();
    if (this.isDone) this.pointSoon();
    else if (this.isAwaited)
      requestAnimationFrame(() => this.pointTo(this.card.where, "tour-where"));
    this.isAwaited = false;
  }

  show() {
    const { card, isDone, place } = this;
    const isLast = place === CARDS.length;
    this.count.textContent = `Card ${place} of ${CARDS.length}`;
    this.title.textContent = card.title;
    this.element.classList.toggle("tour-done", isDone);
    const isSo = !isDone && this.now && card.isSo?.(this.now);
    this.ask.textContent = `${isSo ? SO : ""}${card.ask}`;
    const tell = isDone ? `✓ ${card.tell(this.now)}` : "";
    if (this.tell.textContent !== tell) this.tell.textContent = tell;
    this.ask.hidden = isDone;
    this.next.hidden = !isDone;
    this.next.textContent = isLast ? "Finish" : "Next";
    this.next.href = isLast ? "#" : this.addressOf(place + 1);
    this.where.hidden = isDone;
    this.skip.hidden = isDone || isLast;
    this.back.hidden = place === 1;
  }

  /** @param {Event} event */
  pressNext(event) {
    event.preventDefault();
    if (this.place < CARDS.length) this.go(this.place + 1);
    else this.finish();
  }

  finish() {
    this.isOn = false;
    this.unmark();
    forget(KEPT);
    this.offerTour();
    const again = make("a", { textContent: "Take it again", href: this.addressOf(1) });
    const chapters = make("a", { textContent: "Chapter 1", href: "1-data-and-noise.html" });
    const train = make("a", { textContent: "Train it here", href: "train-it-here.html" });
    this.offer.hidden = false;
    const end = make("span", { textContent: `${END} `, tabIndex: -1 });
    this.offer.replaceChildren(end, chapters, train, again);
    end.focus();
  }

  leave() {
    this.isOn = false;
    this.unmark();
    keep(KEPT, writeProgress({ place: this.place, isOn: false }));
    this.offerTour();
    /** @type {HTMLElement | null} */ (this.offer.querySelector("a, button"))?.focus();
  }

  // ---- Pointing.

  unmark() {
    clearTimeout(this.timer);
    clearTimeout(this.arrival);
    for (const name of ["tour-where", "tour-see"]) {
      for (const marked of document.querySelectorAll(`.${name}`)) marked.classList.remove(name);
    }
  }

  /** Point at what has changed, once the reader's hand is at rest. */
  pointSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.pressed > 0) this.pointSoon();
      else this.pointTo(this.card.see, "tour-see");
    }, QUIET);
  }

  /**
   * Mark a part of the page, moving there if it is out of view.
   *
   * @param {string} selector
   * @param {string} name of the mark
   */
  pointTo(selector, name) {
    const element = seek(selector);
    if (!element) return;
    element.classList.add(name);
    const covered = this.element.getBoundingClientRect().bottom;
    if (isInView(element, Math.max(covered, 0))) return;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.style.scrollMarginTop = `${this.element.offsetHeight + 80}px`;
    element.style.scrollMarginBottom = "8rem";
    element.scrollIntoView({ block: "nearest", behavior: isCalm ? "auto" : "smooth" });
    this.arrive(element, scrollY);
  }

  /**
   * Jump to a part of the page if it is still out of view once the page is at rest: on a busy machine, a
   * movement is lost where another one was under way.
   *
   * @param {HTMLElement} element
   * @param {number} from where the page stood a moment ago
   */
  arrive(element, from) {
    clearTimeout(this.arrival);
    this.arrival = setTimeout(() => {
      if (scrollY !== from) this.arrive(element, scrollY);
      else if (!isInView(element, Math.max(this.element.getBoundingClientRect().bottom, 0))) {
        element.scrollIntoView({ block: "nearest", behavior: "instant" });
      }
    }, MOMENT);
  }
}
