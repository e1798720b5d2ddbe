// @ts-check
// Finds the sheet in a picture that shows more: a table around it, bars beside it.

import { filled, grown, label, map, median, not, plane, resize, STRAIGHT } from "./filters.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {Plane[]} Picture red, green, blue, from 0 to 1 */
/** @typedef {Float64Array} Rows first, last column of a region in each row, in turn; 1, 0 for none */

/**
 * @typedef {object} Sheet
 * @property {Plane} mask its inside, a little away from its edges
 * @property {string} what what lies around it, in words
 */

// Longest side at which a sheet is looked for, in pixels.
const LONGEST = 200;
// Colours that lie closer than this are alike.
const ALIKE = 0.13;

/** @param {Plane} mask */
const sum = ({ values }) => values.reduce((a, b) => a + b, 0);

/**
 * Find the sheet of a picture whose edges belong to something else: the large, convex, four-sided
 * region of one colour that holds the ink, with hardly a pixel of its colour around it.
 *
 * @param {Picture} picture
 * @returns {Sheet | undefined} nothing where the whole picture is the sheet, as far as can be told
 */
export function findSheet(picture) {
  const { height, width } = picture[0];
  const scale = Math.min(1, LONGEST / Math.max(height, width));
  const size = [height, width].map((length) => Math.max(1, rint(length * scale)));
  if (Math.min(...size) < 20) return undefined;
  const small = picture.map((channel) => resize(channel, size));
  const { numbers, groups } = smoothRegions(small);
  const area = new Float64Array(groups + 1);
  for (const number of numbers) area[number] += 1;
  area[0] = 0;
  const seeds = [...area.keys()].sort((a, b) => area[b] - area[a] || a - b).slice(0, 6);
  let found;
  for (const seed of seeds) {
    if (!found && area[seed] >= 0.015 * numbers.length) {
      found = sheetAround(small, numbers, groups, seed);
    }
  }
  if (!found) return undefined;
  const { rows, what } = found;
  const edge = 1.5 / scale;
  const mask = plane(height, width);
  let [top, bottom] = [height, -1];
  for (let y = 0; y < height; y += 1) {
    const at = Math.min(Math.max((y + 0.5) * scale - 0.5, 0), size[0] - 1);
    const low = Math.min(Math.floor(at), size[0] - 1);
    const high = Math.min(low + 1, size[0] - 1);
    const [left, right] = [0, 1].map(
      (side) =>
        (rows[2 * low + side] + (rows[2 * high + side] - rows[2 * low + side]) * (at - low)) /
        scale,
    );
    for (let x = 0; x < width; x += 1) {
      if (x < left + edge || x > right + 1 / scale - 1 - edge) continue;
      mask.values[y * width + x] = 1;
      top = Math.min(top, y);
      bottom = y;
    }
  }
  let inside = 0;
  for (let y = 0; y < height; y += 1) {
    inside += Number(mask.values.subarray(y * width, (y + 1) * width).some(Boolean));
  }
  if (inside < 3 * edge + 10) return undefined;
  const thick = Math.ceil(edge);
  if (top > 0) mask.values.fill(0, 0, (top + thick) * width);
  if (bottom < height - 1) mask.values.fill(0, (bottom + 1 - thick) * width);
  return { mask, what };
}

/**
 * Number the regions within which colours change but gently; edges are 0.
 *
 * @param {Picture} small
 */
function smoothRegions(small) {
  const { height, width } = small[0];
  const step = new Float64Array(height * width);
  /** @param {number} one @param {number} other */
  const between = (one, other) => {
    const change = Math.sqrt(
      small.reduce((total, { values }) => total + (values[one] - values[other]) ** 2, 0),
    );
    step[one] = Math.max(step[one], change);
    step[other] = Math.max(step[other], change);
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      if (y + 1 < height) between(at, at + width);
      if (x + 1 < width) between(at, at + 1);
    }
  }
  const most = Math.min(Math.max(0.03, 3 * median(step)), 0.08);
  return label(
    plane(
      height,
      width,
      step.map((value) => Number(value <= most)),
    ),
    STRAIGHT,
  );
}

/**
 * The sheet's rows, where one grows around a region.
 *
 * @param {Picture} small
 * @param {Int32Array} numbers
 * @param {number} groups
 * @param {number} seed
 * @returns {{ rows: Rows, what: string } | undefined}
 */
function sheetAround(small, numbers, groups, seed) {
  const { height, width } = small[0];
  const colour = small.map(({ values }) => median(values.filter((_, i) => numbers[i] === seed)));
  const alike = map(small[0], (_, i) =>
    Number(
      Math.sqrt(small.reduce((total, { values }, c) => total + (values[i] - colour[c]) ** 2, 0)) <
        ALIKE,
    ),
  );
  const count = new Float64Array(groups + 1);
  const sums = small.map(() => new Float64Array(groups + 1));
  numbers.forEach((number, i) => {
    count[number] += 1;
    for (let c = 0; c < 3; c += 1) sums[c][number] += small[c].values[i];
  });
  const same = count.map((many, number) =>
    Number(
      Math.sqrt(
        sums.reduce(
          (total, one, c) => total + (one[number] / Math.max(many, 1) - colour[c]) ** 2,
          0,
        ),
      ) < ALIKE,
    ),
  );
  same[0] = 0;
  same[seed] = 1;
  // Lines that cross the sheet part it; what is left is closed over them.
  const paper = map(alike, (value, i) => Number(same[numbers[i]] || (value && !numbers[i])));
  const closed = not(grown(not(grown(paper, 2)), 2));
  const regions = label(closed, STRAIGHT);
  if (!regions.groups) return undefined;
  const atSeed = new Float64Array(regions.groups + 1);
  numbers.forEach((number, i) => {
    if (number === seed) atSeed[regions.numbers[i]] += 1;
  });
  atSeed[0] = 0;
  const own = atSeed.indexOf(atSeed.reduce((a, b) => Math.max(a, b), 0));
  const whole = filled(map(closed, (_, i) => Number(regions.numbers[i] === own)));
  const total = height * width;
  const share = sum(whole) / total;
  if (share < 0.1 || share > 0.985) return undefined;
  // An outline encloses what has another colour.
  if (sum(map(whole, (value, i) => value * alike.values[i])) < 0.5 * sum(whole)) return undefined;
  const outside = not(grown(whole, 1));
  const beyond = sum(outside);
  if (!beyond) return undefined;
  const similar = sum(map(outside, (value, i) => value * alike.values[i]));
  if (similar / beyond > 0.25) return undefined;
  const rows = hullRows(whole);
  let hullArea = 0;
  for (let y = 0; y < height; y += 1) hullArea += Math.max(rows[2 * y + 1] - rows[2 * y] + 1, 0);
  const boxArea = leastBox(rows);
  if (boxArea >= 0.985 * total || sum(whole) < 0.93 * hullArea) return undefined;
  // Where next to nothing lies around it, only what is exact is no outline that somebody drew.
  const isWide = sum(not(grown(not(outside), 4))) > 0.01 * total;
  if (hullArea < (isWide ? 0.84 : 0.985) * boxArea) return undefined;
  const hull = map(whole, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return Number(x >= rows[2 * y] && x <= rows[2 * y + 1]);
  });
  const inside = not(grown(not(hull), 3));
  const within = sum(inside);
  const inked = sum(map(inside, (value, i) => value * (1 - alike.values[i])));
  if (!within || inked < 0.003 * within) return undefined; // nothing is on it
  if (isShadow(small, colour, hull, outside)) return undefined;
  const points = corners(rows);
  const [tall, wide] = [0, 1].map((axis) => {
    const places = points.map((point) => point[axis]);
    return Math.max(...places) - Math.min(...places) + 1;
  });
  const bars = share > 0.3 && hullArea > 0.985 * tall * wide;
  return { rows, what: bars ? "bars or a table around the sheet" : "the table around the sheet" };
}

/**
 * Whether what lies around is the same paper in the shade, or in the light: ink crosses the edge.
 *
 * @param {Picture} small
 * @param {number[]} colour
 * @param {Plane} hull
 * @param {Plane} outside
 */
function isShadow(small, colour, hull, outside) {
  const around = small.map(({ values }) => median(values.filter((_, i) => outside.values[i])));
  const pair = [around, colour].map((one) => one.map((value) => Math.max(value, 0.02)));
  /** @param {number[]} one */
  const total = (one) => one[0] + one[1] + one[2];
  const [shade, light] = pair.sort((a, b) => total(a) - total(b));
  const ratio = shade.map((value, c) => value / light[c]);
  const [low, high] = [Math.min(...ratio), Math.max(...ratio)];
  if (low < 0.4 || high - low > 0.12) return false;
  const { height, width } = hull;
  const beyond = not(hull);
  const [near, far] = [grown(beyond, 3).values, grown(beyond, 5).values];
  const bright = colour[0] + colour[1] + colour[2];
  let dips = 0;
  for (let y = 4; y < height - 4; y += 1) {
    for (let x = 4; x < width - 4; x += 1) {
      const i = y * width + x;
      if (near[i] || !far[i]) continue;
      const here = small[0].values[i] + small[1].values[i] + small[2].values[i];
      dips += Number(here < 0.75 * bright);
    }
  }
  return dips >= 2;
}

/**
 * The rows of a mask's convex hull.
 *
 * @param {Plane} mask
 * @returns {Rows}
 */
function hullRows({ height, width, values }) {
  const rows = Float64Array.from({ length: 2 * height }, (_, i) => 1 - (i % 2));
  /** @type {number[][]} */
  const ends = [];
  for (let y = 0; y < height; y += 1) {
    const row = values.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(1);
    if (first >= 0) ends.push([y, first, row.lastIndexOf(1)]);
  }
  for (const [side, sign] of [
    [0, 1],
    [1, -1],
  ]) {
    /** @type {number[][]} */
    const chain = [];
    for (const end of ends) {
      const [y, x] = [end[0], sign * end[1 + side]];
      while (chain.length > 1) {
        const [[y0, x0], [y1, x1]] = chain.slice(-2);
        if ((x1 - x0) * (y - y0) < (x - x0) * (y1 - y0)) break;
        chain.pop();
      }
      chain.push([y, x]);
    }
    for (let n = 0; n < chain.length; n += 1) {
      const [y0, x0] = chain[n];
      const [y1, x1] = chain[n + 1] ?? chain[n];
      for (let y = y0; y <= y1; y += 1) {
        const part = y1 > y0 ? (y - y0) / (y1 - y0) : 0;
        rows[2 * y + side] = sign * (x0 + (x1 - x0) * part);
      }
    }
  }
  return rows;
}

/** @param {Rows} rows points of y, x along both sides of a convex region */
function corners(rows) {
  const points = [];
  for (let i = 0; i < rows.length; i += 2) {
    if (rows[i + 1] >= rows[i]) points.push([i / 2, rows[i]], [i / 2, rows[i + 1]]);
  }
  return points;
}

/** @param {Rows} rows area of the least of the rectangles, turned by whole degrees, around a region */
function leastBox(rows) {
  const points = corners(rows);
  let best = Infinity;
  for (let degrees = 0; degrees < 90; degrees += 1) {
    const angle = (degrees * Math.PI) / 180;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    let [low, high, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [y, x] of points) {
      const [along, across] = [y * sin + x * cos, y * cos - x * sin];
      [low, high] = [Math.min(low, along), Math.max(high, along)];
      [left, right] = [Math.min(left, across), Math.max(right, across)];
    }
    best = Math.min(best, (high - low + 1) * (right - left + 1));
  }
  return best;
}
