// @ts-check
// Finds the ink of a picture: how far each pixel departs from the paper.

import { LUMINANCE } from "./colours.js";
import {
  ALL_AROUND,
  distances,
  gaussian,
  grown,
  label,
  map,
  median,
  medianFilter,
  not,
  outermost,
  plane,
  resize,
  STRAIGHT,
} from "./filters.js";
import { cut } from "./pieces.js";
import { rint } from "./rounding.js";
import { boxWithin } from "./sheets.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {Plane[]} Picture red, green, blue, from 0 to 1 */

// On a picture with fewer pixels a side ink may cover more than half; its outermost pixels tell the paper.
const SMALL = 64;
// Share of the outermost pixels that are paper for certain, how far apart their colours may be, and how far
// a surface must be from them to be that of the ink.
const PAPER = 0.7;
const ALIKE = 0.1;
const APART = 0.2;
// A shadow reaches from the border deeper than this part of the shorter side.
const DEEP = 5;
// Part of the longer side over which the local paper is a median, first with the ink, then without.
const PART = 4;
const BARE_PART = 5;
// Share of a place that must be bare for its colour to be the paper's.
const BARE = 0.3;
// Where half of all pixels lie farther from the paper, they are no grain but ink, unless a quarter do, too.
const NO_GRAIN = 0.15;
// Shares of the strongest ink that are ink for certain, or perhaps; pale places are no soft edges from this half
// width on, in pixels, and coloured in where along so much of their border there is ink rather than paper.
const [STRONG, WEAK, NARROW, ENCLOSED] = [0.5, 0.25, 3, 0.6];

/**
 * @typedef {object} Ink
 * @property {Plane} ink 0 is paper, 1 the ink of a line; zeros if nothing stands out
 * @property {boolean} dark whether the ink is darker than the paper
 */

/**
 * Find the ink.
 *
 * @param {Picture} picture
 * @param {Plane} [sheet] a mask of where the paper is; everywhere if left out
 * @returns {Ink}
 */
export function findInk(picture, sheet) {
  const isSmall = Math.max(picture[0].height, picture[0].width) < SMALL;
  const fitted = smoothPaper(picture, sheet);
  const smooth = isSmall ? paperAround(picture, fitted) : fitted;
  const seen = sheet
    ? picture.map((channel, c) =>
        map(channel, (value, i) => (sheet.values[i] ? value : smooth[c].values[i])),
      )
    : picture;
  const { height, width } = picture[0];
  const blur = 0.7 * Math.min(1, Math.max(height, width) / 400);
  const blurred = seen.map((channel) => gaussian(channel, [blur, blur]));
  /** @param {Picture} paper */
  const departed = (paper) =>
    depart(blurred.map((channel, c) => map(channel, (value, i) => value - paper[c].values[i])));
  const one = departed(smooth);
  // What stands out from the paper around it alone is a blank sheet's grain.
  if (!one.ink.values.some(Boolean)) return one;
  // The local paper follows a shadow's edge, but also swallows what is shaded lightly; so it must be
  // clearly better at leaving two groups of pixels, ink and paper, or paper along the border.
  const everywhere = localPaper(seen);
  let other = departed(everywhere);
  if (!isSmall && other.ink.values.some(Boolean)) {
    // Where that went under wide strokes, it took them for paper; in a small picture all strokes are wide.
    other = departed(localPaper(seen, bareOf(blurred, everywhere, other.ink)));
  }
  const isBetter = twoGroups(other.ink) > twoGroups(one.ink) + 0.02;
  // Along the sheet's own border, where that is not the picture's.
  const box = sheet && boxWithin(sheet);
  const [onPaper, locally] = [one, other].map(({ ink }) => (box ? cut(ink, box) : ink));
  const along = alongTheBorder(onPaper);
  const isLit =
    along > 0.1 &&
    other.ink.values.some(Boolean) &&
    alongTheBorder(locally) < along / 3 &&
    isWide(onPaper);
  return isBetter || isLit ? other : one;
}

/**
 * Leave out a paler colour that outlines enclose, broader than they are.
 *
 * @param {Plane} ink
 * @returns {Plane} zeros where something was coloured in
 */
export function withoutFills(ink) {
  const most = ink.values.reduce((a, b) => Math.max(a, b), 0);
  const strong = map(ink, (value) => Number(value > STRONG * most));
  const seen = map(ink, (value) => Number(value > WEAK * most));
  const weak = map(seen, (value, i) => Number(value && !strong.values[i]));
  const isSmall = Math.max(ink.height, ink.width) < SMALL;
  // Nothing pale is that broad.
  if (isSmall || grown(not(weak), NARROW).values.every(Boolean)) return ink;
  // Half the width of a stroke is twice the mean distance of its pixels from its edge.
  const within = distances(strong).values.filter(Boolean);
  const pen = (2 * within.reduce((a, b) => a + b, 0)) / within.length;
  const broad = Math.max(NARROW, pen / 2);
  const core = map(distances(weak), (value) => Number(value > broad));
  if (!core.values.some(Boolean)) return ink;
  const away = distances(not(core)).values;
  const fills = map(weak, (value, i) => Number(value && away[i] <= broad + 1.5));
  const { numbers, groups } = label(fills, STRAIGHT);
  const [byInk, byPaper] = [strong, not(seen)].map((mask) => {
    const counts = new Float64Array(groups + 1);
    grown(mask, 2).values.forEach((value, i) => {
      if (value) counts[numbers[i]] += 1;
    });
    return counts;
  });
  return map(ink, (value, i) => {
    const at = numbers[i];
    return at && byInk[at] > ENCLOSED * (byInk[at] + byPaper[at]) ? 0 : value;
  });
}

/**
 * Share of the picture's outermost pixels that are inked; corners count twice.
 *
 * @param {Plane} ink
 */
function alongTheBorder(ink) {
  const border = outermost(ink);
  return border.filter((value) => value > 0.5).length / border.length;
}

/**
 * Whether what is inked along the border goes deep, as no frame does, nor strokes that touch one.
 *
 * @param {Plane} ink
 */
function isWide(ink) {
  const deep = Math.max(1, Math.floor(Math.min(ink.height, ink.width) / DEEP));
  const paper = map(ink, (value) => Number(value <= 0.5));
  const border = outermost(grown(not(grown(paper, deep)), 1));
  return border.reduce((sum, value) => sum + value, 0) / border.length > 0.02;
}

/**
 * Take a picture's outermost colour for its paper where the surface fitted to most of it is the ink.
 *
 * @param {Picture} picture
 * @param {Picture} paper
 * @returns {Picture}
 */
function paperAround(picture, paper) {
  const border = picture.map(outermost);
  const colour = border.map(median);
  /** @param {Float64Array[]} channels */
  const away = (channels) =>
    channels[0].map((_, i) => Math.hypot(...channels.map((values, c) => values[i] - colour[c])));
  const alike = away(border).filter((distance) => distance < ALIKE);
  const apart = median(away(paper.map(outermost)));
  if (alike.length < PAPER * border[0].length || apart < APART) return paper;
  return picture.map((channel, c) => map(channel, () => colour[c]));
}

/**
 * Departures along the one direction that ink takes: darker, lighter, another hue.
 *
 * @param {Picture} away from the paper
 * @returns {Ink}
 */
function depart(away) {
  const { height, width } = away[0];
  const nothing = { ink: plane(height, width), dark: false };
  const [red, green, blue] = away.map(({ values }) => values);
  const distance = map(away[0], (value, i) =>
    Math.sqrt(value * value + green[i] * green[i] + blue[i] * blue[i]),
  ).values;
  let noise = median(distance);
  if (Math.max(height, width) < SMALL) {
    noise = Math.min(noise, median(outermost(plane(height, width, distance))));
  }
  if (noise > NO_GRAIN) noise = Math.min(noise, 2.2 * quantile(distance, 0.25));
  const most = greatestOf(distance);
  if (most < Math.max(0.04, 8 * noise)) return nothing;
  const direction = [0, 0, 0];
  let count = 0;
  for (let i = 0; i < distance.length; i += 1) {
    if (distance[i] < most / 2) continue;
    direction[0] += red[i];
    direction[1] += green[i];
    direction[2] += blue[i];
    count += 1;
  }
  const [x, y, z] = direction;
  const ink = map(away[0], (value, i) => (value * x + green[i] * y + blue[i] * z) / count);
  const strongest = greatestOf(ink.values);
  // As much one way as the other.
  if (strongest <= 0) return nothing;
  const shares = map(ink, (value) => value / strongest).values;
  const floor = (3 * noise) / most;
  const level = median(shares.filter((value) => value > 0.5));
  const range = Math.max(level - floor, 0.1);
  const found = map(ink, (_, i) => Math.min(Math.max((shares[i] - floor) / range, 0), 1));
  const brighter = direction.reduce((sum, value, c) => sum + value * LUMINANCE[c], 0);
  const strong = () => map(found, (value) => Number(value > 0.5));
  if (most < 12 * noise && isStrewn(strong())) return nothing;
  return { ink: found, dark: brighter < 0 };
}

/** @param {Float64Array} values */
function greatestOf(values) {
  let most = -Infinity;
  for (let i = 0; i < values.length; i += 1) if (values[i] > most) most = values[i];
  return most;
}

/**
 * What a share of some values is below, between the two nearest.
 *
 * @param {Float64Array} values
 * @param {number} share
 */
function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = (values.length - 1) * share;
  const low = Math.floor(place);
  const high = Math.min(low + 1, values.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

/**
 * Whether what stands out from the grain by little is grain itself: in several spots, none long.
 *
 * @param {Plane} mask
 */
function isStrewn(mask) {
  const { height, width } = mask;
  const { numbers, groups } = label(mask, ALL_AROUND);
  const spots = Array.from({ length: groups }, () => [Infinity, -Infinity, Infinity, -Infinity]);
  numbers.forEach((number, i) => {
    if (!number) return;
    const [y, x] = [Math.floor(i / width), i % width];
    const [top, bottom, left, right] = spots[number - 1];
    spots[number - 1] = [
      Math.min(top, y),
      Math.max(bottom, y),
      Math.min(left, x),
      Math.max(right, x),
    ];
  });
  const isShort = (/** @type {number[]} */ [top, bottom, left, right]) =>
    Math.max(bottom - top, right - left) + 1 < 0.17 * Math.max(height, width);
  return groups > 2 && spots.every(isShort);
}

/**
 * Share of the variance that lies between ink and paper (Otsu's criterion).
 *
 * @param {Plane} ink
 */
function twoGroups({ values }) {
  let [inked, ink, paper, all] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i += 1) {
    all += values[i];
    if (values[i] > 0.5) {
      inked += 1;
      ink += values[i];
    } else {
      paper += values[i];
    }
  }
  const bare = values.length - inked;
  if (!inked || !bare) return 0;
  const share = inked / values.length;
  const mean = all / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += (values[i] - mean) * (values[i] - mean);
  const variance = squares / values.length;
  return (share * (1 - share) * (ink / inked - paper / bare) ** 2) / variance;
}

/**
 * The first five Legendre polynomials at evenly spaced places from -1 to 1.
 *
 * @param {number} length
 */
function legendre(length) {
  const step = 2 / (length - 1);
  return Array.from({ length }, (_, i) => {
    const x = length === 1 ? -1 : i === length - 1 ? 1 : -1 + i * step;
    const terms = [1, x];
    for (let n = 2; n < 5; n += 1) {
      terms.push(((2 * n - 1) * x * terms[n - 1] - (n - 1) * terms[n - 2]) / n);
    }
    return terms;
  });
}

/**
 * Evenly spaced pixels of a line, the first, the last among them.
 *
 * @param {number} length
 */
function samples(length) {
  const count = Math.min(length, 48);
  const step = count > 1 ? (length - 1) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) =>
    i && i === count - 1 ? length - 1 : Math.trunc(i * step),
  );
}

/**
 * Solve a x = b for several b at once, by elimination with pivots.
 *
 * @param {number[][]} a
 * @param {number[][]} b
 * @returns {number[][]}
 */
function solve(a, b) {
  const size = a.length;
  const rows = a.map((row, i) => [...row, ...b[i]]);
  for (let i = 0; i < size; i += 1) {
    let pivot = i;
    for (let j = i + 1; j < size; j += 1) {
      if (Math.abs(rows[j][i]) > Math.abs(rows[pivot][i])) pivot = j;
    }
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let j = 0; j < size; j += 1) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k < rows[j].length; k += 1) rows[j][k] -= factor * rows[i][k];
    }
  }
  return rows.map((row, i) => row.slice(size).map((value) => value / row[i]));
}

/**
 * Fit the polynomial surface that most pixels lie on.
 *
 * @param {Picture} picture
 * @param {Plane} [sheet] a mask of where the paper is
 * @returns {Picture}
 */
function smoothPaper(picture, sheet) {
  const { height, width } = picture[0];
  const [down, across] = [legendre(height), legendre(width)];
  /** @type {number[][]} */
  const seen = [];
  /** @type {number[][][]} */
  const basis = [];
  for (const y of samples(height)) {
    for (const x of samples(width)) {
      if (sheet && !sheet.values[y * width + x]) continue;
      seen.push(picture.map(({ values }) => values[y * width + x]));
      basis.push(down[y].map((one) => across[x].map((other) => one * other)));
    }
  }
  /** @type {number[][]} */
  let free = [];
  /** @type {number[][]} */
  let surface = [];
  let weights = seen.map(() => 1);
  // Least squares in which what stands out counts less each time. The surface is flat at first
  // and may bend only later, or it would bend to a thick drawing.
  for (let round = 0; round < 25; round += 1) {
    const bend = Math.floor(round / 5);
    free = [0, 1, 2, 3, 4].flatMap((i) =>
      [0, 1, 2, 3, 4].filter((j) => i + j <= bend).map((j) => [i, j]),
    );
    const terms = basis.map((at) => free.map(([i, j]) => at[i][j]));
    const normal = free.map((_, i) => free.map((_, j) => (i === j ? 1e-6 : 0)));
    const right = free.map(() => [0, 0, 0]);
    terms.forEach((term, n) => {
      for (let i = 0; i < free.length; i += 1) {
        const weighted = term[i] * weights[n];
        for (let j = 0; j <= i; j += 1) normal[i][j] += weighted * term[j];
        for (let c = 0; c < 3; c += 1) right[i][c] += weighted * seen[n][c];
      }
    });
    for (let i = 0; i < free.length; i += 1) {
      for (let j = 0; j < i; j += 1) normal[j][i] = normal[i][j];
    }
    surface = solve(normal, right);
    const distance = seen.map((colour, n) => {
      let squares = 0;
      for (let c = 0; c < 3; c += 1) {
        let fitted = 0;
        for (let i = 0; i < surface.length; i += 1) fitted += terms[n][i] * surface[i][c];
        squares += (colour[c] - fitted) * (colour[c] - fitted);
      }
      return Math.sqrt(squares);
    });
    const typical = Math.max(median(distance), 0.004);
    weights = distance.map((value) => 1 / (1 + (value / typical) ** 2) ** 2);
  }
  return [0, 1, 2].map((c) => {
    const paper = plane(height, width);
    const byRow = down.map((one) => {
      const sums = [0, 0, 0, 0, 0];
      for (const [n, [i, j]] of free.entries()) sums[j] += one[i] * surface[n][c];
      return sums;
    });
    for (let y = 0; y < height; y += 1) {
      const [s0, s1, s2, s3, s4] = byRow[y];
      for (let x = 0; x < width; x += 1) {
        const [p0, p1, p2, p3, p4] = across[x];
        paper.values[y * width + x] = s0 * p0 + s1 * p1 + s2 * p2 + s3 * p3 + s4 * p4;
      }
    }
    return paper;
  });
}

/**
 * Which pixels are paper: nearer, by the ink's hue, to the paper beside it than to what is inked.
 *
 * @param {Picture} seen
 * @param {Picture} paper
 * @param {Plane} ink
 * @returns {Plane} of 0, 1
 */
function bareOf(seen, paper, ink) {
  /** @type {number[]} */
  const found = [];
  for (let i = 0; i < ink.values.length; i += 1) if (ink.values[i] > 0.5) found.push(i);
  const direction = seen.map(
    ({ values }, c) =>
      found.reduce((sum, i) => sum + values[i] - paper[c].values[i], 0) / found.length,
  );
  /** @type {(picture: Picture, i: number) => number} */
  const along = ([red, green, blue], i) =>
    red.values[i] * direction[0] + green.values[i] * direction[1] + blue.values[i] * direction[2];
  const inked = median(Float64Array.from(found, (i) => along(seen, i)));
  const beside = quantile(
    Float64Array.from(found, (i) => along(paper, i)),
    0.9,
  );
  const isInked = map(ink, (_, i) => Number(along(seen, i) > (inked + beside) / 2));
  return not(grown(isInked, Math.floor(Math.max(ink.height, ink.width) / 200)));
}

/**
 * The median around each pixel, over a part of the longer side; where it is not bare, the paper goes on
 * as it is around.
 *
 * @param {Picture} picture
 * @param {Plane} [bare] everywhere if left out
 * @returns {Picture}
 */
function localPaper(picture, bare) {
  const { height, width } = picture[0];
  const scale = Math.min(1, 80 / Math.max(height, width));
  const size = [height, width].map((length) => Math.max(1, rint(length * scale)));
  const around = Math.floor(Math.max(...size) / (bare ? BARE_PART : PART)) | 1;
  const isBare = !bare || bare.values.every(Boolean);
  const share = isBare ? undefined : resize(bare, size);
  return picture.map((channel) => {
    let small = resize(isBare ? channel : map(channel, (one, i) => one * bare.values[i]), size);
    if (share) {
      const means = map(small, (sum, i) => sum / Math.max(share.values[i], BARE));
      small = completed(
        means,
        map(share, (one) => Number(one > BARE)),
      );
    }
    return resize(medianFilter(small, around), [height, width], { smooth: false });
  });
}

/**
 * Fill pixels that are not known, ring by ring, with the mean of those beside them.
 *
 * @param {Plane} values
 * @param {Plane} known of 0, 1
 * @returns {Plane}
 */
function completed(values, known) {
  let [filled, isKnown] = [map(values, (value, i) => value * known.values[i]), known];
  while (isKnown.values.some(Boolean) && !isKnown.values.every(Boolean)) {
    const [near, total] = [sums(isKnown), sums(filled)];
    const before = isKnown;
    filled = map(filled, (value, i) =>
      !before.values[i] && near.values[i] ? total.values[i] / near.values[i] : value,
    );
    isKnown = map(before, (value, i) => Number(value || near.values[i] > 0));
  }
  return filled;
}

/**
 * The sum of the three by three pixels around each; beyond the border is nothing.
 *
 * @param {Plane} plane
 * @returns {Plane}
 */
function sums(plane) {
  const { height, width, values } = plane;
  return map(plane, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    let sum = 0;
    for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row += 1) {
      for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column += 1) {
        sum += values[row * width + column];
      }
    }
    return sum;
  });
}
