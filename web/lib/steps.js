// @ts-check
// How each step of a network is computed: a table from a step's name to its plan.

import { COLUMNS, DEPTH, ROWS } from "./kernel.js";
import { product, upTo } from "./shapes.js";

const BYTES = 4;

/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./network.js").Step} Step */

/**
 * Takes what memory a step needs, before there is any; gives what computes the step.
 *
 * @typedef {(network: Network, step: Step) => () => void} Plan
 */

/** @type {Record<string, Plan>} */
export const PLANS = {
  add: planAdd,
  add_row: planAddRow,
  conv: planConvolution,
  conv_transpose: planTransposed,
  dense: planDense,
  max_pool: planMaxPool,
  mean: planMean,
  relu: planRelu,
  sigmoid: planSigmoid,
  upsample: planUpsample,
};

/**
 * Where a step's values lie, with their shapes.
 *
 * @param {Network} network
 * @param {Step} step
 */
function places(network, step) {
  const [source, other] = step.in.map((number) => network.values[number]);
  const target = network.values[step.out];
  return {
    source: source.start,
    from: source.shape,
    other: other?.start,
    target: target.start,
    to: target.shape,
  };
}

/**
 * What a step has that only some steps have.
 *
 * @template {keyof Step} Key
 * @param {Step} step
 * @param {Key} key
 * @returns {NonNullable<Step[Key]>}
 */
function part(step, key) {
  const value = step[key];
  if (value === undefined || value === null) throw new Error(`A step ${step.op} needs ${key}.`);
  return value;
}

/** @type {Plan} */
function planRelu(network, step) {
  const { source, target, to } = places(network, step);
  const size = product(to);
  return () => {
    const { memory } = network;
    for (let i = 0; i < size; i += 1) memory[target + i] = Math.max(memory[source + i], 0);
  };
}

/** @type {Plan} */
function planSigmoid(network, step) {
  const { source, target, to } = places(network, step);
  const size = product(to);
  return () => {
    const { memory } = network;
    for (let i = 0; i < size; i += 1) memory[target + i] = 1 / (1 + Math.exp(-memory[source + i]));
  };
}

/** @type {Plan} */
function planAdd(network, step) {
  const { source, other, target, to } = places(network, step);
  const size = product(to);
  return () => {
    const { memory } = network;
    for (let i = 0; i < size; i += 1) memory[target + i] = memory[source + i] + memory[other + i];
  };
}

/** @type {Plan} */
function planAddRow(network, step) {
  const { source, target, to } = places(network, step);
  const size = product(to);
  const row = network.weights[part(step, "bias")];
  return () => {
    const { memory } = network;
    for (let i = 0; i < size; i += 1) memory[target + i] = memory[source + i] + row[i % row.length];
  };
}

/** @type {Plan} */
function planMean(network, step) {
  const { source, from, target, to } = places(network, step);
  const [channels] = to;
  const area = product(from) / channels;
  return () => {
    const { memory } = network;
    for (let channel = 0; channel < channels; channel += 1) {
      let sum = 0;
      for (let i = 0; i < area; i += 1) sum += memory[source + i * channels + channel];
      memory[target + channel] = sum / area;
    }
  };
}

/** @type {Plan} */
function planMaxPool(network, step) {
  const { source, from, target, to } = places(network, step);
  const [size, strides, pads] = [part(step, "size"), part(step, "strides"), part(step, "pads")];
  const [height, width, channels] = from;
  const [outHeight, outWidth] = to;
  return () => {
    const { memory } = network;
    for (let y = 0; y < outHeight; y += 1) {
      for (let x = 0; x < outWidth; x += 1) {
        const pixel = target + (y * outWidth + x) * channels;
        memory.fill(-Infinity, pixel, pixel + channels);
        for (let i = 0; i < size[0] * size[1]; i += 1) {
          const row = y * strides[0] - pads[0] + Math.floor(i / size[1]);
          const column = x * strides[1] - pads[1] + (i % size[1]);
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          const at = source + (row * width + column) * channels;
          for (let c = 0; c < channels; c += 1) {
            if (memory[at + c] > memory[pixel + c]) memory[pixel + c] = memory[at + c];
          }
        }
      }
    }
  };
}

/** @type {Plan} */
function planUpsample(network, step) {
  const { source, target, to } = places(network, step);
  const [down, across] = part(step, "strides");
  const [height, width, channels] = to;
  return () => {
    const { memory } = network;
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const place = Math.floor(y / down) * (width / across) + Math.floor(x / across);
        const from = source + place * channels;
        memory.copyWithin(target + (y * width + x) * channels, from, from + channels);
      }
    }
  };
}

/**
 * Plan c = a b + bias, where a (rows x depth) is filled before each run; weights come in blocks.
 *
 * @param {Network} network
 * @param {number} kernel the number of the weight b
 * @param {number | undefined} bias the number of a weight
 * @param {number} rows
 * @param {number} depth
 * @param {number} columns
 */
function planProduct(network, kernel, bias, rows, depth, columns) {
  const deep = upTo(depth, DEPTH);
  const wide = upTo(columns, COLUMNS);
  const matrix = network.take(deep * wide);
  const offset = network.take(wide);
  network.filled.push((memory) => {
    const weights = network.weights[kernel];
    for (let k = 0; k < depth; k += 1) {
      for (let column = 0; column < columns; column += 1) {
        const block = Math.floor(column / COLUMNS);
        memory[matrix + (block * deep + k) * COLUMNS + (column % COLUMNS)] =
          weights[k * columns + column];
      }
    }
    if (bias !== undefined) memory.set(network.weights[bias], offset);
  });
  network.patchSize = Math.max(network.patchSize, upTo(rows, ROWS) * deep);
  return {
    deep,
    wide,
    /** @type {(a: number, c: number) => void} from one place in memory to another */
    run(a, c) {
      const [left, right, start, target] = [a * BYTES, matrix * BYTES, offset * BYTES, c * BYTES];
      network.kernel.multiply(left, right, start, target, upTo(rows, ROWS), deep, wide);
    },
  };
}

/**
 * Multiply to the target, or beside it where its rows are no multiple of the kernel's width.
 *
 * @param {Network} network
 * @param {ReturnType<typeof planProduct>} plan
 * @param {number} rows
 * @param {number} columns
 * @param {number} target
 * @returns {(a: number) => void}
 */
function finishRows(network, plan, rows, columns, target) {
  if (plan.wide === columns) return (a) => plan.run(a, target);
  network.productSize = Math.max(network.productSize, upTo(rows, ROWS) * plan.wide);
  return (a) => {
    plan.run(a, network.products);
    for (let row = 0; row < rows; row += 1) {
      const start = network.products + row * plan.wide;
      network.memory.copyWithin(target + row * columns, start, start + columns);
    }
  };
}

/** @type {Plan} */
function planConvolution(network, step) {
  const { source, from, target, to } = places(network, step);
  const [kernel, strides, pads] = [part(step, "kernel"), part(step, "strides"), part(step, "pads")];
  const [height, width, channels] = from;
  const [outHeight, outWidth, outChannels] = to;
  const [tall, broad] = network.description.weights[kernel];
  const rows = outHeight * outWidth;
  const depth = tall * broad * channels;
  const plan = planProduct(network, kernel, step.bias, rows, depth, outChannels);
  const finish = finishRows(network, plan, rows, outChannels, target);
  return () => {
    const { memory, patches } = network;
    memory.fill(0, patches, patches + rows * plan.deep);
    // The part of each patch that lies inside the image is copied line by line.
    for (let y = 0; y < outHeight; y += 1) {
      for (let x = 0; x < outWidth; x += 1) {
        const patch = patches + (y * outWidth + x) * plan.deep;
        const left = x * strides[1] - pads[1];
        const first = Math.max(0, -left);
        const last = Math.min(broad, width - left);
        for (let row = 0; row < tall; row += 1) {
          const line = y * strides[0] - pads[0] + row;
          if (line < 0 || line >= height) continue;
          const start = source + (line * width + left + first) * channels;
          const end = start + (last - first) * channels;
          memory.copyWithin(patch + (row * broad + first) * channels, start, end);
        }
      }
    }
    finish(patches);
  };
}

/** @type {Plan} */
function planTransposed(network, step) {
  const { source, from, target, to } = places(network, step);
  const [kernel, strides, pads] = [part(step, "kernel"), part(step, "strides"), part(step, "pads")];
  const [height, width, channels] = from;
  const [outHeight, outWidth, outChannels] = to;
  const [, tall, broad] = network.description.weights[kernel];
  const rows = height * width;
  const columns = tall * broad * outChannels;
  const plan = planProduct(network, kernel, undefined, rows, channels, columns);
  network.productSize = Math.max(network.productSize, upTo(rows, ROWS) * plan.wide);
  const start =
    step.bias === undefined ? new Float32Array(outChannels) : network.weights[step.bias];
  return () => {
    const { memory, patches, products } = network;
    for (let row = 0; row < rows; row += 1) {
      const at = source + row * channels;
      memory.copyWithin(patches + row * plan.deep, at, at + channels);
      memory.fill(0, patches + row * plan.deep + channels, patches + (row + 1) * plan.deep);
    }
    plan.run(patches, products);
    for (let i = 0; i < outHeight * outWidth; i += 1) memory.set(start, target + i * outChannels);
    // Each pixel of the source has painted a patch; patches overlap, so they add up.
    for (let row = 0; row < rows; row += 1) {
      const top = Math.floor(row / width) * strides[0] - pads[0];
      const left = (row % width) * strides[1] - pads[1];
      for (let i = 0; i < tall * broad; i += 1) {
        const y = top + Math.floor(i / broad);
        const x = left + (i % broad);
        if (y < 0 || y >= outHeight || x < 0 || x >= outWidth) continue;
        const at = products + row * plan.wide + i * outChannels;
        const pixel = target + (y * outWidth + x) * outChannels;
        for (let c = 0; c < outChannels; c += 1) memory[pixel + c] += memory[at + c];
      }
    }
  };
}

/** @type {Plan} */
function planDense(network, step) {
  const { source, from, target, to } = places(network, step);
  const [depth, columns] = [product(from), product(to)];
  const plan = planProduct(network, part(step, "kernel"), step.bias, 1, depth, columns);
  const finish = finishRows(network, plan, 1, columns, target);
  return () => {
    const { memory, patches } = network;
    memory.fill(0, patches, patches + ROWS * plan.deep);
    memory.copyWithin(patches, source, source + depth);
    finish(patches);
  };
}
