// @ts-check
// What every page needs at run time beyond the theme: small mends of it.

import "./book.css";
import "../../qdtools/show/level_slider.js";
import { markContents } from "./contents.js";
import { saveDownloads } from "./downloads.js";
import { showGlossary } from "./glossary.js";

/**
 * A slider shows its name beside the handle but does not tell it to screen readers.
 *
 * @param {ParentNode} root
 */
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle:not([aria-label])")) {
    // Its own, not the first of all that stand in the same box.
    const slider = handle.closest(".widget-slider");
    const label = slider?.querySelector(".widget-label");
    const readout = slider?.querySelector(".widget-readout");
    const name = label?.textContent?.trim();
    if (name) {
      handle.setAttribute("aria-label", name);
    }
    if (readout) {
      const say = () => handle.setAttribute("aria-valuetext", readout.textContent?.trim() ?? "");
      new MutationObserver(say).observe(readout, {
        characterData: true,
        childList: true,
        subtree: true,
      });
      say();
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  // Who speaks to the computer says what is written on a button, so its name must hold that.
  for (const button of document.querySelectorAll(".search-button-field[aria-label]")) {
    button.removeAttribute("aria-label");
  }
  // What a summary says is its name; the theme's label hides it.
  for (const summary of document.querySelectorAll("summary[aria-label]")) {
    summary.removeAttribute("aria-label");
  }
  // References are labelled paragraphs, not the items that a list must hold.
  for (const list of document.querySelectorAll(".citation-list[role]")) {
    list.removeAttribute("role");
  }
  saveDownloads();
  showGlossary();
  nameSliders(document);
  new MutationObserver(() => nameSliders(document)).observe(document.body, {
    childList: true,
    subtree: true,
  });
});

// What scrolls sideways must be reachable by the keyboard. The theme looks for it once, before fonts and
// tables have their width, and again some time after each change of the window's.
function reachScrollers() {
  const scrollers = "pre, .pst-scrollable-table-container, .cell_output, .math, .comparison";
  /** @type {NodeListOf<HTMLElement>} */
  const found = document.querySelectorAll(scrollers);
  for (const element of found) {
    reach(element);
    if (!element.matches(TABLES)) continue;
    tellOfMore(element);
    // The same one each time, which is added once.
    element.addEventListener("scroll", tellOfScrolled, { passive: true });
  }
}

/** What this script, nobody else, lets the keyboard reach. @type {WeakSet<HTMLElement>} */
const reached = new WeakSet();

/** @param {HTMLElement} element */
function reach(element) {
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
  if (scrollWidth > clientWidth || scrollHeight > clientHeight) {
    if (element.tabIndex === 0) return;
    element.tabIndex = 0;
    reached.add(element);
    return;
  }
  // Who is there keeps their place.
  if (element === document.activeElement || !reached.delete(element)) return;
  element.removeAttribute("tabindex");
}

// A table that ends at a column's edge looks whole; the style fades the side on which there is more.
const TABLES = ".pst-scrollable-table-container, .comparison";

/** @param {HTMLElement} element */
function tellOfMore(element) {
  const hidden = element.scrollWidth - element.clientWidth - Math.abs(element.scrollLeft);
  element.toggleAttribute("data-more", hidden > 1);
}

/** @param {Event} event */
const tellOfScrolled = ({ currentTarget }) =>
  tellOfMore(/** @type {HTMLElement} */ (currentTarget));

function reachScrollersSoon() {
  for (const wait of [0, 350, 700]) {
    setTimeout(reachScrollers, wait);
  }
}

// The contents are a dialog on a phone, which would go on covering what was chosen in them.
document.addEventListener("click", ({ target }) => {
  const link = target instanceof Element && target.closest('dialog[open] a[href^="#"]');
  if (link) link.closest("dialog")?.close();
});

// On white paper the colours of the night are hard to read.
/** @type {string | undefined} */
let themeOnScreen;
window.addEventListener("beforeprint", () => {
  themeOnScreen = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
window.addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = themeOnScreen;
});

window.addEventListener("load", markContents);
window.addEventListener("load", () => {
  reachScrollersSoon();
  // In the very frame in which one no longer holds what it shows.
  const watching = new ResizeObserver(reachScrollers);
  for (const scroller of document.querySelectorAll(".math, .cell_output"))
    watching.observe(scroller);
});
window.addEventListener("resize", reachScrollersSoon);
// What is folded has no width until it is opened.
document.addEventListener("toggle", reachScrollersSoon, { capture: true });
