// @ts-check
// Names the parts of networks that may be switched off, as words of an address.

/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {import("./network.js").Surgery} Surgery */

/**
 * @typedef {object} Body a network as its parts are named: one that a graph runs twice has one name
 * @property {string} body the name
 * @property {Layer[]} layers
 */

/** The two ways into a layer that adds: past the layers of a block, or through them. */
export const WAYS = /** @type {const} */ (["short", "long"]);

/** @type {(body: string, layer: Layer, channel: number) => string} the name of a layer's map */
export const nameOfMap = (body, { id }, channel) => `${body}.${id}.${channel}`;

/** @type {(body: string, layer: Layer, way: typeof WAYS[number]) => string} the name of a way */
export const nameOfWay = (body, { id }, way) => `${body}.${id}.${way}`;

/**
 * What a part is in one network.
 *
 * @param {string} name
 * @param {Body} network
 * @returns {Surgery | null} null if it has no such part
 */
function find(name, { body, layers }) {
  const [whose, id, which, ...rest] = name.split(".");
  const place = layers.findIndex((layer) => layer.id === id);
  if (whose !== body || place < 0 || rest.length) return null;
  const layer = layers[place];
  for (const way of WAYS) {
    if (layer.join && which === way) return { maps: [], inputs: [[layer.place, layer.join[way]]] };
  }
  const channel = /^\d{1,4}$/.test(which ?? "") ? Number(which) : Number.NaN;
  // The last layer is the answer itself.
  const isPart = channel < layer.shape[2] && place < layers.length - 1;
  return isPart ? { maps: [[layer.sum, channel]], inputs: [] } : null;
}

/**
 * @param {string} name
 * @param {Body[]} networks
 * @returns {boolean} whether some network has a part of this name
 */
export const isPart = (name, networks) => networks.some((network) => find(name, network));

/**
 * What switching off some parts means to networks that run in one graph.
 *
 * @param {string[]} names
 * @param {Body[]} networks
 * @returns {Surgery}
 */
export function surgeryOf(names, networks) {
  const found = networks.flatMap((network) => names.map((name) => find(name, network)));
  return {
    maps: found.flatMap((part) => part?.maps ?? []),
    inputs: found.flatMap((part) => part?.inputs ?? []),
  };
}
