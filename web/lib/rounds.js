// @ts-check
// Rounds of naming noisy drawings: which are dealt, what a reader answered, how often that was right.

import { addNoise } from "./noise.js";
import { join, wholeWithin } from "./parts.js";
import { generator } from "./random.js";

/** @typedef {import("./parts.js").Parts} Parts */

/** Drawings of a round. */
export const PER_ROUND = 20;
/** The last round that an address may name. */
export const LAST_ROUND = 1000;

/**
 * @typedef {object} Contest what all rounds are dealt from
 * @property {string[]} names
 * @property {number[]} levels of noise
 * @property {{ label: number, shares: number[][] }[]} drawings the place of each one's name; what the
 *   network gives each name at each level
 */

/** @typedef {{ place: number, level: number }} Card a drawing, a level, each by its place */

/**
 * @typedef {object} State
 * @property {number} round from 1
 * @property {number} drawing which one of the round is shown, from 1
 * @property {string} answers a digit a drawing: the place of the name that was chosen, from 1
 */

/** @typedef {Record<number, string>} Records the answers by round */

/** @typedef {{ n: number, you: number, network: number }} Count drawings, those named right */

/**
 * Shuffle in place (Fisher–Yates).
 *
 * @template Thing
 * @param {Thing[]} things
 * @param {() => number} random
 * @returns {Thing[]}
 */
function shuffle(things, random) {
  for (let i = things.length - 1; i > 0; i -= 1) {
    const other = Math.floor(random() * (i + 1));
    [things[i], things[other]] = [things[other], things[i]];
  }
  return things;
}

/**
 * Deal a round: the same for whoever asks. No drawing comes again until all others have come.
 *
 * @param {number} round from 1
 * @param {number} count drawings that there are
 * @param {number} levels how many; each comes equally often in a round
 * @returns {Card[]}
 */
export function deal(round, count, levels) {
  const rounds = Math.max(1, Math.floor(count / PER_ROUND));
  const before = Math.floor((round - 1) / rounds);
  const from = PER_ROUND * ((round - 1) % rounds);
  const places = shuffle([...Array(count).keys()], generator(before));
  const order = shuffle(
    Array.from({ length: PER_ROUND }, (_, i) => i % levels),
    // Where no order of the drawings has its seed.
    generator(LAST_ROUND + round),
  );
  return places.slice(from, from + PER_ROUND).map((place, i) => ({ place, level: order[i] }));
}

/**
 * Drown a drawing: the noise is its own, whatever the round.
 *
 * @param {Uint8Array} pixels its grey levels
 * @param {number} place among all drawings
 * @param {number} level of noise
 * @returns {Float32Array} from 0 to 1
 */
export function drown(pixels, place, level) {
  const clean = Float32Array.from(pixels, (value) => value / 255);
  return addNoise(clean, level, "gaussian", seedOf(place));
}

/** The seed of a drawing's noise. @param {number} place among all drawings */
export const seedOf = (place) => place + 1;

/**
 * @param {number[]} shares
 * @returns {number} the place of the largest
 */
export const largest = (shares) => shares.indexOf(Math.max(...shares));

/**
 * Count what was named right.
 *
 * @param {Contest} contest
 * @param {Records} records
 * @returns {Count[]} one a level
 */
export function tally({ levels, drawings }, records) {
  const counts = levels.map(() => ({ n: 0, you: 0, network: 0 }));
  for (const [round, answers] of Object.entries(records)) {
    const cards = deal(Number(round), drawings.length, levels.length);
    for (const [i, { place, level }] of cards.slice(0, answers.length).entries()) {
      const { label, shares } = drawings[place];
      counts[level].n += 1;
      counts[level].you += Number(Number(answers[i]) - 1 === label);
      counts[level].network += Number(largest(shares[level]) === label);
    }
  }
  return counts;
}

/**
 * @param {Count[]} counts
 * @returns {Count} their sum
 */
export const total = (counts) =>
  counts.reduce(
    (sum, { n, you, network }) => ({
      n: sum.n + n,
      you: sum.you + you,
      network: sum.network + network,
    }),
    { n: 0, you: 0, network: 0 },
  );

/** @param {string | undefined} answers */
const isFinished = (answers) => answers?.length === PER_ROUND;

/**
 * The first round that is not finished.
 *
 * @param {Records} records
 * @param {number} [but] none that this one is
 * @returns {number}
 */
export function nextRound(records, but = 0) {
  let round = 1;
  while (round < LAST_ROUND && (isFinished(records[round]) || round === but)) round += 1;
  return round;
}

/**
 * Add an answer to a round's; a drawing that was named before keeps its first name.
 *
 * @param {Records} records
 * @param {State} state before the answer
 * @param {string} answer a digit
 * @returns {Records} the same where nothing is added
 */
export function withAnswer(records, { round, answers }, answer) {
  const recorded = records[round] ?? "";
  return recorded === answers ? { ...records, [round]: answers + answer } : records;
}

/**
 * A reader of the answers to a round.
 *
 * @param {number} names how many there are
 * @returns {(text: string) => string | undefined}
 */
const answersOf = (names) => (text) =>
  text.length <= PER_ROUND &&
  [...text].every((digit) => /[1-9]/.test(digit) && Number(digit) <= names)
    ? text
    : undefined;

/**
 * Read what was kept, with care: anything may stand there.
 *
 * @param {string | null} text
 * @param {number} names how many there are
 * @returns {Records}
 */
export function readRecords(text, names) {
  const [readRound, readAnswers] = [wholeWithin(1, LAST_ROUND), answersOf(names)];
  try {
    const whole = JSON.parse(text ?? "{}");
    if (typeof whole !== "object" || !whole) return {};
    const kept = Object.entries(whole).flatMap(([key, value]) => {
      const round = readRound(key);
      const answers = typeof value === "string" ? readAnswers(value) : undefined;
      return round && answers ? [[round, answers]] : [];
    });
    return Object.fromEntries(kept);
  } catch {
    return {};
  }
}

/**
 * @param {State} state
 * @returns {string} what may follow the # of an address
 */
export const write = ({ round, drawing, answers }) => join({ round, drawing, answers });

/**
 * Read a state over a given one; whatever makes no sense is left as it was.
 *
 * @param {Parts} parts of an address
 * @param {State} given
 * @param {number} names how many there are
 * @returns {State}
 */
export function read(parts, given, names) {
  const round = parts.take("round", wholeWithin(1, LAST_ROUND), given.round);
  // What was answered to another round says nothing.
  const usual = round === given.round ? given.answers : "";
  const answers = parts.take("answers", answersOf(names), usual);
  const last = Math.min(answers.length + 1, PER_ROUND);
  return { round, drawing: parts.take("drawing", wholeWithin(1, last), last), answers };
}
