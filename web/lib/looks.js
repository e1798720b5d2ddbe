// @ts-check
// Finds out how a bitmap of the networks' own size looks: light or dark paper, noisy or clean, blank.

import { PIXELS, SIDE } from "./canvas.js";
import { grey, LUMINANCE } from "./colours.js";
import { map, median, outermost, plane } from "./filters.js";
import { cut, least, most } from "./pieces.js";
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

// Where more of all pixels are wholly black or white, these are no noise's.
const EXTREME = 0.85;

/** @param {ArrayLike<number>} values */
const mean = (values) => Array.from(values).reduce((sum, one) => sum + one, 0) / values.length;

/**
 * Bring a bitmap to light ink on dark paper, whichever it is.
 *
 * The outermost two pixels of each side are paper in nearly every drawing; within a frame of one
 * colour, its outermost two. What is inked within is lighter or darker; where the noise is strong, what
 * it clips more often tells besides. Where clean ink reaches the edge, paper is what there is most of.
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
    if (most(one) - least(one) < BLANK) return undefined;
  }
  const whole = plane(SIDE, SIDE, values);
  const edge = frameWidth(whole);
  const part = insideOf(whole, edge);
  const [ring, inside] = [ringOf(part, 2), insideOf(part, 2).values];
  let noisy = isNoisy;
  if (noisy === undefined) {
    const rough = roughness(whole);
    noisy = (rough.usual > CALM / 2 && away(ringOf(whole, 2)) > CALM) || rough.mean > ROUGH;
    if (edge && !noisy) noisy = roughness(part).usual > NOISY / 2 && away(ring) > NOISY;
  }
  const extreme = mean(part.values.map((value) => Number(value === 0 || value === 1)));
  let [dark, paper] = [false, 0];
  if (noisy && extreme < EXTREME) {
    const middle = mean(ring);
    const deviation = Math.sqrt(mean(ring.map((value) => (value - middle) ** 2)));
    const spread = Math.max(deviation * Math.sqrt(1 / ring.length + 1 / inside.length), 1e-6);
    let lighter = (mean(inside) - middle) / spread;
    const [black, white] = [0, 1].map((end) =>
      mean(ring.map((value) => Number(Math.abs(value - end) < 0.005))),
    );
    if (black + white < 0.75) lighter += 10 * (white - black);
    // Within a frame there is little paper around the ink.
    if (edge && Math.min(black, white) < 0.06) {
      lighter += 60 * (mean(part.values) - median(part.values));
    }
    dark = lighter < 0;
    paper = median(ring);
  } else {
    const half = (least(values) + most(values)) / 2;
    const light = map(whole, (value) => Number(value > half));
    const around = ringOf(light, 2);
    const isPaper = edge !== 1 && around.every((value) => value === around[0]);
    // Ink that reaches the edge, or goes all along it, leaves paper most of the room.
    dark = isPaper ? around[0] === 1 : mean(light.values) > 0.5;
    paper = median(
      isPaper ? ringOf(whole, 2) : values.filter((_, i) => light.values[i] === Number(dark)),
    );
  }
  if (dark) {
    values = values.map((value) => 1 - value);
    paper = 1 - paper;
  }
  const ink = most(values);
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
  const rough = roughness(small);
  if (away(ringOf(small, 2)) <= NOISY && rough.mean <= ROUGH) return false;
  return rough.usual > NOISY / 2 || rough.mean > ROUGH;
}

/**
 * Cut a noisy bitmap of the networks' own size out of the even page around it.
 *
 * Its four sides are straight, which a drawing's box has not; plots have figures beside it, too.
 *
 * @param {Picture} picture
 * @returns {Picture} the whole of it where it holds none
 */
export function bitmapWithin(picture) {
  const { height, width } = picture[0];
  const page = picture.map((channel) => median(outermost(channel)));
  const apart = map(picture[0], (_, i) =>
    Number(picture.some(({ values }, c) => Math.abs(values[i] - page[c]) > CALM)),
  );
  if (mean(outermost(apart)) > 0.1) return picture;
  /** @type {(rows: [number, number], columns: [number, number]) => number} */
  const count = ([top, bottom], [left, right]) => {
    let sum = 0;
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) sum += apart.values[y * width + x];
    }
    return sum;
  };
  /** @type {[number, number]} */
  let columns = [0, width];
  /** @type {(within: [number, number]) => [number, number]} */
  const rowsIn = (within) =>
    longestRun(Array.from({ length: height }, (_, y) => count([y, y + 1], within)));
  let rows = rowsIn(columns);
  for (let round = 0; round < 2; round += 1) {
    const tall = rows;
    columns = longestRun(Array.from({ length: width }, (_, x) => count(tall, [x, x + 1])));
    rows = rowsIn(columns);
  }
  const [[top, bottom], [left, right]] = [rows, columns];
  const [tall, wide] = [bottom - top, right - left];
  if (!tall || !wide || (tall === height && wide === width)) return picture;
  if (count(rows, columns) < 0.4 * tall * wide) return picture;
  const sides = [
    count([top, top + 1], columns) / wide,
    count([bottom - 1, bottom], columns) / wide,
    count(rows, [left, left + 1]) / tall,
    count(rows, [right - 1, right]) / tall,
  ];
  if (least(sides) < 1 / 4) return picture;
  const found = picture.map((one) => cut(one, { top, left, bottom, right }));
  return isNoisyBitmap(grey(found)) ? found : picture;
}

/**
 * Where the longest run of lines with marks lies, of its ends what has few of them cut off.
 *
 * @param {number[]} counts
 * @returns {[number, number]}
 */
function longestRun(counts) {
  const highest = most(counts);
  let [start, from, to] = [0, 0, 0];
  counts.forEach((count, i) => {
    if (count <= highest / 50) start = i + 1;
    else if (i + 1 - start > to - from) [from, to] = [start, i + 1];
  });
  while (from < to && counts[from] <= highest / 3) from += 1;
  while (from < to && counts[to - 1] <= highest / 3) to -= 1;
  return [from, to];
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

/** The outermost pixels, so many to each side. @type {(picture: Plane, wide: number) => Float64Array} */
const ringOf = ({ height, width, values }, wide) =>
  values.filter((_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return Math.min(y, height - 1 - y, x, width - 1 - x) < wide;
  });

/** All but the outermost pixels, so many to each side. @type {(picture: Plane, wide: number) => Plane} */
const insideOf = (picture, wide) =>
  cut(picture, {
    top: wide,
    left: wide,
    bottom: picture.height - wide,
    right: picture.width - wide,
  });

/** @param {Float64Array} ring @returns {number} how far pixels lie from their median, as a rule */
function away(ring) {
  const middle = median(ring);
  return median(ring.map((value) => Math.abs(value - middle)));
}

/**
 * How many pixels wide a frame of one colour goes around a bitmap.
 *
 * @param {Plane} picture
 * @returns {number} 0 where what follows is like it
 */
function frameWidth(picture) {
  for (let width = 1; width < 5; width += 1) {
    const frame = ringOf(picture, width);
    if (most(frame) - least(frame) > CALM) return 0;
    const next = ringOf(insideOf(picture, width), 1);
    const colour = median(frame);
    if (median(next.map((value) => Math.abs(value - colour))) > CALM) return width;
  }
  return 0;
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
  const end = first.indexOf(most(first));
  let length = pathLengths(colours, end);
  const far = length.indexOf(most(length));
  /** @param {number[]} colour */
  const bright = (colour) => colour.reduce((sum, value, c) => sum + value * LUMINANCE[c], 0);
  const longest = length[far];
  if (bright(colours[end]) > bright(colours[far])) length = length.map((value) => longest - value);
  const farthest = Math.max(most(length), 1e-9);
  const place = new Map(known.map((key, i) => [key, length[i] / farthest]));
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
