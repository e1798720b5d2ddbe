// @ts-check
// Groups the steps of a described network into layers, as one draws them.

import { pathOf } from "./network.js";

/** @typedef {import("./network.js").Description} Description */
/** @typedef {import("./network.js").Step} Step */

/**
 * @typedef {object} Layer what is drawn as one: a step, its activation
 * @property {string} id its kind with a number, from 1
 * @property {Step} step what it does before its activation
 * @property {number} place of that step among the network's
 * @property {number[]} bias the numbers of the weights that are added to what the step gives
 * @property {number} sum the number of the value before the activation
 * @property {number} out the number of the value after it
 * @property {"relu" | "sigmoid" | null} activation
 * @property {number[]} shape of what it gives: height, width, channels
 * @property {Join | null} join what a layer that adds brings together
 * @property {string | null} block the layer that adds at the end of the block that this is in
 */

/**
 * @typedef {object} Join two ways that part at one layer, to be added up
 * @property {boolean} isBlock whether the long way stays at one size: a residual block, else a skip connection
 * @property {number} short which input is the short way
 * @property {number} long which input is the long way
 * @property {string} from the layer at whose end they part
 */

/** How the layers of each kind of step are called in an address. */
const IDS = /** @type {Record<string, string>} */ ({
  add: "add",
  conv: "conv",
  conv_transpose: "up",
  dense: "dense",
  max_pool: "pool",
  mean: "mean",
  upsample: "upsample",
});

/**
 * @param {number[]} shape as a description has it
 * @returns {[number, number, number]} height, width, channels
 */
export const areaOf = (shape) => {
  const [height, width, channels] = shape.length === 1 ? [1, 1, shape[0]] : shape;
  return [height, width, channels ?? 1];
};

/**
 * Group the steps between two values.
 *
 * @param {Description} description
 * @param {number} given the number of the value that the layers begin with
 * @param {number} wanted the number of the value that the last one gives
 * @returns {Layer[]} in the order of their running
 */
export function layersOf(description, given, wanted) {
  /** @type {Layer[]} */
  const layers = [];
  /** @type {Record<string, number>} */
  const counts = {};
  for (const place of pathOf(description, given, wanted)) {
    const step = description.steps[place];
    // What others take, too, is shown as it is.
    const isShared = description.steps.filter((one) => one.in.includes(step.in[0])).length > 1;
    const before = layers.find(({ out }) => out === step.in[0] && !isShared);
    if (step.op === "add_row" && before && !before.activation) {
      before.bias.push(/** @type {number} */ (step.bias));
      before.sum = before.out = step.out;
    } else if ((step.op === "relu" || step.op === "sigmoid") && before && !before.activation) {
      before.activation = step.op;
      before.out = step.out;
    } else {
      const kind = IDS[step.op] ?? step.op;
      counts[kind] = (counts[kind] ?? 0) + 1;
      const bias = step.bias === undefined ? [] : [step.bias];
      const shape = areaOf(description.shapes[step.out]);
      const { out } = step;
      layers.push({
        ...{ id: `${kind}${counts[kind]}`, step, place, bias, sum: out, out, shape },
        ...{ activation: null, join: null, block: null },
      });
    }
  }
  for (const layer of layers) if (layer.step.op === "add") joinWays(layers, layer);
  return layers;
}

/**
 * Say which of the two inputs of a layer that adds came the long way, over which layers.
 *
 * @param {Layer[]} layers
 * @param {Layer} adding
 */
function joinWays(layers, adding) {
  const places = adding.step.in.map((number) => layers.findIndex(({ out }) => out === number));
  const [short, long] = places[0] < places[1] ? [0, 1] : [1, 0];
  const way = [];
  for (let at = places[long]; at > places[short]; ) {
    way.push(layers[at]);
    const source = layers[at].step.in[0];
    at = layers.findIndex(({ out }) => out === source);
  }
  const isBlock = way.every(({ shape }) => String(shape) === String(adding.shape));
  adding.join = { isBlock, short, long, from: layers[places[short]]?.id ?? "input" };
  if (isBlock) for (const layer of [...way, adding]) layer.block ??= adding.id;
}
