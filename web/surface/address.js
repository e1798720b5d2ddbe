// @ts-check
// The page's address as the place where an explorable's state is kept.

import { shorten } from "../lib/drawn.js";
import { Parts } from "../lib/parts.js";

// How long the page must be quiet before the address is written, unless it may be at once; milliseconds.
const QUIET = 200;
// Browsers allow so many changes in a while: a few may follow each other, then one each half second.
const AT_ONCE = 30;
const EACH = 500;
// A longer text takes its time.
const LONG = 20_000;
// Under which name what an address cannot hold is kept with the page's entry in the browser's history.
const KEPT = "explorable";

export class Address {
  /**
   * @param {import("./tool.js").Tool} tool of which it is the address
   * @param {(parts: Parts, isOpening: boolean) => boolean} take shows what some parts say; gives false, with
   *   nothing changed, if none of them is of this explorable, unless the page is being opened
   */
  constructor(tool, take) {
    tool.address = this;
    this.take = take;
    /** What follows the # as far as it is ours: another hash is a place on the page, or whatever it is. */
    /** @type {string | null} */
    this.written = location.hash;
    /** The state's text when it was last written. @type {string | undefined} */
    this.text = undefined;
    /** What is to be written next. @type {(() => string) | undefined} */
    this.next = undefined;
    /** The state while another's hash is left alone. @type {string | undefined} */
    this.atRest = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.asked = -Infinity;
    this.allowed = AT_ONCE;
    window.addEventListener("hashchange", () => this.follow());
    // Who draws and leaves at once has drawn all the same.
    for (const leaving of ["pagehide", "beforeunload", "pointerdown"]) {
      window.addEventListener(leaving, () => this.flush(), { capture: true });
    }
    document.addEventListener("visibilitychange", () => this.flush());
  }

  /** Whether the address holds all of what is shown: a long drawing has no room in it. */
  get isWhole() {
    return this.text === undefined || shorten(this.text) === this.text;
  }

  /** The address of what is shown, whatever place on the page has been gone to. */
  get link() {
    this.flush();
    const address = new URL(location.href);
    if (this.text !== undefined) address.hash = shorten(this.text);
    return address;
  }

  /** Show what the page was opened with. */
  open() {
    const kept = history.state?.[KEPT];
    const isOwn = kept?.hash === location.hash && typeof kept?.text === "string";
    if (isOwn) {
      if (kept.isPlace) this.written = null;
      if (this.take(new Parts(kept.text, { isOwn }), false)) return;
    }
    this.written = location.hash;
    if (this.take(new Parts(location.hash.slice(1)), false)) return;
    this.written = null;
    this.take(new Parts(""), true);
  }

  /** Show what a reader has put behind the #; a link within the page leaves all as it is. */
  follow() {
    const { written } = this;
    if (location.hash === written) return;
    this.written = location.hash;
    if (this.take(new Parts(location.hash.slice(1)), false)) return;
    this.written = written;
    this.flush();
    this.atRest = this.text;
    if (this.text !== undefined) this.keep(this.text);
  }

  /**
   * Leave the hash as it is, but let a reload find the state.
   *
   * @param {string} text
   */
  keep(text) {
    this.replace(location.hash, { hash: location.hash, text, isPlace: true });
  }

  /** @type {(hash: string, kept: Record<string, unknown> | undefined) => void} */
  replace(hash, kept) {
    const { [KEPT]: _, ...others } = history.state ?? {};
    const state = kept ? { ...others, [KEPT]: kept } : others;
    try {
      history.replaceState(state, "", `${location.pathname}${location.search}${hash}`);
    } catch {
      // Safari allows so many changes in a while.
      if (location.hash !== hash) location.replace(hash);
    }
  }

  /** @param {string} text what shall follow the # */
  write(text) {
    this.next = undefined;
    this.text = text;
    // A hash that is not ours goes when the reader has changed something, not before.
    if (location.hash && location.hash !== this.written) {
      this.atRest ??= text;
      if (text === this.atRest) {
        this.keep(text);
        return;
      }
    }
    this.atRest = undefined;
    const short = shorten(text);
    const address = new URL(location.href);
    address.hash = short;
    // As the browser will spell it.
    this.written = address.hash;
    this.replace(this.written, short === text ? undefined : { hash: this.written, text });
  }

  /**
   * Write at once, for who draws and leaves; but what moves fast is written when it rests.
   *
   * @param {() => string} text what shall follow the # then
   */
  writeSoon(text) {
    const waited = performance.now() - this.asked;
    this.asked = performance.now();
    this.allowed = Math.min(this.allowed + waited / EACH, AT_ONCE);
    this.next = text;
    clearTimeout(this.timer);
    const isShort = (this.text ?? "").length < LONG;
    if (isShort && (this.allowed >= 1 || waited >= QUIET)) {
      this.allowed = Math.max(this.allowed - 1, 0);
      this.flush();
    } else {
      this.timer = setTimeout(() => this.flush(), QUIET);
    }
  }

  /** Write now what waits to be written. */
  flush() {
    clearTimeout(this.timer);
    if (this.next) this.write(this.next());
  }
}
