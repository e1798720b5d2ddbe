// @ts-check
// Keeps a reader's answers on their machine, as far as the browser lets it.

const PREFIX = "noisy-quick-draw/exercise/";

/**
 * @param {string} name of an exercise
 * @returns {string | null}
 */
export function answerTo(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage is off: answers last as long as the page is open
  }
}

/**
 * @param {string} name of an exercise
 * @param {string} answer
 */
export function keep(name, answer) {
  try {
    localStorage.setItem(PREFIX + name, answer);
  } catch {
    // Storage is off or full.
  }
}

/** @param {string} name of an exercise */
export function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing was kept.
  }
}
