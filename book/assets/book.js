// What the built pages need at run time beyond the theme: small mends for search, widgets and MathJax.

"use strict";

// A page opened as a file may not fetch others, which the search would do for its summaries.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// The widgets call MathJax 2; the page has MathJax 3.
document.addEventListener("DOMContentLoaded", () => {
  if (window.MathJax && !window.MathJax.Hub) {
    window.MathJax.Hub = {
      Queue: ([, , element]) => window.MathJax.typesetPromise?.([element]),
    };
  }
});

// A slider shows its name beside the handle but does not tell it to screen readers.
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const label = handle.closest(".jupyter-widgets")?.querySelector(".widget-label");
    const readout = handle.closest(".jupyter-widgets")?.querySelector(".widget-readout");
    const name = label?.textContent.trim();
    if (name) {
      handle.setAttribute("aria-label", name);
    }
    if (readout) {
      const say = () => handle.setAttribute("aria-valuetext", readout.textContent.trim());
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
  nameSliders(document);
  new MutationObserver(() => nameSliders(document)).observe(document.body, {
    childList: true,
    subtree: true,
  });
});
