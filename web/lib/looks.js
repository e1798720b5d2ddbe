// @ts-check
// Finds out how a bitmap of the networks' own size looks: light or dark paper, noisy or clean, blank.

import { PIXELS, SIDE } from "./canvas.js";
import { grey, LUMINANCE } from "./colours.js";
import { map, median, plane } from "./filters.js";
import { rint } from "./rounding.js";
import { LONGEST } from "./shrinking.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {Plane[]} Picture red, green, blue, from 0 to 1 */

/**
 * @typedef {object} Look
 * @property {Float64Array} image light ink on dark paper now, from 0 to 1
 * @property {boolean} noisy whether its paper is noisy
 * @property {boolean} dark whether the ink was darker than the paper
 */

// Paper on which values differ by more than this, as a rule, is noisy.
const CALM = 0.02;
// A large picture's grain survives being squeezed only where it is a bitmap's noise.
const NOISY = 0.06;
// Pixels that differ so much from both neighbours on average are more than the edges of lines.
const ROUGH = 0.13;
const BLANK = 0.04;
// What of all that changes from pixel to pixel may lie within the boxes of an enlarged bitmap; packing
// as JPEG leaves a twelfth at most, of what was drawn a third or more lies there.
const WITHIN = 0.15;

const isRing = Uint8Array.from({ length: PIXELS }, (_, i) =>
  Number([Math.floor(i / SIDE), i % SIDE].some((at) => at < 2 || at >= SIDE - 2)),
);

/** @param {ArrayLike<number>} values */
const mean = (values) => Array.from(values).reduce((sum, one) => sum + one, 0) / values.length;
/** @param {ArrayLike<number>} values */
const largest = (values) => Array.from(values).reduce((a, b) => Math.max(a, b), -Infinity);
/** @param {ArrayLike<number>} values */
const least = (values) => Array.from(values).reduce((a, b) => Math.min(a, b), Infinity);

/**
 * Bring a bitmap to light ink on dark paper, whichever it is.
 *
 * The outermost two pixels of each side are paper in nearly every drawing. What is inked within is
 * lighter or darker; where the noise is strong, what it clips more often tells besides.
 *
 * @param {Picture} picture of the networks' own size
 * @param {boolean} [isNoisy] whether it is noisy, where that is known
 * @returns {Look | undefined} nothing if it is blank
 */
export function lookOf(picture, isNoisy) {
  const [red, green, blue] = picture.map(({ values }) => values);
  const isColourful = red.some(
    (value, i) => Math.max(value, green[i], blue[i]) - Math.min(value, green[i], blue[i]) > 0.1,
  );
  // Along a colour map brightness may turn around.
  let values = isColourful ? alongTheColours(picture) : grey(picture).values;
  const lit = shade(values);
  for (const one of [values, values.map((value, i) => value - lit[i])]) {
    if (largest(one) - least(one) < BLANK) return undefined;
  }
  const ring = values.filter((_, i) => isRing[i]);
  const inside = values.filter((_, i) => !isRing[i]);
  let paper = median(ring);
  const rough = roughness(plane(SIDE, SIDE, values));
  const away = median(ring.map((value) => Math.abs(value - paper)));
  const noisy = isNoisy ?? ((rough.usual > CALM / 2 && away > CALM) || rough.mean > ROUGH);
  const middle = mean(ring);
  const deviation = Math.sqrt(mean(ring.map((value) => (value - middle) ** 2)));
  const spread = Math.max(deviation * Math.sqrt(1 / ring.length + 1 / inside.length), 1e-6);
  let lighter = (mean(inside) - middle) / spread;
  const [black, white] = [0, 1].map((end) =>
    mean(ring.map((value) => Number(Math.abs(value - end) < 0.005))),
  );
  if (noisy && black + white < 0.75) lighter += 10 * (white - black);
  const dark = lighter < 0;
  if (dark) {
    values = values.map((value) => 1 - value);
    paper = 1 - paper;
  }
  const ink = largest(values);
  // As the data are: paper is 0, ink 1. What is so already stays as it is.
  if (!noisy && (paper > 0.02 || ink < 0.98)) {
    const range = Math.max(ink - paper, BLANK);
    values = values.map((value) => Math.min(Math.max((value - paper) / range, 0), 1));
  }
  return { image: values, noisy, dark };
}

/**
 * Whether a larger picture is a bitmap of noisy pixels of the networks' own size, enlarged.
 *
 * @param {Plane} bright
 */
export function isNoisyBitmap(bright) {
  const { height, width } = bright;
  const shape = height / width;
  if (Math.min(height, width) < SIDE || shape <= 0.8 || shape >= 1.25) return false;
  const small = squeezed(bright);
  const ring = small.values.filter((_, i) => isRing[i]);
  const paper = median(ring);
  const rough = roughness(small);
  const away = median(ring.map((value) => Math.abs(value - paper)));
  if (away <= NOISY && rough.mean <= ROUGH) return false;
  return rough.usual > NOISY / 2 || rough.mean > ROUGH;
}

/**
 * Whether a larger picture is a bitmap of the networks' own size, each of its pixels a box.
 *
 * Nothing changes there but from box to box. In one that was shrunk since, edges are soft.
 *
 * @param {Plane} bright
 */
export function isEnlargedBitmap({ height, width, values }) {
  const shape = height / width;
  if (Math.min(height, width) < 2 * SIDE || shape <= 0.8 || shape >= 1.25) return false;
  const isSoft = Math.max(height, width) >= LONGEST;
  const [down, across] = [height, width].map((length) => {
    const edges = Array.from({ length: length - 1 }, (_, i) => boxOf(i + 1) > boxOf(i));
    /** @param {number} at */
    function boxOf(at) {
      return Math.floor(((at + 0.5) * SIDE) / length);
    }
    return isSoft ? edges.map((edge, i) => edge || edges[i - 1] || edges[i + 1]) : edges;
  });
  let [changed, within] = [0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const below = y + 1 < height ? (values[at + width] - values[at]) ** 2 : 0;
      const beside = x + 1 < width ? (values[at + 1] - values[at]) ** 2 : 0;
      changed += below + beside;
      within += (down[y] ? 0 : below) + (across[x] ? 0 : beside);
    }
  }
  return within < WITHIN * changed;
}

/**
 * Squeeze a picture to the networks' own size by averaging; a pixel counts in each box as much as it lies in it.
 *
 * @param {Plane} source
 * @returns {Plane}
 */
export function squeezed(source) {
  const { height, width, values } = source;
  if (height === SIDE && width === SIDE) return source;
  const [rows, columns] = [height, width].map(shares);
  const small = plane(SIDE, SIDE);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      let sum = 0;
      for (const [row, tall] of rows[y]) {
        for (const [column, wide] of columns[x]) sum += values[row * width + column] * tall * wide;
      }
      small.values[y * SIDE + x] = sum;
    }
  }
  return small;
}

/**
 * Which pixels of a line lie in each of the boxes, by what share of the box.
 *
 * @param {number} length
 * @returns {[number, number][][]}
 */
function shares(length) {
  const box = length / SIDE;
  return Array.from({ length: SIDE }, (_, i) => {
    const [from, to] = [i * box, (i + 1) * box];
    /** @type {[number, number][]} */
    const parts = [];
    for (let at = Math.floor(from); at < Math.min(Math.ceil(to), length); at += 1) {
      const part = (Math.min(at + 1, to) - Math.max(at, from)) / box;
      if (part > 1e-9) parts.push([at, part]);
    }
    return parts;
  });
}

/**
 * The surface of second degree that fits a bitmap best: the light on a blank sheet.
 *
 * @param {Float64Array} values
 */
function shade(values) {
  const at = Array.from({ length: SIDE }, (_, i) => (2 * i) / (SIDE - 1) - 1);
  const squares = mean(at.map((place) => place ** 2));
  const terms = [at.map(() => 1), at, at.map((place) => place ** 2 - squares)];
  const lit = new Float64Array(PIXELS);
  for (const [i, j] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [0, 2],
    [1, 1],
    [2, 0],
  ]) {
    const term = lit.map((_, k) => terms[i][Math.floor(k / SIDE)] * terms[j][k % SIDE]);
    const [share, square] = [values, term].map((one) =>
      one.reduce((sum, value, k) => sum + value * term[k], 0),
    );
    term.forEach((value, k) => {
      lit[k] += (value * share) / square;
    });
  }
  return lit;
}

/**
 * How far pixels differ from their right, their lower neighbour, whichever is nearer.
 *
 * Along a line, or on paper, one of both is alike; in noise neither is.
 *
 * @param {Plane} picture
 */
function roughness({ height, width, values }) {
  const steps = new Float64Array((height - 1) * (width - 1));
  for (let y = 0; y < height - 1; y += 1) {
    for (let x = 0; x < width - 1; x += 1) {
      const at = y * width + x;
      const across = Math.abs(values[at + 1] - values[at]);
      const down = Math.abs(values[at + width] - values[at]);
      steps[y * (width - 1) + x] = Math.min(across, down);
    }
  }
  return { usual: median(steps), mean: mean(steps) };
}

/**
 * Where each colour lies on the curve that the picture's colours form, from 0 to 1.
 *
 * Paths of steps between colours, long steps dear, follow the curve. Its ends are the two colours
 * that lie farthest apart so.
 *
 * @param {Picture} picture
 * @returns {Float64Array}
 */
function alongTheColours(picture) {
  const keys = picture[0].values.map((_, i) =>
    picture.reduce((key, { values }) => 256 * key + rint(values[i] * 255), 0),
  );
  const known = [...new Set(keys)].sort((a, b) => a - b);
  const colours = known.map((key) => [key >> 16, (key >> 8) & 255, key & 255]);
  const first = pathLengths(colours, 0);
  const end = first.indexOf(largest(first));
  let length = pathLengths(colours, end);
  const far = length.indexOf(largest(length));
  /** @param {number[]} colour */
  const bright = (colour) => colour.reduce((sum, value, c) => sum + value * LUMINANCE[c], 0);
  const longest = length[far];
  if (bright(colours[end]) > bright(colours[far])) length = length.map((value) => longest - value);
  const most = Math.max(largest(length), 1e-9);
  const place = new Map(known.map((key, i) => [key, length[i] / most]));
  return map(picture[0], (_, i) => place.get(keys[i]) ?? 0).values;
}

/**
 * Length of the path from one colour to each, where a step costs its length squared (Dijkstra).
 *
 * @param {number[][]} colours
 * @param {number} start
 * @returns {Float64Array}
 */
function pathLengths(colours, start) {
  const cost = new Float64Array(colours.length).fill(Infinity);
  const length = new Float64Array(colours.length);
  const done = new Uint8Array(colours.length);
  cost[start] = 0;
  for (let round = 0; round < colours.length; round += 1) {
    let at = -1;
    for (let i = 0; i < cost.length; i += 1) {
      if (!done[i] && (at < 0 || cost[i] < cost[at])) at = i;
    }
    done[at] = 1;
    for (let i = 0; i < cost.length; i += 1) {
      if (done[i]) continue;
      const [red, green, blue] = colours[i].map((value, c) => value - colours[at][c]);
      const square = red ** 2 + green ** 2 + blue ** 2;
      if (cost[at] + square < cost[i]) {
        cost[i] = cost[at] + square;
        length[i] = length[at] + Math.sqrt(square);
      }
    }
  }
  return length;
}
