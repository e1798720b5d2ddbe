// @ts-check
// Shows a glossary's entry at the word that links to it, for pointer, keyboard or finger.

/** So long it stays when the pointer leaves, which may be on its way to the entry; milliseconds. */
const GRACE = 200;

/** @typedef {{ show(): void, hide(): void, tip: HTMLElement | null }} Tooltip */

/**
 * @param {HTMLAnchorElement} link
 * @param {HTMLElement} entry
 */
function showAt(link, entry) {
  /** @type {Tooltip} */
  const tooltip = new bootstrap.Tooltip(link, {
    title: entry.textContent ?? "",
    customClass: "glossary-tip",
    trigger: "manual",
    placement: "bottom",
    container: "body",
    // A fading tip takes with it the one that shows again meanwhile.
    animation: false,
  });
  let isShown = false;
  let wait = 0;
  const show = () => {
    clearTimeout(wait);
    if (isShown) return;
    isShown = true;
    tooltip.show();
    // Whoever reads it may move over it.
    tooltip.tip?.addEventListener("mouseenter", () => clearTimeout(wait));
    tooltip.tip?.addEventListener("mouseleave", hideSoon);
  };
  const hide = () => {
    clearTimeout(wait);
    if (!isShown) return;
    isShown = false;
    tooltip.hide();
  };
  const hideSoon = () => {
    clearTimeout(wait);
    wait = setTimeout(hide, GRACE);
  };
  // It is the link's description all the time, not only while it is seen.
  const describe = () => link.setAttribute("aria-describedby", entry.id);
  describe();
  link.addEventListener("shown.bs.tooltip", describe);
  link.addEventListener("hidden.bs.tooltip", describe);
  link.addEventListener("mouseenter", show);
  link.addEventListener("mouseleave", hideSoon);
  link.addEventListener("focus", show);
  link.addEventListener("blur", hide);
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
  // A first tap shows the entry, a second one follows the link.
  let wasShown = false;
  let isFinger = false;
  link.addEventListener("pointerdown", ({ pointerType }) => {
    wasShown = isShown;
    isFinger = pointerType === "touch";
  });
  link.addEventListener("click", (event) => {
    if (isFinger && !wasShown) {
      event.preventDefault();
      show();
    }
    isFinger = false;
  });
}

/** Give every link to an entry that the page holds its entry. */
export function showGlossary() {
  if (typeof bootstrap === "undefined") return;
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll('article a[href*="glossary.html#"]');
  for (const link of links) {
    const entry = document.getElementById(`glossary-${decodeURIComponent(link.hash.slice(1))}`);
    if (entry) showAt(link, entry);
  }
}
