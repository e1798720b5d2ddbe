// @ts-check
// The page's address as the place where an explorable's state is kept.

// How long the page must be quiet before the address is written; milliseconds.
const QUIET = 200;

/** @param {string} hash @returns {boolean} whether it names a place on the page */
const isPlace = (hash) => document.getElementById(hash.slice(1)) !== null;

export class Address {
  /** @param {() => void} changed told when a reader has changed the address */
  constructor(changed) {
    this.written = location.hash;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    window.addEventListener("hashchange", () => {
      // Going to a heading leaves all as it is.
      if (location.hash !== this.written && !isPlace(location.hash)) changed();
    });
  }

  /** @returns {string} what follows the #; nothing, if that is a place on the page */
  read() {
    this.written = location.hash;
    return isPlace(location.hash) ? "" : location.hash.slice(1);
  }

  /** @param {string} text what shall follow the # */
  write(text) {
    this.written = `#${text}`;
    try {
      history.replaceState(history.state, "", this.written);
    } catch {
      // Safari allows so many changes in a while.
      location.replace(this.written);
    }
  }

  /** @param {() => string} text what shall follow the # then */
  writeSoon(text) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(text()), QUIET);
  }
}
