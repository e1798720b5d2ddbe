// @ts-check
// Names in one text, between commas: read from it, written so, as qdtools/_lists.py does; choices of some.

/**
 * @param {string[]} names
 * @returns {string} in which a name with a comma stands in quotation marks
 */
export const joinNames = (names) =>
  names.map((name) => (/[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(",");

/**
 * @param {string} text
 * @returns {string[]}
 */
export const splitNames = (text) =>
  [...text.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"[^,]*|([^,]*))/g)]
    .map(([, quoted, bare]) => (quoted?.replaceAll('""', '"') ?? bare).trim())
    .filter(Boolean);

/**
 * Whether the same are chosen, in whatever order.
 *
 * @param {number[]} one each place once
 * @param {number[]} other each place once
 */
export const areSame = (one, other) =>
  one.length === other.length && one.every((place) => other.includes(place));
