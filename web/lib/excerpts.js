// @ts-check
// Finds in a page's sections where words of a search stand, with the text around them.

/** @typedef {[anchor: string, title: string, text: string]} Section */

/** @typedef {{ text: string, isHit: boolean }} Piece */

/** @typedef {{ anchor: string, title: string, pieces: Piece[] }} Found */

const WORD = /[\p{Letter}\p{Number}_]+/gu;
/** Letters of an excerpt, about. */
const LENGTH = 180;

/**
 * @param {string} text
 * @param {(word: string) => string | null} termOf the term that a word stands for, if any
 * @returns {{ start: number, end: number, term: string }[]}
 */
function hitsIn(text, termOf) {
  return [...text.matchAll(WORD)].flatMap((match) => {
    const term = termOf(match[0].toLowerCase());
    return term === null ? [] : [{ start: match.index, end: match.index + match[0].length, term }];
  });
}

/**
 * Cut out the text around the first hit that has most others near it.
 *
 * @param {string} text
 * @param {{ start: number, end: number, term: string }[]} hits
 * @returns {Piece[]}
 */
function cutOut(text, hits) {
  const near = (/** @type {number} */ at) =>
    new Set(hits.filter(({ start, end }) => start >= at && end <= at + LENGTH).map((h) => h.term))
      .size;
  let from = hits.length > 0 ? hits[0].start : 0;
  for (const { start } of hits) if (near(start) > near(from)) from = start;
  // A little of what comes before, from the beginning of a word.
  const before = text.slice(0, Math.max(0, from - LENGTH / 4));
  const first = before ? before.lastIndexOf(" ") + 1 : 0;
  const rest = text.slice(first);
  const length = rest.length > LENGTH ? Math.max(rest.lastIndexOf(" ", LENGTH), 1) : rest.length;
  const last = first + length;
  /** @type {Piece[]} */
  const pieces = [];
  let at = first;
  for (const { start, end } of hits) {
    if (start < at || end > last) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), isHit: false });
    pieces.push({ text: text.slice(start, end), isHit: true });
    at = end;
  }
  if (at < last) pieces.push({ text: text.slice(at, last), isHit: false });
  if (first > 0) pieces.unshift({ text: "… ", isHit: false });
  if (last < text.length) pieces.push({ text: " …", isHit: false });
  return pieces;
}

/**
 * Say which of a query's words another stands for, as Sphinx finds pages: by its stem, or, where no page
 * has the query's as a whole word, by holding it.
 *
 * @param {string[]} terms the query's words, as stems
 * @param {(word: string) => string} stemOf
 * @param {(term: string) => boolean} isWord whether it is a word of some page
 * @returns {(word: string) => string | null}
 */
export function asking(terms, stemOf, isWord) {
  const parts = terms.filter((term) => term.length > 2 && !isWord(term));
  return (word) => {
    const stem = stemOf(word);
    return terms.find((term) => term === stem) ?? parts.find((part) => stem.includes(part)) ?? null;
  };
}

/**
 * Find the sections that hold most of the terms, then most often.
 *
 * @param {Section[]} sections of a page
 * @param {(word: string) => string | null} termOf the term that a word, in small letters, stands for
 * @param {number} most sections
 * @returns {Found[]} the best first
 */
export function find(sections, termOf, most) {
  return sections
    .map(([anchor, title, text]) => {
      const hits = hitsIn(text, termOf);
      const inTitle = hitsIn(title, termOf);
      const terms = new Set([...hits, ...inTitle].map((hit) => hit.term)).size;
      return { anchor, title, text, hits, terms, count: hits.length + 5 * inTitle.length };
    })
    .filter(({ terms }) => terms > 0)
    .sort((one, other) => other.terms - one.terms || other.count - one.count)
    .slice(0, most)
    .map(({ anchor, title, text, hits }) => ({ anchor, title, pieces: cutOut(text, hits) }));
}
