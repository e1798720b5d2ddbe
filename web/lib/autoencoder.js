// @ts-check
// Chapter 3's autoencoder as it learns: its layers forward, then backward to the slope of every weight.

import { PIXELS, SIDE } from "./canvas.js";
import { COLUMNS, DEPTH, makeKernel, ROWS } from "./kernel.js";
import { generator, normal } from "./random.js";
import { product, upTo } from "./shapes.js";

const BYTES = 4;
/** Pixels that a filter looks at. */
export const TAPS = 9;
// Convolutions, by the side of the images that they look at; each keeps the size.
const SIDES = [SIDE, SIDE / 2, SIDE / 4, SIDE / 2, SIDE];
const LAST = SIDES.length - 1;
// The deviation of a normal distribution cut off at two deviations, as Keras draws `he_normal`.
const CUT = 0.87962566103423978;

/**
 * The shapes of the weights as Keras gives them: kernel (height, width, channels in, out) with bias of each
 * convolution in turn.
 *
 * @param {number} filters of every convolution but the last
 * @returns {number[][]}
 */
export const shapesOf = (filters) =>
  SIDES.flatMap((_, i) => {
    const [from, to] = [i ? filters : 1, i < LAST ? filters : 1];
    return [[3, 3, from, to], [to]];
  });

/**
 * Draw random weights by the rules of the chapter's layers: `he_normal` where ReLU follows, else what Keras
 * does by default; a bias is 0. (The numbers are not those of Keras.)
 *
 * @param {number} filters
 * @param {number} seed a whole number
 * @returns {Float32Array[]}
 */
export function randomWeights(filters, seed) {
  const random = generator(seed);
  const within = () => {
    for (;;) {
      const value = normal(random);
      if (Math.abs(value) <= 2) return value;
    }
  };
  return shapesOf(filters).map((shape, i) => {
    const [, , from, to] = shape;
    const weights = new Float32Array(product(shape));
    if (shape.length === 1) return weights;
    if (i < 2 * LAST) {
      const deviation = Math.sqrt(2 / (TAPS * from)) / CUT;
      return weights.map(() => deviation * within());
    }
    const limit = Math.sqrt(6 / (TAPS * (from + to)));
    return weights.map(() => limit * (2 * random() - 1));
  });
}

/**
 * A product that a convolution is: patches times weights.
 *
 * @typedef {object} Plan
 * @property {number} side of the image
 * @property {number} channels that a patch holds of each pixel
 * @property {number} columns that the product has, without what it is padded with
 * @property {number} deep a patch with what it is padded with
 * @property {number} wide the columns with what they are padded with
 * @property {number} patches where they begin in the memory; an image's rim stays zero there
 * @property {number} matrix where the weights begin, laid out for the kernel
 * @property {number} bias where it begins
 */

export class Autoencoder {
  /**
   * @param {number} filters of every convolution but the last: a multiple of 8
   * @param {{ plain?: boolean }} [options] `plain` does without WebAssembly
   */
  constructor(filters, { plain = false } = {}) {
    this.filters = filters;
    this.used = 0;
    const zeros = this.take(filters + COLUMNS);
    /** @type {Record<string, number>} patches of images of one size with as many channels share their room */
    const rooms = {};
    this.layers = SIDES.map((side, i) => {
      const [from, to] = [i ? filters : 1, i < LAST ? filters : 1];
      const room = upTo(side * side, ROWS);
      const wide = upTo(to, COLUMNS);
      const forward = this.plan(side, from, to);
      const back = this.plan(side, to, from, zeros, rooms);
      return {
        area: side * side,
        source: this.take(side * side * from),
        forward,
        back,
        out: this.take(room * wide),
        slopes: this.take(room * wide),
        sourceSlopes: this.take(room * upTo(from, COLUMNS)),
        gradient: this.take(forward.deep * wide),
      };
    });
    // Which of its four pixels each pixel of a pooled image came from.
    this.winners = [1, 2].map((i) => new Uint32Array(SIDES[i] ** 2 * filters));
    this.kernel = makeKernel(this.used, { plain });
    this.memory = this.kernel.memory;
    this.weights = randomWeights(filters, 0);
    this.gradient = this.weights.map((weight) => new Float32Array(weight.length));
    this.answer = new Float32Array(PIXELS);
  }

  /** @param {number} floats @returns {number} where their memory begins */
  take(floats) {
    const start = this.used;
    this.used += upTo(floats, 4);
    return start;
  }

  /**
   * @param {number} side
   * @param {number} channels
   * @param {number} columns
   * @param {number} [bias] where it begins, if not in a place of its own
   * @param {Record<string, number>} [rooms] where patches of each size begin, if they may be shared
   * @returns {Plan}
   */
  plan(side, channels, columns, bias, rooms = {}) {
    const [deep, wide] = [upTo(TAPS * channels, DEPTH), upTo(columns, COLUMNS)];
    const room = `${side} ${channels}`;
    rooms[room] ??= this.take(upTo(side * side, ROWS) * deep);
    return {
      ...{ side, channels, columns, deep, wide, patches: rooms[room] },
      matrix: this.take(deep * wide),
      bias: bias ?? this.take(wide),
    };
  }

  /** @param {Float32Array[]} weights as Keras gives them */
  setWeights(weights) {
    this.weights = weights.map((weight) => Float32Array.from(weight));
    this.layOut();
  }

  /** Lay the weights out for the kernel, whenever they have changed. */
  layOut() {
    const { memory } = this;
    for (const [i, { forward, back }] of this.layers.entries()) {
      const [kernel, bias] = [this.weights[2 * i], this.weights[2 * i + 1]];
      memory.set(bias, forward.bias);
      const [from, to] = [forward.channels, forward.columns];
      for (let tap = 0; tap < TAPS; tap += 1) {
        // Backward a filter is turned by half a circle, and its channels change places.
        const turned = TAPS - 1 - tap;
        for (let a = 0; a < from; a += 1) {
          for (let b = 0; b < to; b += 1) {
            const weight = kernel[(tap * from + a) * to + b];
            memory[placeIn(forward, tap * from + a, b)] = weight;
            if (i) memory[placeIn(back, turned * to + b, a)] = weight;
          }
        }
      }
    }
  }

  /**
   * Multiply the patches of an image with a plan's weights.
   *
   * @param {Plan} plan
   * @param {number} source where the image begins
   * @param {number} width numbers from one of its pixels to the next
   * @param {number} target where the product shall begin
   */
  convolve(plan, source, width, target) {
    cutPatches(this.memory, plan, source, width);
    const { patches, matrix, bias, deep, wide, side } = plan;
    const rows = upTo(side * side, ROWS);
    const places = [patches, matrix, bias, target].map((place) => BYTES * place);
    this.kernel.multiply(places[0], places[1], places[2], places[3], rows, deep, wide);
  }

  /**
   * Clean an image.
   *
   * @param {ArrayLike<number>} noisy its pixels, from 0 to 1
   * @returns {Float32Array} the answer, a view that the next run changes
   */
  run(noisy) {
    const { memory, layers, filters } = this;
    memory.set(noisy, layers[0].source);
    for (const [i, layer] of layers.entries()) {
      const { forward, source, out, area } = layer;
      this.convolve(forward, source, forward.channels, out);
      if (i === LAST) break;
      for (let at = out; at < out + area * filters; at += 1) if (memory[at] < 0) memory[at] = 0;
      const next = layers[i + 1];
      if (i < 2) pool(memory, out, SIDES[i], filters, next.source, this.winners[i]);
      else enlarge(memory, out, SIDES[i], filters, next.source);
    }
    const { out, forward } = layers[LAST];
    for (let i = 0; i < PIXELS; i += 1) {
      this.answer[i] = 1 / (1 + Math.exp(-memory[out + i * forward.wide]));
    }
    return this.answer;
  }

  /**
   * What the answer to the last image costs: binary cross-entropy, its mean over the pixels.
   *
   * @param {ArrayLike<number>} clean
   * @returns {number}
   */
  loss(clean) {
    const { out, forward } = this.layers[LAST];
    let sum = 0;
    for (let i = 0; i < PIXELS; i += 1) {
      const logit = this.memory[out + i * forward.wide];
      // From the logit, so that a bet of nearly 0 or 1 has a price, too.
      sum += Math.max(logit, 0) - logit * clean[i] + Math.log1p(Math.exp(-Math.abs(logit)));
    }
    return sum / PIXELS;
  }

  /** Forget the slopes that were added up. */
  clearGradient() {
    for (const { gradient, forward } of this.layers) {
      this.memory.fill(0, gradient, gradient + forward.deep * forward.wide);
    }
    for (const part of this.gradient) part.fill(0);
  }

  /**
   * Clean an image, then add to the slopes how each weight changes what the answer costs.
   *
   * @param {ArrayLike<number>} noisy
   * @param {ArrayLike<number>} clean
   * @param {number} share that this image has in the loss of its batch
   * @returns {number} what the answer costs
   */
  learn(noisy, clean, share) {
    const { memory, layers, filters, answer } = this;
    this.run(noisy);
    const loss = this.loss(clean);
    const { slopes, forward } = layers[LAST];
    // The slope of cross-entropy through a sigmoid is simply how far the bet is off.
    const scale = share / PIXELS;
    for (let i = 0; i < PIXELS; i += 1) {
      memory[slopes + i * forward.wide] = scale * (answer[i] - clean[i]);
    }
    for (let i = LAST; i >= 0; i -= 1) {
      const layer = layers[i];
      this.addGradient(i);
      if (!i) break;
      const { back, sourceSlopes } = layer;
      this.convolve(back, layer.slopes, layer.forward.wide, sourceSlopes);
      const before = layers[i - 1];
      if (i > 2) gather(memory, sourceSlopes, before.out, SIDES[i - 1], filters, before.slopes);
      else {
        memory.fill(0, before.slopes, before.slopes + before.area * filters);
        spread(memory, sourceSlopes, layer.source, this.winners[i - 1], before.slopes);
      }
    }
    return loss;
  }

  /** @param {number} i the place of a convolution whose own slopes are known */
  addGradient(i) {
    const { memory } = this;
    const { forward, slopes, gradient, area } = this.layers[i];
    const { patches, deep, wide, columns } = forward;
    const places = [patches, slopes, gradient].map((place) => BYTES * place);
    this.kernel.accumulate(places[0], places[1], places[2], area, deep, wide);
    const bias = this.gradient[2 * i + 1];
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      for (let row = 0; row < area; row += 1) sum += memory[slopes + row * wide + column];
      bias[column] += sum;
    }
  }

  /**
   * The slopes that were added up, as Keras lays out the weights.
   *
   * @returns {Float32Array[]} views that the next image changes
   */
  gradients() {
    for (const [i, { gradient, forward }] of this.layers.entries()) {
      const { channels, columns, wide } = forward;
      const kernel = this.gradient[2 * i];
      for (let row = 0; row < TAPS * channels; row += 1) {
        for (let column = 0; column < columns; column += 1) {
          kernel[row * columns + column] = this.memory[gradient + row * wide + column];
        }
      }
    }
    return this.gradient;
  }
}

/** @type {(plan: Plan, row: number, column: number) => number} where a weight lies for the kernel */
const placeIn = ({ matrix, deep }, row, column) =>
  matrix + (Math.floor(column / COLUMNS) * deep + row) * COLUMNS + (column % COLUMNS);

/**
 * Copy what each 3 x 3 window of an image holds into a row of its own; what lies outside stays zero.
 *
 * @param {Float32Array} memory
 * @param {Plan} plan
 * @param {number} source where the image begins
 * @param {number} width numbers from one of its pixels to the next
 */
function cutPatches(memory, { side, channels, deep, patches }, source, width) {
  for (let y = 0; y < side; y += 1) {
    for (let row = Math.max(0, 1 - y); row < Math.min(3, side + 1 - y); row += 1) {
      const line = source + (y + row - 1) * side * width;
      for (let x = 0; x < side; x += 1) {
        const first = x ? 0 : 1;
        const last = x < side - 1 ? 3 : 2;
        const target = patches + (y * side + x) * deep + (3 * row + first) * channels;
        const start = line + (x + first - 1) * width;
        if (channels > 1) {
          memory.copyWithin(target, start, start + (last - first) * channels);
        } else {
          for (let i = 0; i < last - first; i += 1) memory[target + i] = memory[start + i * width];
        }
      }
    }
  }
}

/**
 * Keep the largest of each 2 x 2 pixels, the first of equals, with the place that it came from.
 *
 * @type {(memory: Float32Array, source: number, side: number, channels: number, target: number,
 *   winners: Uint32Array) => void}
 */
function pool(memory, source, side, channels, target, winners) {
  const half = side / 2;
  const line = side * channels;
  let place = 0;
  for (let y = 0; y < half; y += 1) {
    for (let x = 0; x < half; x += 1) {
      const corner = (2 * y * side + 2 * x) * channels;
      for (let c = 0; c < channels; c += 1, place += 1) {
        let best = corner + c;
        let most = memory[source + best];
        for (const at of [corner + channels + c, corner + line + c, corner + line + channels + c]) {
          if (memory[source + at] > most) {
            most = memory[source + at];
            best = at;
          }
        }
        memory[target + place] = most;
        winners[place] = best;
      }
    }
  }
}

/**
 * The way back through pooling, then ReLU: what was kept passes the slope on, unless it was 0.
 *
 * @type {(memory: Float32Array, slopes: number, pooled: number, winners: Uint32Array, target: number) => void}
 */
function spread(memory, slopes, pooled, winners, target) {
  for (let i = 0; i < winners.length; i += 1) {
    if (memory[pooled + i] > 0) memory[target + winners[i]] = memory[slopes + i];
  }
}

/**
 * Make four pixels of each.
 *
 * @type {(memory: Float32Array, source: number, side: number, channels: number, target: number) => void}
 */
function enlarge(memory, source, side, channels, target) {
  const line = 2 * side * channels;
  for (let y = 0; y < side; y += 1) {
    const start = target + 2 * y * line;
    for (let x = 0; x < side; x += 1) {
      const from = source + (y * side + x) * channels;
      const to = start + 2 * x * channels;
      memory.copyWithin(to, from, from + channels);
      memory.copyWithin(to + channels, from, from + channels);
    }
    memory.copyWithin(start + line, start, start + line);
  }
}

/**
 * The way back through upsampling, then ReLU: the four pixels made of one pass their slopes' sum on, unless
 * it was 0.
 *
 * @type {(memory: Float32Array, slopes: number, out: number, side: number, channels: number,
 *   target: number) => void}
 */
function gather(memory, slopes, out, side, channels, target) {
  const line = 2 * side * channels;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const pixel = (y * side + x) * channels;
      const corner = slopes + 2 * y * line + 2 * x * channels;
      for (let c = 0; c < channels; c += 1) {
        const at = corner + c;
        memory[target + pixel + c] =
          memory[out + pixel + c] > 0
            ? memory[at] + memory[at + channels] + memory[at + line] + memory[at + line + channels]
            : 0;
      }
    }
  }
}
