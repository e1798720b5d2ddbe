// @ts-check
// Tells the drawing from what else is inked around it: frames, rulings, axes, captions, holes.

import {
  ALL_AROUND,
  filled,
  grown,
  hysteresis,
  label,
  map,
  median,
  not,
  plane,
} from "./filters.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {{ low: number, high: number, start: number, stop: number }} Line across, then along */
/** @typedef {{ top: number, bottom: number, left: number, right: number }} Box bottom, right lie beyond */

/**
 * @typedef {object} Parts
 * @property {Plane} drawing a mask of what is inked of the drawing
 * @property {string[]} leftOut what else was found, hence left out
 * @property {string[]} doubts what may be no drawing, but was kept
 */

/**
 * @typedef {object} Piece ink that hangs together
 * @property {number} number
 * @property {number} top
 * @property {number} bottom
 * @property {number} left
 * @property {number} right
 * @property {number} height
 * @property {number} width
 * @property {number} area
 * @property {number} filled its area with all that it encloses
 */

// More pieces than this are grain or hatching, no writing, no drawings apart.
const MANY = 300;

/** @param {ArrayLike<number>} values */
const most = (values) => Array.from(values).reduce((a, b) => Math.max(a, b), -Infinity);
/** @param {number[]} values */
const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
/** @param {Plane} mask */
const isEmpty = ({ values }) => !values.some(Boolean);

/** @param {Plane} source */
function turned({ height, width, values }) {
  const result = plane(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) result.values[x * height + y] = values[y * width + x];
  }
  return result;
}

/**
 * Strong ink, with the weak ink that it hangs together with, but no speck.
 *
 * @param {Plane} ink
 * @returns {Plane} of 0, 1
 */
export function inkMask(ink) {
  const strongest = ink.values.reduce((a, b) => Math.max(a, b), 0);
  return withoutSpecks(hysteresis(ink, 0.25 * strongest, 0.5 * strongest), 500);
}

/**
 * Leave out what is smaller than so many parts of the largest piece.
 *
 * @param {Plane} mask
 * @param {number} parts
 */
function withoutSpecks(mask, parts) {
  const { numbers, groups } = label(mask, ALL_AROUND);
  const area = new Float64Array(groups + 1);
  for (const number of numbers) area[number] += 1;
  area[0] = 0;
  const largest = area.reduce((a, b) => Math.max(a, b), 0);
  return map(mask, (_, i) => Number(area[numbers[i]] > largest / parts));
}

/**
 * Tell the drawing from what stands around it.
 *
 * @param {Plane} mask
 * @returns {Parts}
 */
export function takeApart(mask) {
  const { rest: framed, frame } = withinFrames(mask);
  /** @type {[(mask: Plane) => Plane | undefined, string][]} */
  const finders = [
    [withoutBox, "a frame"],
    [withoutAxes, "axes"],
    // Where there is a frame, such as that of a plot with a grid, lines end at it.
    [(rest) => withoutRulings(rest, frame), "ruled lines"],
    [withoutDots, "a grid of dots"],
    [withoutFrames, "a frame"],
    [withoutHoles, "punched holes"],
    [withoutMargins, "writing or signs at the edge"],
  ];
  let drawing = framed;
  /** @type {string[]} */
  const leftOut = frame ? ["a frame"] : [];
  for (const [find, what] of finders) {
    const rest = find(drawing);
    if (!rest || isEmpty(rest)) continue;
    drawing = rest;
    if (!leftOut.includes(what)) leftOut.push(what);
  }
  return { drawing, leftOut, doubts: doubts(drawing) };
}

// ---- Lines that a machine drew along an axis.

/**
 * Runs of a mask's rows that are long enough.
 *
 * @param {Plane} mask
 * @param {number} shortest
 */
function runs({ height, width, values }, shortest) {
  const found = [];
  for (let row = 0; row < height; row += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!values[row * width + x]) continue;
      const start = x;
      while (x + 1 < width && values[row * width + x + 1]) x += 1;
      if (x - start + 1 >= shortest) found.push({ row, start, stop: x });
    }
  }
  return found;
}

/**
 * Lines along the rows that end alike in each of their rows, as no hand, no round pen draws.
 *
 * @param {Plane} mask
 * @param {number} shortest
 * @returns {Line[]}
 */
function exactLines(mask, shortest) {
  const longest = Math.max(mask.height, mask.width);
  const thickest = Math.max(4, Math.floor(longest / 50));
  /** @type {Line[]} */
  const found = [];
  for (const { row, start, stop } of runs(mask, shortest)) {
    const line = found.find(
      (one) =>
        one.high === row - 1 && Math.abs(one.start - start) <= 2 && Math.abs(one.stop - stop) <= 2,
    );
    if (line) {
      line.high = row;
      line.start = Math.min(line.start, start);
      line.stop = Math.max(line.stop, stop);
    } else {
      found.push({ low: row, high: row, start, stop });
    }
  }
  // A long slanted stroke leaves runs, too, above or below each of which goes another.
  return found.filter((line) => line.high - line.low < thickest && standsAlone(mask, line));
}

/**
 * The thirty longest of some lines, in order; a frame's are among them.
 *
 * @param {Line[]} lines
 */
const longestOf = (lines) =>
  [...lines]
    .sort((a, b) => a.start - a.stop - (b.start - b.stop))
    .slice(0, 30)
    .sort((a, b) => a.low - b.low || a.high - b.high || a.start - b.start || a.stop - b.stop);

/**
 * Whether there is paper above, below most of a line.
 *
 * @param {Plane} mask
 * @param {Line} line
 */
function standsAlone({ height, width, values }, { low, high, start, stop }) {
  return [low - 2, high + 2]
    .filter((row) => row >= 0 && row < height)
    .every((row) => {
      let inked = 0;
      for (let x = start; x <= stop; x += 1) inked += values[row * width + x];
      return inked / (stop - start + 1) < 0.35;
    });
}

/**
 * Cut off exact rectangles around ink, with all that stands beyond them.
 *
 * @param {Plane} mask
 */
function withoutFrames(mask) {
  const { rest, frame } = withinFrames(mask);
  return frame && rest;
}

/**
 * Cut off each exact rectangle around ink; the box within the innermost, too.
 *
 * @param {Plane} mask
 */
function withinFrames(mask) {
  let rest = mask;
  /** @type {Box | undefined} */
  let frame;
  for (;;) {
    const inner = inFrame(rest);
    const found = inner ? { rest: inside(rest, inner), frame: inner } : inBorder(rest);
    if (!found) return { rest, frame };
    ({ rest, frame } = found);
  }
}

/**
 * Leave out what lies beyond a box.
 *
 * @param {Plane} mask
 * @param {Box} box
 */
function inside(mask, { top, bottom, left, right }) {
  return map(mask, (value, i) => {
    const [y, x] = [Math.floor(i / mask.width), i % mask.width];
    return Number(value && y >= top && y < bottom && x >= left && x < right);
  });
}

/** How far apart the ends of two sides of a frame lie at most. @type {(one: Line, other: Line) => number} */
const nearOf = (one, other) => 3 + 2 * Math.max(one.high - one.low, other.high - other.low);

/**
 * Leave out lines between others of the same ends, evenly spaced: no side of a frame is among them.
 *
 * @param {Line[]} lines
 */
function withoutGrid(lines) {
  return lines.filter((line) => {
    const alike = lines.filter(
      (other) =>
        Math.max(Math.abs(other.start - line.start), Math.abs(other.stop - line.stop)) <=
        nearOf(line, other),
    );
    const inner = alike.slice(1, -1).map(({ low }) => low);
    const isGrid = inner.length > 2 && areEvenlySpaced(inner);
    return !isGrid || line === alike[0] || line === alike[alike.length - 1];
  });
}

/** @param {Plane} mask @returns {Box | undefined} */
function inFrame(mask) {
  const { height, width } = mask;
  const shortest = Math.max(24, Math.floor(Math.max(height, width) / 8));
  const [across, down] = [mask, turned(mask)].map((one) =>
    withoutGrid(longestOf(exactLines(one, shortest))),
  );
  /** @type {{ area: number, box: number[] } | undefined} */
  let best;
  across.forEach((upper, i) => {
    for (const lower of across.slice(i + 1)) {
      const near = nearOf(upper, lower);
      if (Math.abs(upper.start - lower.start) > near || Math.abs(upper.stop - lower.stop) > near) {
        continue;
      }
      const sides = [upper.start, upper.stop].map((end) =>
        down.filter(
          (line) =>
            Math.min(Math.abs(line.low - end), Math.abs(line.high - end)) <= near &&
            line.start <= upper.high + near &&
            line.stop >= lower.low - near,
        ),
      );
      if (!sides.every((lines) => lines.length)) continue;
      // Of a double line's two, the inner one.
      const [left, right] = [sides[0][sides[0].length - 1], sides[1][0]];
      const box = [upper.high + 1, lower.low - 1, left.high + 1, right.low - 1];
      const area = (box[1] - box[0]) * (box[3] - box[2]);
      if (area > 0 && (!best || area < best.area) && holdsTheDrawing(mask, box)) {
        best = { area, box };
      }
    }
  });
  if (!best) return undefined;
  const [top, bottom, left, right] = best.box;
  // The line's own soft edge goes with it.
  const inner = { top: top + 1, bottom, left: left + 1, right };
  return isEmpty(inside(mask, inner)) ? undefined : inner;
}

/**
 * Whether ink of some size stands inside a box, nothing but small signs beyond it.
 *
 * @param {Plane} mask
 * @param {number[]} box
 */
function holdsTheDrawing(mask, [top, bottom, left, right]) {
  const { width: across } = mask;
  const [height, width] = [bottom - top + 1, right - left + 1];
  let [first, last, west, east] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let y = top + 1; y < bottom; y += 1) {
    for (let x = left + 1; x < right; x += 1) {
      if (!mask.values[y * across + x]) continue;
      [first, last] = [Math.min(first, y), Math.max(last, y)];
      [west, east] = [Math.min(west, x), Math.max(east, x)];
    }
  }
  if (last < 0 || Math.max((last - first) / height, (east - west) / width) < 0.2) return false;
  const far = 3 + Math.floor(Math.max(mask.height, mask.width) / 60);
  const beyond = map(mask, (value, i) => {
    const [y, x] = [Math.floor(i / across), i % across];
    const inside = y >= top - far && y <= bottom + far && x >= left - far && x <= right + far;
    return Number(value && !inside);
  });
  return pieces(beyond).every((piece) => {
    const isExact =
      piece.area >= 0.9 * piece.height * piece.width ||
      piece.filled >= 0.9 * piece.height * piece.width;
    return Math.max(piece.height, piece.width) <= 0.4 * Math.max(height, width) || isExact;
  });
}

/**
 * Cut off a border that hangs together with the drawing, perhaps with round corners.
 *
 * Its outer edge tells it: that runs along an axis to the pixel, whatever touches the border from
 * within or crosses it. Sides may be missing where the picture is cut off: there, others run off it.
 *
 * @param {Plane} mask
 * @returns {{ rest: Plane, frame: Box } | undefined}
 */
function inBorder(mask) {
  const regions = label(mask, ALL_AROUND);
  if (!regions.groups || regions.groups > MANY) return undefined;
  const piece = pieces(mask, regions).reduce((best, one) =>
    one.height * one.width > best.height * best.width ? one : best,
  );
  const ink = map(mask, (_, i) => Number(regions.numbers[i] === piece.number));
  // What touches a lone side need not be the largest piece.
  return insideBorder(mask, ink) ?? (regions.groups > 1 ? insideBorder(mask, mask) : undefined);
}

/**
 * Cut off a border that some of a mask's ink begins, ends with.
 *
 * @param {Plane} mask
 * @param {Plane} ink
 * @returns {{ rest: Plane, frame: Box } | undefined}
 */
function insideBorder(mask, ink) {
  const { top: upper, bottom: lower, left: west, right: east } = edges(ink);
  const box = { top: upper, bottom: lower + 1, left: west, right: east + 1 };
  const isCut = [
    box.top === 0,
    box.bottom === mask.height,
    box.left === 0,
    box.right === mask.width,
  ];
  const sides = toTheTop(cut(ink, box)).map(sideAlong);
  const found = sides.filter((side) => side !== undefined);
  if (!found.length || 2 * found.filter(({ share }) => share >= 0.5).length < found.length) {
    return undefined;
  }
  // What crosses the border ends at it.
  const beyond = sides.map((side) => side?.level ?? 0);
  box.top += beyond[0];
  box.bottom -= beyond[1];
  box.left += beyond[2];
  box.right -= beyond[3];
  const own = cut(ink, box);
  const thick = least(found.map((side) => side.thick));
  const { height, width } = own;
  for (const [number, side] of toTheTop(own).entries()) {
    const [first, last] = number < 2 ? [2, 3] : [0, 1];
    if (sides[number]) {
      // Where the next side is missing, this one runs off the picture, its end not rounded.
      const ends = [];
      if (!sides[first]) ends.push(0, 1);
      if (!sides[last]) ends.push(side.width - 2, side.width - 1);
      for (const x of ends) {
        let inked = 0;
        for (let y = 0; y <= thick; y += 1) inked += side.values[y * side.width + x];
        if (inked < thick) return undefined;
      }
    } else if (sides[first] || sides[last]) {
      // Beside one that is found, it is missing only where the picture is cut off.
      const inked = side.values.subarray(0, side.width).reduce((a, b) => a + b, 0);
      if (!isCut[number] || inked / side.width >= 0.35) return undefined;
    }
  }
  const walls = pasted(plane(height + 2, width + 2), own, {
    top: 1,
    bottom: height + 1,
    left: 1,
    right: width + 1,
  });
  for (let x = 1; x <= width; x += 1) {
    if (!sides[0]) walls.values[x] = 1;
    if (!sides[1]) walls.values[(height + 1) * (width + 2) + x] = 1;
  }
  for (let y = 1; y <= height; y += 1) {
    if (!sides[2]) walls.values[y * (width + 2)] = 1;
    if (!sides[3]) walls.values[y * (width + 2) + width + 1] = 1;
  }
  const enclosed = filled(walls);
  const within = { top: 1, bottom: height + 1, left: 1, right: width + 1 };
  const share = cut(enclosed, within).values.reduce((a, b) => a + b, 0) / (height * width);
  if (share < 0.88) return undefined;
  // The line's own soft edge goes with it.
  const border = cut(grown(not(enclosed), thick + 1), within);
  const kept = map(cut(mask, box), (value, i) => Number(value && !border.values[i]));
  const left = edges(kept);
  const size = Math.max((left.bottom - left.top) / height, (left.right - left.left) / width);
  if (size < 0.4) return undefined;
  if (!holdsTheDrawing(mask, [box.top, box.bottom - 1, box.left, box.right - 1])) return undefined;
  const [above, below, before, behind] = sides.map((side) => (side ? thick + 1 : 0));
  return {
    rest: pasted(plane(mask.height, mask.width), kept, box),
    frame: {
      top: box.top + above,
      bottom: box.bottom - below,
      left: box.left + before,
      right: box.right - behind,
    },
  };
}

/**
 * The first, the last row, column that is inked.
 *
 * @param {Plane} mask
 */
function edges({ width, values }) {
  let [top, bottom, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
  values.forEach((value, i) => {
    if (!value) return;
    const [y, x] = [Math.floor(i / width), i % width];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
  });
  return { top, bottom, left, right };
}

/**
 * A picture turned so that its top, bottom, left, right side lies at the top.
 *
 * @param {Plane} own
 */
function toTheTop(own) {
  /** @type {(mask: Plane) => Plane} */
  const upsideDown = (mask) =>
    map(mask, (_, i) => {
      const [y, x] = [Math.floor(i / mask.width), i % mask.width];
      return mask.values[(mask.height - 1 - y) * mask.width + x];
    });
  return [own, upsideDown(own), turned(own), upsideDown(turned(own))];
}

/**
 * The side of a border along the top of a piece, by its middle half, which no corner rounds: how far it
 * lies from the top, how thick it is, at what share of it.
 *
 * @param {Plane} own
 */
function sideAlong({ height, width, values }) {
  const corner = Math.floor(width / 4);
  const across = width - 2 * corner;
  if (across < 12) return undefined;
  const columns = Array.from({ length: across }, (_, x) =>
    Array.from({ length: height }, (_, y) => Boolean(values[y * width + corner + x])),
  );
  // Where a stroke crosses the side, or lies beyond it, ink begins before.
  const first = columns.map((column) => Math.max(column.indexOf(true), 0));
  const reach = Math.min(height, 2 + Math.floor(height / 12));
  let level = 0;
  while (level < reach && columns.filter((column) => column[level]).length / across < 0.9) {
    level += 1;
  }
  const within = first.filter((place) => place >= level - 1);
  const isExact = within.filter((place) => place === level).length / within.length >= 0.9;
  if (level === reach || within.length / across < 0.5 || !isExact) return undefined;
  const thick = columns.map((column) => {
    const end = column.indexOf(false, level);
    return (end < 0 ? height : end) - level;
  });
  const usual = [...thick].sort((a, b) => a - b)[Math.floor(across / 4)];
  if (!usual || usual > 0.1 * Math.min(height, width)) return undefined;
  const alike = thick.filter((one) => Math.abs(one - usual) <= 1).length;
  return { level, thick: usual, share: alike / across };
}

/**
 * Take off a box, perhaps with round corners, whose sides are too straight for a hand.
 *
 * @param {Plane} mask
 */
function withoutBox(mask) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups < 2 || regions.groups > MANY) return undefined;
  const all = pieces(mask, regions);
  const box = all.reduce((best, one) =>
    one.height * one.width > best.height * best.width ? one : best,
  );
  const inner = all.filter(
    (one) =>
      one.top > box.top && one.bottom < box.bottom && one.left > box.left && one.right < box.right,
  );
  const size = most(inner.map((one) => Math.max(one.height / box.height, one.width / box.width)));
  if (inner.length < all.length - 1 || size < 0.4) return undefined;
  if (box.filled < 0.88 * box.height * box.width) return undefined;
  /** @param {number} y @param {number} x */
  const isOwn = (y, x) => regions.numbers[(box.top + y) * mask.width + box.left + x] === box.number;
  const [lastRow, lastColumn] = [box.height - 1, box.width - 1];
  /** @type {[number, number, (along: number, inward: number) => boolean][]} */
  const sides = [
    [box.width, box.height, (along, inward) => isOwn(inward, along)],
    [box.width, box.height, (along, inward) => isOwn(lastRow - inward, along)],
    [box.height, box.width, (along, inward) => isOwn(along, inward)],
    [box.height, box.width, (along, inward) => isOwn(along, lastColumn - inward)],
  ];
  for (const [length, depth, isInked] of sides) {
    const eighth = Math.floor(length / 8);
    let [low, high] = [Infinity, -Infinity];
    for (let along = eighth; along < length - eighth; along += 1) {
      let inward = 0;
      while (inward < depth && !isInked(along, inward)) inward += 1;
      if (inward === depth) inward = 0; // as where nothing is found, numpy's argmax
      [low, high] = [Math.min(low, inward), Math.max(high, inward)];
    }
    if (high - low > 1) return undefined;
  }
  return without(mask, regions.numbers, new Set([box.number]));
}

/**
 * Cut off two exact lines that meet at the lower left, with small signs beyond them.
 *
 * @param {Plane} mask
 */
function withoutAxes(mask) {
  const { height, width } = mask;
  /** @param {Line[]} lines */
  const thin = (lines) => lines.filter((line) => line.high - line.low <= 3);
  const across = thin(exactLines(mask, Math.floor(width / 3)));
  const down = thin(exactLines(turned(mask), Math.floor(height / 3)));
  const small = Math.max(height, width) / 12;
  for (const lower of across) {
    for (const left of down) {
      if (Math.abs(lower.start - left.low) > 8 || Math.abs(left.stop - lower.high) > 8) continue;
      const inside = map(mask, (value, i) =>
        Number(value && i < (lower.low - 1) * width && i % width >= left.high + 2),
      );
      const beyond = map(mask, (value, i) =>
        Number(value && !(i < (lower.high + 2) * width && i % width >= left.low - 1)),
      );
      const signs = pieces(beyond);
      if (
        !isEmpty(inside) &&
        signs.length >= 4 &&
        signs.every((one) => Math.max(one.height, one.width) < small)
      ) {
        return inside;
      }
    }
  }
  return undefined;
}

// ---- Ruled or squared paper.

/**
 * Take off lines that run through from side to side, at least three of them evenly spaced.
 *
 * @param {Plane} mask
 * @param {Box} [frame] within which they run
 */
function withoutRulings(mask, frame) {
  const box = frame ?? { top: 0, bottom: mask.height, left: 0, right: mask.width };
  let rest = cut(mask, box);
  let found = false;
  for (const isTurned of [false, true]) {
    const lines = isTurned ? turned(rest) : rest;
    const ruled = rulings(lines);
    if (isEmpty(ruled)) continue;
    const left = map(lines, (value, i) => Number(value && !ruled.values[i]));
    rest = isTurned ? turned(left) : left;
    found = true;
  }
  if (!found) return undefined;
  const kept = pasted(mask, rest, box);
  return isEmpty(kept) ? kept : withoutSpecks(kept, 60);
}

/** @type {(mask: Plane, box: Box) => Plane} */
function cut({ width, values }, { top, bottom, left, right }) {
  const part = plane(bottom - top, right - left);
  return map(part, (_, i) => {
    const [y, x] = [Math.floor(i / part.width), i % part.width];
    return values[(top + y) * width + left + x];
  });
}

/** @type {(mask: Plane, part: Plane, box: Box) => Plane} */
function pasted(mask, part, { top, bottom, left, right }) {
  return map(mask, (value, i) => {
    const [y, x] = [Math.floor(i / mask.width), i % mask.width];
    const isBeyond = y < top || y >= bottom || x < left || x >= right;
    return isBeyond ? value : part.values[(y - top) * part.width + x - left];
  });
}

/**
 * Which pixels of a mask belong to lines along the rows, tilted by some degrees at most.
 *
 * @param {Plane} mask
 * @returns {Plane}
 */
function rulings(mask) {
  const { height, width } = mask;
  const nothing = plane(height, width);
  const thickest = Math.max(3, Math.floor(Math.max(height, width) / 100));
  const thin = runs(turned(mask), 1).filter(({ start, stop }) => stop - start < thickest);
  if (thin.length < width) return nothing;
  const pad = Math.trunc(0.08 * width) + 4;
  let best = { score: 0, slope: 0, counts: new Float64Array(0) };
  for (let step = -24; step <= 24; step += 1) {
    const slope = step * (0.08 / 24);
    const found = new Float64Array(height + 2 * pad);
    for (const { row, start, stop } of thin) {
      found[rint((start + stop) / 2 - slope * (row - width / 2)) + pad] += 1;
    }
    const counts = found.map((count, i) => count + (found[i - 1] ?? 0) + (found[i + 1] ?? 0));
    const score = counts.reduce((total, count) => total + count ** 2, 0);
    if (score > best.score) best = { score, slope, counts };
  }
  const { slope, counts } = best;
  /** @type {number[]} */
  const places = [];
  let before = -99;
  counts.forEach((count, i) => {
    // How many columns of the picture such a line would have.
    const full = columnsOf(slope, i - pad, height, width);
    if (count <= 0.5 * Math.max(full, 0.4 * width)) return;
    // Beyond the ends, as a filter that reflects has it, stands nothing higher.
    for (let near = i - 3; near <= i + 3; near += 1) if (counts[near] > count) return;
    if (i - before > 3) places.push(i);
    before = i;
  });
  if (places.length < 3 || !areEvenlySpaced(places)) return nothing;
  const near = thin.filter(({ row, start, stop }) => {
    const at = (start + stop) / 2 - slope * (row - width / 2) + pad;
    return places.some((place) => Math.abs(at - place) <= 2);
  });
  const usual = median(near.map(({ start, stop }) => stop - start + 1));
  for (const { row, start, stop } of near) {
    if (stop - start + 1 > 1.5 * usual + 1) continue;
    for (let y = start; y <= stop; y += 1) nothing.values[y * width + row] = 1;
  }
  return nothing;
}

/** @type {(slope: number, at: number, height: number, width: number) => number} */
function columnsOf(slope, at, height, width) {
  if (slope === 0) return at >= 0 && at < height ? width : 0;
  const ends = [-at / slope, (height - 1 - at) / slope].map((x) =>
    Math.min(Math.max(x + width / 2, 0), width),
  );
  return Math.abs(ends[1] - ends[0]);
}

/** @param {number[]} places */
function areEvenlySpaced(places) {
  const steps = places.slice(1).map((place, i) => place - places[i]);
  const step = median(steps);
  if (step < 6) return false;
  const even = steps.filter((one) => Math.abs(one / step - rint(one / step)) < 0.2);
  return even.length / steps.length >= 0.7;
}

// ---- Small pieces that stand apart.

/**
 * @param {Plane} mask
 * @param {{ numbers: Int32Array, groups: number }} [regions]
 * @returns {Piece[]}
 */
function pieces(mask, regions = label(mask, ALL_AROUND)) {
  const { width } = mask;
  const found = Array.from({ length: regions.groups }, (_, i) => ({
    number: i + 1,
    top: Infinity,
    bottom: -Infinity,
    left: Infinity,
    right: -Infinity,
    height: 0,
    width: 0,
    area: 0,
    filled: 0,
  }));
  regions.numbers.forEach((number, i) => {
    if (!number) return;
    const one = found[number - 1];
    const [y, x] = [Math.floor(i / width), i % width];
    [one.top, one.bottom] = [Math.min(one.top, y), Math.max(one.bottom, y)];
    [one.left, one.right] = [Math.min(one.left, x), Math.max(one.right, x)];
    one.area += 1;
  });
  for (const one of found) {
    one.height = one.bottom - one.top + 1;
    one.width = one.right - one.left + 1;
    const own = plane(one.height, one.width);
    own.values.forEach((_, i) => {
      const at = (one.top + Math.floor(i / one.width)) * width + one.left + (i % one.width);
      own.values[i] = Number(regions.numbers[at] === one.number);
    });
    one.filled = filled(own).values.reduce((a, b) => a + b, 0);
  }
  return found;
}

/**
 * @param {Plane} mask
 * @param {Int32Array} numbers of the pixels' pieces
 * @param {Set<number>} gone
 */
const without = (mask, numbers, gone) =>
  gone.size ? map(mask, (value, i) => Number(value && !gone.has(numbers[i]))) : undefined;

/**
 * Take off the dots of dotted paper: many, small, of one size.
 *
 * @param {Plane} mask
 */
function withoutDots(mask) {
  const { numbers, groups } = label(mask, ALL_AROUND);
  const area = new Float64Array(groups + 1);
  for (const number of numbers) area[number] += 1;
  area[0] = 0;
  const largest = most(area);
  const small = [...area.keys()].filter((i) => i && area[i] < largest / 40);
  if (small.length < 30) return undefined;
  const usual = median(small.map((i) => area[i]));
  const dots = small.filter((i) => area[i] <= 3 * usual);
  return dots.length < 0.8 * small.length ? undefined : without(mask, numbers, new Set(dots));
}

/**
 * Take off round discs of one size in a row along an edge, with nothing beside them.
 *
 * @param {Plane} mask
 */
function withoutHoles(mask) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups > MANY) return undefined;
  const longest = Math.max(mask.height, mask.width);
  const round = pieces(mask, regions).filter((one) => {
    const size = Math.max(one.height, one.width);
    const share = one.filled / (one.height * one.width);
    return (
      size >= longest / 100 &&
      size <= longest / 8 &&
      Math.abs(one.height - one.width) <= 2 + 0.15 * one.width &&
      Math.abs(share - Math.PI / 4) < 0.08
    );
  });
  if (round.length < 2) return undefined;
  for (const one of round) {
    /** @param {Piece} other */
    const isAlike = (other) => Math.abs(other.width - one.width) <= 2 + 0.2 * one.width;
    const row = round.filter(
      (other) => Math.abs(other.left - one.left) <= 0.3 * one.width && isAlike(other),
    );
    const column = round.filter(
      (other) => Math.abs(other.top - one.top) <= 0.3 * one.height && isAlike(other),
    );
    for (const [line, low, high, length, isAcross] of /** @type {const} */ ([
      [row, one.left, one.right, mask.width, true],
      [column, one.top, one.bottom, mask.height, false],
    ])) {
      if (line.length < 2) continue;
      const isAtEdge = high < 0.15 * length || low > 0.85 * length;
      const numbers = new Set(line.map(({ number }) => number));
      const isBeside = regions.numbers.some((number, i) => {
        if (!number || numbers.has(number)) return false;
        const place = isAcross ? i % mask.width : Math.floor(i / mask.width);
        return place >= low - 1 && place <= high + 1;
      });
      const spread = Math.max(
        most(line.map((o) => o.bottom)) - least(line.map((o) => o.top)),
        most(line.map((o) => o.right)) - least(line.map((o) => o.left)),
      );
      if (isAtEdge && !isBeside && spread > 0.15 * longest) {
        return without(mask, regions.numbers, numbers);
      }
    }
  }
  return undefined;
}

/**
 * Take off lines of writing above or below the drawing, with what else is small at the edges.
 *
 * @param {Plane} mask
 */
function withoutMargins(mask) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups > MANY) return undefined;
  const all = pieces(mask, regions);
  const longest = Math.max(mask.height, mask.width);
  const main = mainBox(all.filter((one) => !isFlatAtEdge(one, mask)));
  if (!main) return undefined;
  const { top, bottom, left, right } = main;
  const size = Math.max(bottom - top, right - left);
  const small = all.filter(
    (one) =>
      one.height <= Math.min(0.1 * longest, 0.22 * size) &&
      (one.bottom < top || one.top > bottom || one.right < left || one.left > right),
  );
  /** @type {Set<number>} */
  const gone = new Set();
  /** @type {number[][]} */
  const bands = [];
  for (const line of linesOfWriting(small)) {
    const [low, high] = [least(line.map((p) => p.top)), most(line.map((p) => p.bottom))];
    if (Math.max(top - high, low - bottom) < 0.25 * (high - low + 1)) continue;
    for (const { number } of line) gone.add(number);
    bands.push([low, high]);
  }
  for (const one of small) {
    const isBeside = bands.some(([low, high]) => one.top >= low - 8 && one.bottom <= high + 8);
    const gap = Math.max(top - one.bottom, one.top - bottom, left - one.right, one.left - right);
    if (isBeside || (isFlatAtEdge(one, mask) && gap > 0.06 * longest)) gone.add(one.number);
  }
  return without(mask, regions.numbers, gone);
}

/**
 * Whether a piece is small or flat, close to an edge of the picture.
 *
 * @param {Piece} one
 * @param {Plane} mask
 */
function isFlatAtEdge(one, { height, width }) {
  const longest = Math.max(height, width);
  const edge = Math.min(one.top, height - 1 - one.bottom, one.left, width - 1 - one.right);
  return Math.min(one.height, one.width) <= 0.04 * longest && edge < 0.05 * longest;
}

/**
 * The box of the largest piece with those that are large, too.
 *
 * @param {Piece[]} all
 */
function mainBox(all) {
  if (!all.length) return undefined;
  /** @param {Piece} one */
  const sizeOf = (one) => Math.max(one.height, one.width);
  const largest = all.reduce((best, one) => {
    const more = sizeOf(one) - sizeOf(best) || one.area - best.area;
    return more > 0 ? one : best;
  });
  let { top, bottom, left, right } = largest;
  for (const one of all) {
    if (sizeOf(one) <= 0.3 * sizeOf(largest)) continue;
    [top, bottom] = [Math.min(top, one.top), Math.max(bottom, one.bottom)];
    [left, right] = [Math.min(left, one.left), Math.max(right, one.right)];
  }
  return { top, bottom, left, right };
}

/**
 * Group small pieces to lines of letters: at one height, close beside each other, three or more.
 *
 * @param {Piece[]} small
 * @returns {Piece[][]}
 */
function linesOfWriting(small) {
  /** @type {Piece[][]} */
  const lines = [];
  for (const one of [...small].sort((a, b) => a.left - b.left)) {
    const line = lines.find((parts) => {
      const [low, high] = [least(parts.map((p) => p.top)), most(parts.map((p) => p.bottom))];
      const overlap = Math.min(high, one.bottom) - Math.max(low, one.top) + 1;
      const tall = Math.max(high - low + 1, one.height);
      const gap = one.left - most(parts.map((p) => p.right));
      return overlap >= 0.5 * Math.min(high - low + 1, one.height) && gap <= 1.2 * tall;
    });
    if (line) line.push(one);
    else lines.push([one]);
  }
  return lines.filter((line) => {
    if (line.length < 3) return false;
    const tall = most(line.map((p) => p.bottom)) - least(line.map((p) => p.top)) + 1;
    const gaps = line.slice(1).map((one, i) => Math.max(0, one.left - line[i].right));
    return tall <= 2.2 * median(line.map((p) => p.height)) + 4 && median(gaps) <= 0.5 * tall;
  });
}

// ---- What is said.

/** @param {Plane} mask what may be no drawing, but cannot be told for certain */
function doubts(mask) {
  const regions = label(mask, ALL_AROUND);
  if (!regions.groups || regions.groups > MANY) return [];
  const all = pieces(mask, regions);
  const said = [];
  const largest = all.reduce((best, one) =>
    one.height * one.width > best.height * best.width ? one : best,
  );
  const others = all.filter((one) => one !== largest);
  const isAround = others.every(
    (one) =>
      one.top > largest.top &&
      one.bottom < largest.bottom &&
      one.left > largest.left &&
      one.right < largest.right,
  );
  if (others.length && isAround && largest.filled > 0.9 * largest.height * largest.width) {
    said.push(
      "a box around everything is kept as a part of the drawing; crop it off if it is a frame",
    );
  }
  const { height, width, values } = mask;
  const touching = [
    values.subarray(0, width).some(Boolean),
    values.subarray((height - 1) * width).some(Boolean),
    values.some((value, i) => value && i % width === 0),
    values.some((value, i) => value && i % width === width - 1),
  ];
  if (touching.filter(Boolean).length >= 2) {
    said.push(
      "ink runs off the picture at several sides; crop to the drawing if it is no part of it",
    );
  }
  return said;
}

/**
 * How many drawings stand apart from each other.
 *
 * @param {Plane} mask
 */
export function countDrawings(mask) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups < 2 || regions.groups > MANY) return 1;
  const all = pieces(mask, regions);
  const sizes = all.map((one) => Math.max(one.height, one.width)).sort((a, b) => a - b);
  const reach = Math.max(3, rint(0.12 * sizes[sizes.length - 2]));
  /** @type {Piece[][]} */
  let groups = [];
  for (const one of all) {
    const near = groups.filter((group) => group.some((other) => apart(one, other) <= reach));
    groups = [...groups.filter((group) => !near.includes(group)), [one, ...near.flat()]];
  }
  const sides = groups.map((group) =>
    Math.max(
      most(group.map((p) => p.bottom)) - least(group.map((p) => p.top)),
      most(group.map((p) => p.right)) - least(group.map((p) => p.left)),
    ),
  );
  return sides.filter((side) => side >= 0.45 * most(sides)).length;
}

/**
 * How many pixels lie between two boxes.
 *
 * @param {Piece} one
 * @param {Piece} other
 */
function apart(one, other) {
  const down = Math.max(0, one.top - other.bottom, other.top - one.bottom);
  const across = Math.max(0, one.left - other.right, other.left - one.right);
  return Math.hypot(down, across);
}
