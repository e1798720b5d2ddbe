// @ts-check
// Judges answers to exercises by the rules of qdtools/show/exercises.py, without a kernel.

import { thousands } from "./words.js";

/**
 * An exercise's key as the chapter computed it.
 *
 * @typedef {object} Key
 * @property {string} name
 * @property {string} ask
 * @property {string} said besides, to who has the right number
 * @property {Choice[]} [choices]
 * @property {number} [right]
 * @property {number} [tolerance]
 * @property {string} [shown] the right number as it is written
 * @property {{ value: number, said: string }[]} [likely] mistakes
 * @property {string} [unit]
 * @property {string} [hand] how what the reader builds is handed over in a notebook
 */

/** @typedef {{ text: string, said: string, right: boolean }} Choice */

/** @typedef {{ right: boolean, said: string }} Feedback */

/** A wrong answer nearer than this, relatively, is called close. */
const CLOSE = 1.1;
/** So many times too much or too little, or more, is told as a factor. */
const FACTOR = 2;
const MOST = 1_000_000;
const NO_NUMBER = "That is no number: write it as 0.25 or 1250.";

/** A number as programs write it. */
const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/;
/** One whose point or comma may part thousands. */
const GROUPED = /^[+-]?[1-9][0-9]{0,2}([.,])[0-9]{3}(\1[0-9]{3})*$/;

/**
 * Read digits with points or commas.
 *
 * @param {string} word
 * @returns {number[]}
 */
function readings(word) {
  const mark = GROUPED.exec(word)?.[1];
  if (mark) {
    const whole = Number(word.replaceAll(mark, ""));
    if (word.split(mark).length > 2) return [whole];
    const part = Number(word.replace(mark, "."));
    return mark === "," ? [whole, part] : [part, whole];
  }
  // Of both marks, the last one parts off the decimals.
  const plain =
    word.lastIndexOf(",") > word.lastIndexOf(".")
      ? word.replaceAll(".", "").replaceAll(",", ".")
      : word.replaceAll(",", "");
  return NUMBER.test(plain) ? [Number(plain)] : [];
}

/**
 * Read a number as a person may have written it: every reading, the likeliest first.
 *
 * @param {string} text like "0.25", "0,25", "1/4", "12 345", "25 %", "18.4 dB", "about 12 rows"
 * @param {string} [unit] may follow the number
 * @param {string} [ask] what is asked for: a word of it may follow, too
 * @returns {number[]} none if it is no number
 */
export function readNumbers(text, unit = "", ask = "") {
  const squeeze = (/** @type {string} */ words) => words.replace(/\s/g, "").toLowerCase();
  let word = squeeze(text)
    .replaceAll("−", "-")
    .replace(/(?<=[0-9])['’_](?=[0-9])/g, "")
    .replace(/percent$/, "%")
    .replace(/^(about|[≈~=])/, "");
  const own = squeeze(unit);
  if (own && word.endsWith(own)) word = word.slice(0, -own.length);
  // The longest that is one.
  const counted = (ask.toLowerCase().match(/[a-z]{3,}/g) ?? []).sort((a, b) => b.length - a.length);
  const named = counted.find((one) => word.endsWith(one));
  if (named) word = word.slice(0, -named.length);
  const isPercent = word.endsWith("%");
  if (isPercent) word = word.slice(0, -1);
  const slash = word.indexOf("/");
  let found = readings(slash < 0 ? word : word.slice(0, slash));
  if (slash >= 0) {
    const divisors = readings(word.slice(slash + 1)).filter((value) => value !== 0);
    found = found.flatMap((above) => divisors.map((below) => above / below));
  }
  if (isPercent) found = [...found.map((value) => value / 100), ...found];
  return found.filter(Number.isFinite);
}

/**
 * @param {number} value
 * @param {number} target
 * @param {number} tolerance
 */
const within = (value, target, tolerance) =>
  // What was meant to lie on the edge counts, whatever the last bit.
  Math.abs(value - target) <= tolerance * (1 + 1e-9);

/**
 * Say on which side of the right number another lies, with about how far.
 *
 * @param {number} value
 * @param {number} right
 * @returns {string}
 */
function off(value, right) {
  const side = value > right ? "Too high" : "Too low";
  if (value === 0 || right === 0) return `${side}.`;
  if (value > 0 !== right > 0) return `${side}: mind the sign.`;
  const ratio = Math.max(value / right, right / value);
  if (ratio < CLOSE) return `${side}, but close: by less than a tenth.`;
  if (ratio < FACTOR) {
    const tenths = Math.floor((10 * Math.abs(value - right)) / Math.abs(right) + 0.5);
    return `${side}, by about ${10 * tenths}%.`;
  }
  if (ratio >= MOST) return `${side}, by a factor of more than a million.`;
  const factor = ratio >= 10 ? Math.floor(ratio + 0.5) : Math.floor(10 * ratio + 0.5) / 10;
  return `${side}, by a factor of about ${thousands(factor)}.`;
}

/**
 * Judge a choice by its place.
 *
 * @param {Key} key
 * @param {number} chosen from 0
 * @returns {Feedback}
 */
export function judgeChoice(key, chosen) {
  const { right, said } = /** @type {Choice[]} */ (key.choices)[chosen];
  return { right, said: `${right ? "Right" : "Not so"}. ${said}` };
}

/**
 * Judge a number as a person wrote it.
 *
 * @param {Key} key
 * @param {string} answer
 * @returns {Feedback}
 */
export function judgeNumber(key, answer) {
  const { right = 0, tolerance = 0, shown, likely = [], unit = "", ask, said } = key;
  const found = readNumbers(answer, unit, ask);
  if (found.length === 0) return { right: false, said: NO_NUMBER };
  if (found.some((value) => within(value, right, tolerance))) {
    const exact = unit === "%" ? `${shown}%` : `${shown} ${unit}`.trim();
    return { right: true, said: `Right: ${exact}. ${said}`.trim() };
  }
  for (const value of found) {
    const near = likely
      .filter((one) => within(value, one.value, tolerance))
      .sort((one, other) => Math.abs(one.value - value) - Math.abs(other.value - value));
    if (near.length > 0) return { right: false, said: `Not so. ${near[0].said}` };
  }
  return { right: false, said: `Not so. ${off(found[0], right)}` };
}

/**
 * Part text at backticks, between which it is code.
 *
 * @param {string} text
 * @returns {{ text: string, isCode: boolean }[]}
 */
export function phrases(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [{ text, isCode: false }];
  return parts
    .map((part, number) => ({ text: part, isCode: number % 2 === 1 }))
    .filter((part) => part.text);
}
