// @ts-check
// Marks in the page's contents the section that is being read.
//
// The theme marks the heading that last came into view, so who scrolls back up is shown a section too far.

/** A section is being read from when its heading is above so much of the window's height. */
const LINE = 0.3;
/** Pixels within which the page counts as scrolled to its end. */
const SLACK = 4;

/**
 * Find the section that is being read.
 *
 * @param {HTMLElement[]} headings from top to bottom
 * @returns {HTMLElement | undefined} none above the first section
 */
function current(headings) {
  const { innerHeight, scrollY } = window;
  const top = (/** @type {HTMLElement} */ heading) => heading.getBoundingClientRect().top;
  // The last sections cannot scroll up as far.
  const isEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - SLACK;
  const line = isEnd ? innerHeight : LINE * innerHeight;
  const begun = headings.filter((heading) => top(heading) <= line);
  // Of several that have just begun, the one that was asked for is meant.
  const asked = begun.find((heading) => `#${heading.dataset.section}` === location.hash);
  return asked && top(asked) >= 0 ? asked : begun.at(-1);
}

/** Take the contents over from the theme. */
export function markContents() {
  const nav = document.getElementById("pst-page-toc-nav");
  if (!nav) return;
  // The theme goes on marking the links that it has found, which are no longer in the page.
  nav.replaceChildren(...[...nav.children].map((child) => child.cloneNode(true)));
  /** @type {Map<HTMLElement, HTMLAnchorElement>} */
  const links = new Map();
  for (const link of nav.querySelectorAll("a")) {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    /** @type {HTMLElement | null | undefined} */
    const heading = section?.querySelector(":is(h1, h2, h3, h4)");
    if (!section || !heading) continue;
    heading.dataset.section = section.id;
    links.set(heading, link);
  }
  const mark = () => {
    const heading = current([...links.keys()]);
    const chosen = heading && links.get(heading);
    for (const link of links.values()) {
      link.classList.toggle("active", link === chosen);
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const entry of nav.querySelectorAll(".toc-entry")) {
      entry.classList.toggle("active", chosen !== undefined && entry.contains(chosen));
    }
  };
  let waits = false;
  const markSoon = () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      mark();
    });
  };
  for (const event of ["scroll", "resize", "hashchange"]) {
    window.addEventListener(event, markSoon, { passive: true });
  }
  mark();
}
