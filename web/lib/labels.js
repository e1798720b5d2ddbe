// @ts-check
// Finds places for the labels of a picture where none lies over another.

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Box */

/** @type {(one: Box, other: Box) => boolean} */
const meet = (one, other) =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom;

/**
 * Move each label up or down until it meets no other, by as little as can be.
 *
 * @param {Box[]} labels where they would stand best, the most important first
 * @param {{ top: number, bottom: number }} bounds that none may leave
 * @returns {number[]} how far each is moved down; 0 where there is no room at all
 */
export function apart(labels, { top, bottom }) {
  /** @type {Box[]} */
  const placed = [];
  return labels.map((label) => {
    const isFree = (/** @type {number} */ by) => {
      const moved = { ...label, top: label.top + by, bottom: label.bottom + by };
      return moved.top >= top && moved.bottom <= bottom && !placed.some((one) => meet(moved, one));
    };
    // The nearest free place touches a bound or a label that has its place.
    const ways = [
      0,
      top - label.top,
      bottom - label.bottom,
      ...placed.flatMap((one) => [one.top - label.bottom, one.bottom - label.top]),
    ].sort((one, other) => Math.abs(one) - Math.abs(other));
    const by = ways.find(isFree) ?? 0;
    placed.push({ ...label, top: label.top + by, bottom: label.bottom + by });
    return by;
  });
}
