// @ts-check
// Moves each slider of levels over the states that its markup holds.

(() => {
  /** @param {HTMLElement} box */
  const wake = (box) => {
    /** @type {{ level: string, words: string[] }[]} */
    const states = JSON.parse(box.dataset.states ?? "");
    const slider = /** @type {HTMLInputElement} */ (box.querySelector("input"));
    /** @type {HTMLAnchorElement | null} */
    const link = box.querySelector(".more a");
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;

    /**
     * @param {string} selector
     * @param {string} text
     */
    const say = (selector, text) => {
      const cell = box.querySelector(selector);
      if (cell) cell.textContent = text;
    };

    const show = () => {
      const { level, words } = states[Number(slider.value)];
      box.style.setProperty("--state", slider.value);
      slider.setAttribute("aria-valuetext", level);
      say(".level", level);
      for (const [i, cell] of box.querySelectorAll(".says").entries()) cell.textContent = words[i];
      if (link) link.hash = link.hash.replace(/level=[^&]*/, `level=${level}`);
    };

    const wording = () =>
      [...box.querySelectorAll(".pair > div")]
        .map((cell) => [...cell.querySelectorAll("p")].map((p) => p.textContent).join(": "))
        .join(". ");

    slider.addEventListener("input", () => {
      show();
      // Spoken when the slider rests, not at each step.
      clearTimeout(timer);
      timer = setTimeout(() => say(".spoken", wording()), 700);
    });
    show();
  };

  const wakeAll = () => {
    /** @type {NodeListOf<HTMLElement>} */
    const asleep = document.querySelectorAll(".level-slider:not([data-awake])");
    for (const box of asleep) {
      box.dataset.awake = "";
      wake(box);
    }
  };

  // In a notebook the markup is there; a page is still being read.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", wakeAll);
  else wakeAll();
})();
