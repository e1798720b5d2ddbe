// @ts-check
// The networks' answer to a drawing: how it is computed, shown, worded.

import { PIXELS } from "../lib/canvas.js";
import { addNoise } from "../lib/noise.js";
import { probabilities } from "../lib/probabilities.js";
import { percent } from "../lib/words.js";
import { find, make, paint, shares } from "../surface/dom.js";

/** @typedef {import("../lib/network.js").Network} Network */
/** @typedef {import("../lib/state.js").State} State */

/**
 * @typedef {object} Answer
 * @property {Float32Array} clean the drawing
 * @property {Float32Array} noisy
 * @property {Float32Array} denoised
 * @property {Ranking} direct what it is without denoising
 * @property {Ranking} chain what it is after denoising
 */
/** @typedef {{ name: string, share: number }[]} Ranking the likeliest first */

// Rows of a list.
const SHOWN = 5;

/**
 * @param {Network} network
 * @param {Uint8Array} levels the drawing's grey levels
 * @param {State} state
 * @returns {Answer}
 */
export function answerTo(network, levels, { level, kind, seed, chosen }) {
  const clean = shares(levels);
  const noisy = addNoise(clean, level, kind, seed);
  const { denoised, logits, direct_logits } = network.run(noisy);
  /** @type {(logits: Float32Array) => Ranking} */
  const ranking = (values) =>
    probabilities(values, chosen)
      .map((share, i) => ({ share, name: network.description.categories[chosen[i]] }))
      .sort((a, b) => b.share - a.share);
  return { clean, noisy, denoised, direct: ranking(direct_logits), chain: ranking(logits) };
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
    const rows = answer?.[name].slice(0, SHOWN) ?? [];
    find(`pg-${name}`, HTMLElement).replaceChildren(...rows.map(row));
  }
}

/** @param {Ranking[number]} ranked */
function row({ name, share }) {
  const item = make("li", { className: "pg-share" });
  item.style.setProperty("--share", String(share));
  item.append(
    make("span", { textContent: name, className: "pg-name" }),
    // Read out as a pause between the name, the share.
    make("span", { textContent: ", ", className: "ex-hidden" }),
    make("span", { textContent: percent(share), className: "pg-percent" }),
  );
  return item;
}

/**
 * Word an answer for who cannot see it.
 *
 * @param {Answer | null} answer
 * @returns {string}
 */
export function wordAnswer(answer) {
  if (!answer) return "The surface is empty.";
  const [chain, direct] = [answer.chain[0], answer.direct[0]].map(
    ({ name, share }) => `${name}, ${percent(share)}`,
  );
  return `After denoising: ${chain}. Without: ${direct}.`;
}
