// @ts-check
// Finds a category by what a reader types, or the nearest names, as the Python package does.

// How alike a suggestion must be, how many there are at most.
const CUTOFF = 0.6;
const MOST = 3;

/**
 * Fold a letter's case as Python does: "ẞ" is "ss", each kind of sigma the same. A Turkish ı has no other
 * small form, though its capital is that of i.
 *
 * @param {string} letter
 */
const fold = (letter) =>
  letter === "ı" ? letter : letter.toLowerCase().toUpperCase().toLowerCase();

/**
 * Fold case; a hyphen or an underscore counts as a space, a letter with an accent as one, however it is kept.
 *
 * @param {string} name
 */
const keyOf = (name) =>
  [...name.normalize("NFC")]
    .map(fold)
    .join("")
    .replaceAll("-", " ")
    .replaceAll("_", " ")
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");

/**
 * How many letters two words share in their longest common block, with what is left of it, right of it,
 * in the same way (Ratcliff and Obershelp 1988, as Python's difflib has it).
 *
 * @param {string[]} a
 * @param {string[]} b
 * @returns {number}
 */
function matches(a, b) {
  let [size, at, other] = [0, 0, 0];
  let lengths = new Int32Array(b.length + 1);
  for (let i = 0; i < a.length; i += 1) {
    const next = new Int32Array(b.length + 1);
    for (let j = 0; j < b.length; j += 1) {
      if (a[i] !== b[j]) continue;
      next[j + 1] = lengths[j] + 1;
      // The first of the longest.
      if (next[j + 1] > size)
        [size, at, other] = [next[j + 1], i - next[j + 1] + 1, j - next[j + 1] + 1];
    }
    lengths = next;
  }
  if (!size) return 0;
  const before = matches(a.slice(0, at), b.slice(0, other));
  return size + before + matches(a.slice(at + size), b.slice(other + size));
}

/** @type {(one: string, two: string) => number} -1, 0 or 1, in the order of their letters' codes */
const order = (one, two) => (one < two ? -1 : Number(one > two));

/**
 * Find a name.
 *
 * @param {string} typed
 * @param {string[]} names
 * @returns {number} its place; -1 if there is none
 */
export function placeOf(typed, names) {
  const key = keyOf(typed);
  return names.findIndex((name) => keyOf(name) === key);
}

/**
 * Tell whether what was typed is the word that stands for all names.
 *
 * @param {string} typed
 */
export const meansAll = (typed) => keyOf(typed) === "all";

/**
 * Find the names that are most like what was typed.
 *
 * @param {string} typed
 * @param {string[]} names
 * @returns {string[]} the nearest first; none if none is near
 */
export function nearest(typed, names) {
  const wanted = [...keyOf(typed).slice(0, 100)];
  return names
    .map((name) => {
      const key = keyOf(name);
      const letters = [...key];
      const total = letters.length + wanted.length;
      return { name, key, ratio: total ? (2 * matches(letters, wanted)) / total : 0 };
    })
    .filter(({ ratio }) => ratio >= CUTOFF)
    .sort((one, two) => two.ratio - one.ratio || order(two.key, one.key))
    .slice(0, MOST)
    .map(({ name }) => name);
}
