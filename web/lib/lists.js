// @ts-check
// Names in one text, between commas: read from it, written so, as qdtools/_lists.py does.

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
