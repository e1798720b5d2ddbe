// @ts-check
// Writes what a reader looks at inside of networks as text for an address, or reads it back with care.

import { PATCHES } from "./occlusion.js";
import { read as readState, write as writeState } from "./state.js";
import { isPart } from "./surgery.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./surgery.js").Body} Body */

/**
 * @typedef {object} Looking at what
 * @property {string} network a network's name
 * @property {string} layer one of its layers
 * @property {number} map of that layer
 * @property {[number, number]} pixel of that map: row, column
 * @property {string[]} off names of the parts that are switched off
 * @property {string} why the category whose reasons are asked for; "" for the likeliest
 * @property {number} patch side of the patches that are blanked, in pixels
 */

/** @typedef {State & Looking} Inspection */
/** @typedef {Body & { name: string }} Subject a network that may be looked at */

/**
 * @typedef {object} Known what an address may name
 * @property {string[]} categories
 * @property {{ category: string, number: number }[]} picks
 * @property {Subject[]} subjects
 */

// Nobody switches off more by hand.
const MOST_OFF = 500;

/**
 * @param {Inspection} inspection
 * @param {string[]} categories all that there are
 * @returns {string} what may follow the # of an address
 */
export function write(inspection, categories) {
  const { network, layer, map, pixel, off, why, patch } = inspection;
  const parts = { network, layer, map, pixel: pixel.join("."), off: off.join(","), why, patch };
  const written = Object.entries(parts)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&")
    .replaceAll("%20", "+")
    .replaceAll("%2C", ",");
  return `${writeState(inspection, categories)}&${written}`;
}

/** @param {string | null} text */
const wholeNumber = (text) => (/^\d{1,4}$/.test(text ?? "") ? Number(text) : Number.NaN);

/**
 * Move a look into what there is: a network's layer, one of its maps, a pixel.
 *
 * @template {Looking} Kind
 * @param {Kind} looking
 * @param {Subject[]} subjects
 * @returns {Kind}
 */
export function settle(looking, subjects) {
  const subject = subjects.find(({ name }) => name === looking.network) ?? subjects[0];
  const layer = subject.layers.find(({ id }) => id === looking.layer) ?? subject.layers[0];
  const [height, width, channels] = layer.shape;
  const map = looking.map < channels ? looking.map : 0;
  /** @type {[number, number]} */
  const pixel = [Math.min(looking.pixel[0], height - 1), Math.min(looking.pixel[1], width - 1)];
  return { ...looking, network: subject.name, layer: layer.id, map, pixel };
}

/**
 * Read an inspection over one given. What makes no sense is left as it was, but told.
 *
 * @param {string} text what follows the # of an address
 * @param {Inspection} given
 * @param {Known} known
 * @returns {{ inspection: Inspection, refused: string[] }} refused are the parts that made no sense
 */
export function read(text, given, { categories, picks, subjects }) {
  const parts = new URLSearchParams(text);
  const state = readState(text, given, categories, picks);
  /** @type {Inspection} */
  const inspection = { ...given, ...state };
  const subject = () => subjects.find(({ name }) => name === inspection.network) ?? subjects[0];
  const layer = () =>
    subject().layers.find(({ id }) => id === inspection.layer) ?? subject().layers[0];
  // Each gives what it makes of a part, null for no sense; in turn, as a layer is one of a network.
  /** @type {Record<string, (value: string) => Partial<Looking> | null>} */
  const takers = {
    network: (network) => (subjects.some(({ name }) => name === network) ? { network } : null),
    layer: (id) => (subject().layers.some((one) => one.id === id) ? { layer: id } : null),
    map(value) {
      const map = wholeNumber(value);
      return map < layer().shape[2] ? { map } : null;
    },
    pixel(value) {
      const [y, x, ...rest] = value.split(".").map(wholeNumber);
      const isInside = y < layer().shape[0] && x < layer().shape[1];
      return isInside && !rest.length ? { pixel: [y, x] } : null;
    },
    off(value) {
      const off = value.split(",").filter(Boolean);
      return off.length <= MOST_OFF && off.every((name) => isPart(name, subjects)) ? { off } : null;
    },
    why: (why) => (categories.includes(why) ? { why } : null),
    patch(value) {
      const patch = wholeNumber(value);
      return PATCHES.includes(patch) ? { patch } : null;
    },
  };
  const refused = refusedBy(parts, state, given, categories);
  for (const [part, take] of Object.entries(takers)) {
    const value = parts.get(part);
    if (value === null) continue;
    const taken = take(value);
    if (!taken) refused.push(part);
    Object.assign(inspection, taken);
  }
  return { inspection: settle(inspection, subjects), refused };
}

/**
 * Which parts of an address the shared state did not take.
 *
 * @param {URLSearchParams} parts
 * @param {State} state that came of them
 * @param {State} given what it was before
 * @param {string[]} categories all that there are
 * @returns {string[]}
 */
function refusedBy(parts, { drawing, kind, level, seed, chosen }, given, categories) {
  const isNew = () => drawing !== given.drawing;
  /** @type {Record<string, (value: string) => boolean>} */
  const took = {
    image: isNew,
    strokes: isNew,
    pick: isNew,
    kind: (value) => value === kind,
    level: (value) => value !== "" && Number(value) === level,
    seed: (value) => value !== "" && Number(value) === seed,
    categories(value) {
      const names = value === "all" ? categories : value.split(",");
      return names.every((name) => chosen.includes(categories.indexOf(name)));
    },
  };
  const named = Object.keys(took).filter((part) => parts.has(part));
  return named.filter((part) => !took[part](parts.get(part) ?? ""));
}
