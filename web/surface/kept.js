// @ts-check
// Keeps what a reader did on their machine, as far as the browser lets it.

const PREFIX = "noisy-quick-draw/";

/**
 * @param {string} name
 * @returns {string | null} what was kept under it
 */
export function kept(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage is off: what was done lasts as long as the page is open
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {boolean} whether it is kept: storage may be off or full
 */
export function keep(name, text) {
  try {
    localStorage.setItem(PREFIX + name, text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Hear of what another tab keeps under a name, or forgets: it would be written over otherwise.
 *
 * @param {string} name
 * @param {(text: string | null) => void} listener
 */
export function onKeptElsewhere(name, listener) {
  window.addEventListener("storage", ({ key }) => {
    // Where no key is named, all of it is gone.
    if (key === null || key === PREFIX + name) listener(kept(name));
  });
}

/** @param {string} name */
export function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing was kept.
  }
}
