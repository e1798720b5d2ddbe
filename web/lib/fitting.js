// @ts-check
// Tells whether any of the names that were possible fits a picture, as qdtools/pipeline.py does.

import { logitsOf, normalise } from "./heads.js";

/** @typedef {import("./heads.js").Head} Head */
/** @typedef {import("./learning.js").Background} Background */

// Where the possible names together are less probable than this part of what equal probabilities of all
// names would give them, none of them fits.
const LEAST_OF_CHANCE = 0.2;
// A learned name fits whatever scores at least as much as all but this share of its left-out examples.
const MISSED = 0.05;

/**
 * Logarithm of the summed exponentials of some values.
 *
 * @param {ArrayLike<number>} values
 * @param {Iterable<number>} places of those that count
 */
function logSum(values, places) {
  const some = Array.from(places, (place) => values[place]);
  const most = Math.max(...some);
  return most + Math.log(some.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/**
 * What is the same for every picture: a mean, turned by the matrix that measures, with its own length.
 *
 * @typedef {{ turned: Float64Array, square: number }} Center
 */

/** Those that were needed so far. @type {WeakMap<Background, Map<number, Center>>} */
const centers = new WeakMap();

/** @type {(one: ArrayLike<number>, two: ArrayLike<number>) => number} */
function dot(one, two) {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += one[i] * two[i];
  return sum;
}

/** @type {(precision: Float32Array, one: ArrayLike<number>) => Float64Array} */
const turn = (precision, one) =>
  Float64Array.from(one, (_, i) =>
    dot(one, precision.subarray(i * one.length, (i + 1) * one.length)),
  );

/** @type {(background: Background, place: number) => Center} */
function centerOf(background, place) {
  const known = centers.get(background) ?? new Map();
  centers.set(background, known);
  let found = known.get(place);
  if (!found) {
    const mean = background.means[place].subarray(0, background.layers[0]);
    const turned = turn(background.precision, mean);
    found = { turned, square: dot(mean, turned) };
    known.set(place, found);
  }
  return found;
}

/**
 * How far a picture is from the nearest of some names, squared, measured by how their drawings vary: by the
 * features of the last layer.
 *
 * @param {Background} background
 * @param {ArrayLike<number>} features of the picture
 * @param {number[]} places of the names
 * @returns {number}
 */
export function distance(background, features, places) {
  const x = normalise(features, background.layers.slice(0, 1));
  const square = dot(x, turn(background.precision, x));
  const away = places.map((place) => {
    const center = centerOf(background, place);
    return square - 2 * dot(x, center.turned) + center.square;
  });
  return Math.min(...away);
}

/**
 * Whether one of the networks' own names fits.
 *
 * @param {Background | null} background
 * @param {ArrayLike<number>} logits of all names
 * @param {ArrayLike<number>} features of the picture that these were made of; none where there are none
 * @param {number[]} places of the names that were possible
 * @returns {boolean}
 */
export function knownFits(background, logits, features, places) {
  if (!places.length) return true;
  const share = logSum(logits, places) - logSum(logits, Array(logits.length).keys());
  if (share < Math.log((LEAST_OF_CHANCE * places.length) / logits.length)) return false;
  if (!background || !features.length) return true;
  return distance(background, features, places) <= background.limit;
}

/**
 * How well learned names fit: a head's logits of them, as one number.
 *
 * @param {ArrayLike<number>} own the head's logits
 * @param {number} learned how many names it has learned
 */
export const scoreOf = (own, learned) => logSum(own, Array(learned).keys());

/**
 * Whether one of the names that a head has learned fits.
 *
 * @param {Head} head
 * @param {ArrayLike<number>} features
 * @returns {boolean} true where the head has no threshold
 */
export const learnedFits = (head, features) =>
  head.threshold === null ||
  scoreOf(logitsOf(head, features), head.categories.length) >= head.threshold;

/**
 * The score that all but few of the left-out examples reach.
 *
 * @param {number[]} scores by heads that had not learned from the example
 * @returns {number} between two of them, in proportion
 */
export function thresholdOf(scores) {
  const ordered = [...scores].sort((a, b) => a - b);
  const place = MISSED * (ordered.length - 1);
  const [low, high] = [ordered[Math.floor(place)], ordered[Math.ceil(place)]];
  return low + (place - Math.floor(place)) * (high - low);
}
