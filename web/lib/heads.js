// @ts-check
// The file of a head: names learned on a classifier's features, as qdtools/heads.py specifies it.

import { bytesOf, textOf } from "./base64.js";
import { probabilities } from "./probabilities.js";

/**
 * @typedef {object} Head
 * @property {string} graph SHA-256 of the networks' graph
 * @property {string[]} categories the learned names
 * @property {string[]} known names of the graph that may be answered besides
 * @property {number[]} layers how many features each layer gives, the last layer first
 * @property {boolean} other whether the last row stands for anything but the learned names
 * @property {Float32Array} weights row by row
 * @property {Float32Array} bias one a row
 * @property {number} temperature
 * @property {number | null} threshold
 * @property {number[]} examples how many drawings of each learned name there were
 * @property {{ right: number, n: number, level: number } | null} held_out
 * @property {string} source where the drawings come from, in words
 */

/** Why a head cannot be taken, in one sentence for the reader. */
export class HeadError extends Error {}

const FORMAT = "qdtools head";
/** The first has features of one layer, the second of several. */
const VERSIONS = [1, 2];
/** Bytes of its file at most, names that it has learned, characters of a name: as in qdtools/heads.py. */
export const MOST_BYTES = 12_000_000;
export const MOST_NAMES = 1000;
export const LONGEST_NAME = 100;
/** No number in a head is larger, no temperature smaller than its inverse. */
const LARGEST = 1e12;
const ALTERED = "This head is torn or altered";

// What joins letters or parts them without a gap, as Persian words and emoji of several signs need.
const JOINERS = /[\u200c\u200d]/g;
// What is not shown, or moves what is. Signs that are newer than this browser do neither.
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

/**
 * Whether a text may be a name, as in Python: it is shown, so it holds nothing that would not be.
 *
 * @param {unknown} name
 * @returns {boolean}
 */
export const isName = (name) => {
  // By code points, as Python counts.
  if (typeof name !== "string" || [...name].length > LONGEST_NAME) return false;
  const signs = name.replace(JOINERS, "");
  return signs.trim() !== "" && !NOT_SHOWN.test(signs);
};

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number" && Math.abs(value) <= LARGEST;
/** @type {(value: unknown, least: number) => boolean} */
const isCount = (value, least) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= LARGEST;

/** @param {boolean} isSo @param {string} what is not so */
function require(isSo, what) {
  if (!isSo) throw new HeadError(`${ALTERED}: ${what}.`);
}

/** @param {unknown} text @param {number} count @returns {Float32Array} */
function unpack(text, count) {
  require(typeof text === "string", "its weights are no text");
  /** @type {Uint8Array} */
  let bytes = new Uint8Array();
  try {
    bytes = bytesOf(String(text));
  } catch {
    require(false, "its weights are no base64");
  }
  require(bytes.length === 4 * count, "it has more or fewer weights than it says");
  const view = new DataView(bytes.buffer);
  const values = Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  require(values.every(isNumber), "one of its weights is no number, or too large a one");
  return values;
}

/** @param {Float32Array} values @returns {string} */
function pack(values) {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  return textOf(new Uint8Array(view.buffer));
}

/**
 * Read the content of a head's file with care.
 *
 * @param {string} text
 * @param {{ graph: string, layers: number[], names: string[] }} networks that it must stand on
 * @returns {Head}
 * @throws {HeadError} if it is no head, of another version, of other networks, or holds what no head holds
 */
export function readHead(text, { graph, layers: given, names }) {
  /** @type {any} */
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new HeadError("This file is no head: name one that this page or “qdtools learn” wrote.");
  }
  if (found?.format !== FORMAT) {
    throw new HeadError("This file is no head: name one that this page or “qdtools learn” wrote.");
  }
  if (!VERSIONS.includes(found.version)) {
    throw new HeadError("This head is of another version than this page reads; learn it again.");
  }
  if (found.graph !== graph) {
    throw new HeadError("This head stands on other networks than this page runs; learn it again.");
  }
  for (const part of ["categories", "known"]) {
    require(Array.isArray(found[part]) &&
      found[part].every(isName), "its names are no names, or too long");
  }
  /** @type {{ categories: string[], known: string[] }} */
  const { categories, known } = found;
  require(categories.length >= 1 &&
    categories.length <= MOST_NAMES, "it has no names, or too many");
  const all = new Set([...categories, ...known]);
  require(all.size === categories.length + known.length, "a name is there twice");
  require(known.every((name) => names.includes(name)), "it knows names that the networks do not");
  const isOfSeveral = found.version === VERSIONS[1];
  /** @type {any} */
  const told = isOfSeveral ? found.features : [found.features];
  require(Array.isArray(told) &&
    told.length > Number(isOfSeveral), "it does not say how many features there are");
  const layers = given.slice(0, told.length);
  require(told.length === layers.length &&
    layers.every((count, i) => told[i] === count), "it has other features than the networks");
  require(typeof found.other === "boolean", "it does not say whether it has a row for others");
  const rows = categories.length + Number(found.other);
  require(rows >= 2 && (found.other || !known.length), "its rows do not fit its names");
  require(isNumber(found.temperature) &&
    found.temperature >= 1 / LARGEST, "its temperature is not above 0, or beyond what it can be");
  require(found.threshold === null ||
    isNumber(found.threshold), "its threshold is no number, or too large a one");
  const { examples, held_out: heldOut } = found;
  require(Array.isArray(examples) &&
    examples.length === categories.length &&
    examples.every((count) => isCount(count, 1)), "it does not say how many examples there were");
  require(heldOut === null ||
    (isCount(heldOut?.n, 1) &&
      isCount(heldOut.right, 0) &&
      heldOut.right <= heldOut.n &&
      isNumber(heldOut.level)), "it does not say how many drawings were named right");
  require(typeof found.source === "string", "it does not say where its drawings come from");
  return {
    graph,
    categories: [...categories],
    known: [...known],
    layers,
    other: found.other,
    weights: unpack(found.weights, rows * layers.reduce((sum, count) => sum + count)),
    bias: unpack(found.bias, rows),
    temperature: found.temperature,
    threshold: found.threshold,
    examples: [...examples],
    held_out: heldOut && { right: heldOut.right, n: heldOut.n, level: heldOut.level },
    source: found.source,
  };
}

/**
 * @param {Head} head
 * @returns {string} the content of its file
 */
export const writeHead = ({ layers, ...head }) =>
  `${JSON.stringify(
    {
      format: FORMAT,
      version: VERSIONS[Number(layers.length > 1)],
      features: layers.length > 1 ? layers : layers[0],
      ...head,
      weights: pack(head.weights),
      bias: pack(head.bias),
    },
    null,
    1,
  )}\n`;

/**
 * Bring the features of each layer to the length 1 by their square roots.
 *
 * @param {ArrayLike<number>} features what is negative counts as 0
 * @param {number[]} layers how many of them each layer gives; those of more layers are left out
 * @returns {Float32Array} all zeros where nothing of a layer is above 0
 */
export function normalise(features, layers) {
  const positive = Float32Array.from(features, (value) => Math.max(value, 0));
  let end = 0;
  for (const count of layers) {
    const layer = positive.subarray(end, end + count);
    const total = layer.reduce((sum, value) => sum + value, 0);
    if (total > 0) layer.set(layer.map((value) => Math.sqrt(value / total)));
    end += count;
  }
  return positive.subarray(0, end);
}

/**
 * @param {Pick<Head, "weights" | "bias" | "temperature" | "layers">} head
 * @param {ArrayLike<number>} features as the networks give them, perhaps of more layers
 * @returns {Float64Array} the logit of each row
 */
export function logitsOf({ weights, bias, temperature, layers }, features) {
  const inputs = normalise(features, layers);
  return Float64Array.from(bias, (start, row) => {
    let sum = start;
    for (let j = 0; j < inputs.length; j += 1) sum += weights[row * inputs.length + j] * inputs[j];
    return sum / temperature;
  });
}

/**
 * Share out among the learned names, then the known ones.
 *
 * @param {ArrayLike<number>} own the head's logits
 * @param {number} learned how many names it has learned
 * @param {ArrayLike<number>} logits of the networks
 * @param {number[]} known the places of the known names; none if the learned ones alone may be answered
 * @returns {number[]} probabilities, whose sum is 1
 */
export function shareOut(own, learned, logits, known) {
  if (!known.length) return probabilities(own, [...Array(learned).keys()]);
  const shares = probabilities(own, [...Array(learned + 1).keys()]);
  const others = probabilities(logits, known).map((share) => share * shares[learned]);
  return [...shares.slice(0, learned), ...others];
}
