// @ts-check
// What comes out of the networks, whole or operated on: pictures, decibels, names.

import { rank } from "../lib/bench.js";
import { percent } from "../lib/words.js";
import { find, paint, setText } from "../surface/dom.js";

/** @typedef {import("../lib/bench.js").Finding} Finding */
/** @typedef {import("../lib/inspection.js").Inspection} Inspection */

/** @param {number} decibels @returns {string} */
const word = (decibels) => (Number.isFinite(decibels) ? `${decibels.toFixed(1)} dB` : "exact");

/** @type {(logits: Float32Array, chosen: number[], categories: string[]) => string} the likeliest name */
function nameBy(logits, chosen, categories) {
  const [{ place, share }] = rank(logits, chosen);
  return `${categories[place]}, ${percent(share)}`;
}

/**
 * Word what comes out.
 *
 * @param {Finding | null} finding
 * @param {Inspection} inspection
 * @param {string[]} categories
 * @returns {{ decibels: string, names: string }}
 */
export function wordFinding(finding, { off, chosen }, categories) {
  if (!finding) return { decibels: "The surface is empty.", names: "" };
  const { before, now, whole, shipped } = finding;
  const isOff = off.length > 0;
  /** @param {Float32Array} logits */
  const name = (logits) => nameBy(logits, chosen, categories);
  const wholly = isOff ? ` (whole: ${word(whole.decibels)})` : "";
  const beside = shipped ? `, by the shipped denoiser ${word(shipped.decibels)}` : "";
  const decibels = `Noisy ${word(before)} → denoised ${word(now.decibels)}${wholly}${beside}`;
  const after = `${name(now.logits)}${isOff ? ` (whole: ${name(whole.logits)})` : ""}`;
  const without = `${name(now.direct)}${isOff ? ` (whole: ${name(whole.direct)})` : ""}`;
  return { decibels, names: `Named ${after}. Without denoising: ${without}.` };
}

/** @type {(finding: Finding | null, words: { decibels: string, names: string }) => void} */
export function showFinding(finding, { decibels, names }) {
  const empty = new Float32Array();
  paint(find("li-noisy", HTMLCanvasElement), finding?.noisy ?? empty);
  paint(find("li-denoised", HTMLCanvasElement), finding?.now.denoised ?? empty);
  const shipped = find("li-shipped", HTMLCanvasElement);
  shipped.hidden = !finding?.shipped;
  if (finding?.shipped) paint(shipped, finding.shipped.denoised);
  setText("li-decibels", decibels);
  setText("li-names", names);
}
