// @ts-check
// The networks' answer to a drawing: how it is ranked, shown, worded.

import { PIXELS } from "../lib/canvas.js";
import { knownFits, learnedFits } from "../lib/fitting.js";
import { logitsOf, shareOut } from "../lib/heads.js";
import { placeOf } from "../lib/names.js";
import { probabilities } from "../lib/probabilities.js";
import { number, percent } from "../lib/words.js";
import { find, make, paint, shares } from "../surface/dom.js";

/**
 * @typedef {object} Answer
 * @property {Float32Array} clean the drawing
 * @property {Float32Array} noisy
 * @property {Float32Array} denoised
 * @property {Naming} direct what it is without denoising
 * @property {Naming} chain what it is after denoising
 */
/** @typedef {{ name: string, share: number, isOwn?: boolean }[]} Ranking the likeliest first */
/**
 * @typedef {object} Naming what one network says, twice from the same logits
 * @property {Ranking} chosen among the names that were possible
 * @property {Ranking} all among all that it knows
 * @property {boolean} fits whether any of the names that were possible does
 */

// Rows of a list; names that are told of all.
const SHOWN = 5;
const TOLD = 3;
// Where the names that were possible are far from what is seen.
const DOUBT = "Perhaps none of these: it is unlike the drawings of each.";
// What is less likely is not worth a word.
const LEAST = 0.01;

/** @type {(logits: Float32Array, places: number[], names: string[]) => Ranking} */
const rank = (logits, places, names) =>
  probabilities(logits, places)
    .map((share, i) => ({ share, name: names[places[i]] }))
    .sort((a, b) => b.share - a.share);

/**
 * Rank the reader's own names with the known ones.
 *
 * @param {import("../lib/heads.js").Head} head
 * @param {ArrayLike<number>} own the head's logits
 * @param {Float32Array} logits
 * @param {number[]} places of the known names
 * @param {string[]} names
 * @returns {Ranking}
 */
function rankWith({ categories, other }, own, logits, places, names) {
  const known = other ? places.filter((place) => !categories.includes(names[place])) : [];
  const among = [...categories, ...known.map((place) => names[place])];
  return shareOut(own, categories.length, logits, known)
    .map((share, i) => ({ share, name: among[i], isOwn: i < categories.length }))
    .sort((a, b) => b.share - a.share);
}

/**
 * @param {Uint8Array} levels the drawing's grey levels
 * @param {import("./tasks.js").Answered} answered
 * @param {number[]} chosen the places of the names that are possible
 * @param {string[]} names all that there are
 * @param {import("../lib/heads.js").Head | null} head the reader's own names
 * @param {import("../lib/learning.js").Background | null} background of the names that there are
 * @returns {Answer}
 */
export function answerOf(levels, answered, chosen, names, head, background) {
  const all = [...names.keys()];
  /** @type {(logits: Float32Array, features: Float32Array, seen: Float32Array) => Naming} */
  const naming = (logits, features, seen) => {
    if (!head || !features.length) {
      const fits = knownFits(background, logits, seen, chosen);
      return { chosen: rank(logits, chosen, names), all: rank(logits, all, names), fits };
    }
    const own = logitsOf(head, features);
    const ranking = rankWith(head, own, logits, chosen, names);
    const known = chosen.filter((place) => placeOf(names[place], head.categories) < 0);
    const fits = ranking[0].isOwn
      ? learnedFits(head, features)
      : knownFits(background, logits, seen, known);
    return { chosen: ranking, all: rankWith(head, own, logits, all, names), fits };
  };
  return {
    clean: shares(levels),
    noisy: answered.noisy,
    denoised: answered.denoised,
    direct: naming(answered.direct_logits, answered.direct_features, answered.direct_features),
    chain: naming(answered.logits, answered.features, answered.denoised_features),
  };
}

/**
 * Show an answer; without one, that there is none.
 *
 * @param {Answer | null} answer
 */
export function showAnswer(answer) {
  for (const name of /** @type {const} */ (["clean", "noisy", "denoised"])) {
    paint(find(`pg-${name}`, HTMLCanvasElement), answer?.[name] ?? new Float32Array(PIXELS));
  }
  for (const name of /** @type {const} */ (["direct", "chain"])) {
    const naming = answer?.[name];
    const rows = naming?.chosen.slice(0, SHOWN) ?? [];
    find(`pg-${name}`, HTMLElement).replaceChildren(...rows.map(row));
    const doubt = naming && !naming.fits ? [make("strong", { textContent: DOUBT }), " "] : [];
    find(`pg-${name}-all`, HTMLElement).replaceChildren(...doubt, ...(naming ? ofAll(naming) : []));
  }
}

/** @param {Ranking[number]} ranked */
function row({ name, share, isOwn = false }) {
  const item = make("li", { className: "pg-share ex-share" });
  item.style.setProperty("--share", String(share));
  const label = make("span", { textContent: name, className: "pg-name" });
  if (isOwn) label.append(make("span", { textContent: " (yours)", className: "pg-mine" }));
  item.append(
    label,
    // Read out as a pause between the name, the share.
    make("span", { textContent: ", ", className: "ex-hidden" }),
    make("span", { textContent: percent(share), className: "pg-percent" }),
  );
  return item;
}

/**
 * What a choice among few hides: that it was one, what the networks would say among all.
 *
 * @param {Naming} naming
 * @returns {(string | Node)[]}
 */
function ofAll({ chosen, all }) {
  if (chosen.length === all.length) return [];
  const [first, ...others] = all
    .slice(0, TOLD)
    .filter(({ share }, i) => !i || share >= LEAST)
    .map(({ name, share }) => `${name}, ${percent(share)}`);
  const rest = others.length ? `; then ${others.join("; ")}` : "";
  return [
    `Only ${number(chosen.length)} names were possible. Of all ${all.length}: `,
    make("strong", { textContent: first }),
    `${rest}.`,
  ];
}

/**
 * Word an answer for who cannot see it.
 *
 * @param {Answer | null} answer
 * @returns {string}
 */
export function wordAnswer(answer) {
  if (!answer) return "The surface is empty.";
  /** @param {Ranking[number]} first */
  const word = ({ name, share }) => `${name}, ${percent(share)}`;
  /** @param {Naming} naming */
  const first = ({ chosen, fits }) => `${word(chosen[0])}${fits ? "" : ", perhaps none of these"}`;
  const { chain, direct } = answer;
  const few = `After denoising: ${first(chain)}. Without: ${first(direct)}.`;
  if (chain.chosen.length === chain.all.length) return few;
  const count = number(chain.chosen.length);
  return `${few} Only ${count} names were possible. Of all ${chain.all.length}: ${word(chain.all[0])}, without denoising ${word(direct.all[0])}.`;
}
