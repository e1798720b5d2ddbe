// @ts-check
// The reader's own names with their examples, as a text that the browser keeps.

import { bytesOf, textOf } from "./base64.js";
import { PIXELS } from "./canvas.js";
import { isName } from "./heads.js";
import { meansAll, placeOf } from "./names.js";

/** @typedef {{ id: string, pixels: Uint8Array }} Example grey levels, by what they are known by */
/** @typedef {{ name: string, examples: Example[] }} Thing */

/** How many names a reader may have, examples of each. */
export const MOST = { names: 20, examples: 30 };

/**
 * @param {Uint8Array} pixels
 * @returns {Example}
 */
export const exampleOf = (pixels) => ({ id: textOf(pixels), pixels });

/**
 * @param {Thing[]} things
 * @returns {string}
 */
export const writeThings = (things) =>
  JSON.stringify(
    things.map(({ name, examples }) => ({ name, examples: examples.map(({ id }) => id) })),
  );

/**
 * Read what was kept, whatever has become of it.
 *
 * @param {string | null} text
 * @returns {Thing[]} what makes sense of it
 */
export function readThings(text) {
  /** @type {unknown} */
  let found;
  try {
    found = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  /** @type {Map<string, Thing>} */
  const things = new Map();
  for (const one of found.slice(0, MOST.names)) {
    if (!isName(one?.name) || !Array.isArray(one.examples)) continue;
    const examples = one.examples.slice(0, MOST.examples).flatMap(readExample);
    if (examples.length) things.set(one.name, { name: one.name, examples });
  }
  return [...things.values()];
}

/** @param {unknown} id @returns {Example[]} */
function readExample(id) {
  try {
    const pixels = bytesOf(String(id));
    return pixels.length === PIXELS ? [exampleOf(pixels)] : [];
  } catch {
    return [];
  }
}

/**
 * Why something cannot be a new name, in a sentence.
 *
 * @param {string} name as typed
 * @param {string[]} taken names that the reader has given
 * @param {string[]} known names that the networks know
 * @returns {string} empty if it can
 */
export function whyNot(name, taken, known) {
  if (!name) return "Type the name of what you have drawn.";
  if (!isName(name)) return "This cannot be a name: it is too long, or holds what cannot be shown.";
  if (meansAll(name)) return `“${name}” stands for all names: give another.`;
  if (placeOf(name, known) >= 0) {
    return `The networks know “${name}” already: add it to the categories to choose among.`;
  }
  if (placeOf(name, taken) >= 0) return `You have given the name “${name}” already.`;
  return "";
}
