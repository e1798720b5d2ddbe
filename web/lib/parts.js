// @ts-check
// The named parts of an address, taken one by one with note of what made no sense.

export class Parts {
  /**
   * @param {string} text what follows the # of an address
   * @param {{ isOwn?: boolean }} [options] `isOwn` if the page itself kept it, where there is more room
   */
  constructor(text, { isOwn = false } = {}) {
    this.isOwn = isOwn;
    this.parts = new URLSearchParams(text);
    /** Whether nobody has asked for any of them so far: they are not for whoever reads them. */
    this.areForeign = true;
    /** @type {Set<string>} names of the parts that nobody has understood so far */
    this.refused = new Set(this.parts.keys());
  }

  /**
   * Take a part.
   *
   * @template Value
   * @param {string} name
   * @param {(text: string) => Value | undefined} read gives undefined for what makes no sense
   * @param {Value} given what it is if there is no such part, or none that makes sense
   * @returns {Value}
   */
  take(name, read, given) {
    const text = this.parts.get(name);
    if (text !== null) this.areForeign = false;
    const value = text === null ? undefined : read(text);
    if (value === undefined) return given;
    this.refused.delete(name);
    return value;
  }

  /** @returns {boolean} whether nothing is left that was not understood */
  get areUnderstood() {
    return !this.refused.size;
  }
}

/**
 * A reader of numbers within a range.
 *
 * @param {number} low
 * @param {number} high
 * @returns {(text: string) => number | undefined}
 */
export const numberWithin = (low, high) => (text) => {
  const value = Number(text.trim() || Number.NaN);
  return value >= low && value <= high ? value : undefined;
};

/**
 * A reader of whole numbers within a range.
 *
 * @param {number} low
 * @param {number} high
 * @returns {(text: string) => number | undefined}
 */
export const wholeWithin = (low, high) => (text) => {
  const value = numberWithin(low, high)(text);
  return Number.isInteger(value) ? value : undefined;
};

/**
 * A reader of numbers in a row, each within a range, commas between them.
 *
 * @param {number} count
 * @param {number} low
 * @param {number} high
 * @returns {(text: string) => number[] | undefined}
 */
export const numbersWithin = (count, low, high) => (text) => {
  const words = text.split(",", count + 1);
  const values = words.map(numberWithin(low, high)).filter((value) => value !== undefined);
  return words.length === count && values.length === count ? values : undefined;
};

/**
 * A reader of one of some words.
 *
 * @template {string} Word
 * @param {readonly Word[]} words
 * @returns {(text: string) => Word | undefined}
 */
export const oneOf = (words) => (text) => words.find((word) => word === text);

/**
 * Write parts as text that people can read.
 *
 * @param {Record<string, string | number>} parts
 * @returns {string} what may follow the # of an address
 */
export const join = (parts) =>
  Object.entries(parts)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&")
    .replaceAll("%20", "+")
    .replaceAll("%2C", ",");
