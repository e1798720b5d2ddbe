// @ts-check
// Writes what a reader looks at inside of networks as text for an address, or reads it back with care.

import { PATCHES } from "./occlusion.js";
import { join, oneOf } from "./parts.js";
import { read as readState, write as writeState } from "./state.js";
import { isPart } from "./surgery.js";

/** @typedef {import("./parts.js").Parts} Parts */
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
  const more = { ...(off.length && { off: off.join(",") }), ...(why && { why }) };
  const looking = { network, layer, map, pixel: pixel.join(","), patch, ...more };
  return `${writeState(inspection, categories)}&${join(looking)}`;
}

/** @param {string} text @returns {number | undefined} a place, as it is written */
const place = (text) => (/^\d{1,4}$/.test(text) ? Number(text) : undefined);

/** @type {(text: string, count: number) => number | undefined} a place among so many */
const placeAmong = (text, count) => {
  const found = place(text);
  return found !== undefined && found < count ? found : undefined;
};

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
 * Read an inspection over one given; whatever makes no sense is left as it was.
 *
 * @param {Parts} parts of an address
 * @param {Inspection} given
 * @param {Known} known
 * @returns {Inspection}
 */
export function read(parts, given, { categories, picks, subjects }) {
  const network = parts.take("network", oneOf(subjects.map(({ name }) => name)), given.network);
  const { layers } = subjects.find(({ name }) => name === network) ?? subjects[0];
  const id = parts.take("layer", oneOf(layers.map((one) => one.id)), given.layer);
  const [height, width, channels] = (layers.find((one) => one.id === id) ?? layers[0]).shape;
  /** @type {(text: string) => [number, number] | undefined} */
  const readPixel = (text) => {
    const [y, x, ...rest] = text.split(",", 3);
    const [row, column] = [placeAmong(y, height), placeAmong(x ?? "", width)];
    if (row === undefined || column === undefined || rest.length) return undefined;
    return [row, column];
  };
  /** @type {(text: string) => string[] | undefined} */
  const readOff = (text) => {
    const names = text.split(",", MOST_OFF + 1);
    const areParts = names.length <= MOST_OFF && names.every((name) => isPart(name, subjects));
    return areParts ? [...new Set(names)] : undefined;
  };
  /** @type {(text: string) => number | undefined} */
  const readPatch = (text) => PATCHES.find((side) => side === place(text));
  const inspection = {
    ...readState(parts, given, categories, picks),
    network,
    layer: id,
    map: parts.take("map", (text) => placeAmong(text, channels), given.map),
    pixel: parts.take("pixel", readPixel, given.pixel),
    off: parts.take("off", readOff, given.off),
    why: parts.take("why", oneOf(categories), given.why),
    patch: parts.take("patch", readPatch, given.patch),
  };
  return settle(inspection, subjects);
}
