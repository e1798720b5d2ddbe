// @ts-check
// Tells lines along an axis that a machine drew: of frames, borders, axes.

import { ALL_AROUND, filled, grown, label, map, median, not, plane, sum } from "./filters.js";
import {
  cut,
  extent,
  isEmpty,
  largestBox,
  least,
  MANY,
  maskOf,
  most,
  pasted,
  piecesInside,
  piecesOf,
  turned,
  without,
} from "./pieces.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {import("./pieces.js").Box} Box */
/** @typedef {{ low: number, high: number, start: number, stop: number }} Line across, then along */

/**
 * Runs of a mask's rows that are long enough.
 *
 * @param {Plane} mask
 * @param {number} shortest
 */
export function runs({ height, width, values }, shortest) {
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
export function withoutFrames(mask) {
  const { rest, frame } = withinFrames(mask);
  return frame && rest;
}

/**
 * Cut off each exact rectangle around ink; the box within the innermost, too.
 *
 * @param {Plane} mask
 */
export function withinFrames(mask) {
  let rest = mask;
  /** @type {Box | undefined} */
  let frame;
  for (;;) {
    const inner = inFrame(rest) ?? (frame && inCell(rest, frame));
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
 * Leave out lines between others of the same ends that are a grid's: no side of a frame is among them.
 *
 * A grid's lines are evenly spaced, or a drawing lies across them, which also hides some of them.
 *
 * @param {Plane} mask
 * @param {Line[]} lines
 */
function withoutGrid(mask, lines) {
  return lines.filter((line) => {
    const alike = lines.filter(
      (other) =>
        Math.max(Math.abs(other.start - line.start), Math.abs(other.stop - line.stop)) <=
        nearOf(line, other),
    );
    if (line === alike[0] || line === alike[alike.length - 1]) return true;
    const inner = alike.slice(1, -1).map(({ low }) => low);
    const isGrid = inner.length > 2 && areEvenlySpaced(inner);
    return !isGrid && !isCrossed(mask, line);
  });
}

/**
 * Whether something broader than another such line goes across a line along the rows.
 *
 * @param {Plane} mask
 * @param {Line} line
 */
function isCrossed({ height, width, values }, { low, high, start, stop }) {
  const [above, below] = [low - 2, high + 2];
  if (above < 0 || below >= height) return false;
  const both = map(plane(1, stop + 1 - start), (_, x) =>
    Number(values[above * width + start + x] && values[below * width + start + x]),
  );
  return runs(both, 4 + 2 * (high - low)).length > 0;
}

/** @param {Plane} mask @returns {Box | undefined} */
function inFrame(mask) {
  const { height, width } = mask;
  const shortest = Math.max(24, Math.floor(Math.max(height, width) / 8));
  const ways = [mask, turned(mask)];
  const lines = ways.map((one) => longestOf(exactLines(one, shortest)));
  const [across, down] = ways.map((one, i) => withoutGrid(one, lines[i]));
  /** @type {{ area: number, box: number[] } | undefined} */
  let best;
  across.forEach((upper, i) => {
    for (const lower of across.slice(i + 1)) {
      // A plot's tick may lengthen one of them.
      const near = Math.max(nearOf(upper, lower), Math.floor(Math.max(height, width) / 80));
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
      if (area > 0 && (!best || area < best.area) && holdsTheDrawing(mask, box, lines)) {
        best = { area, box };
      }
    }
  });
  if (!best) return undefined;
  const [top, bottom, left, right] = best.box;
  // The line's own soft edge goes with it.
  const inner = pastASecondLine(mask, { top: top + 1, bottom, left: left + 1, right });
  return isEmpty(inside(mask, inner)) ? undefined : inner;
}

/**
 * Find the one cell that holds the drawing, where lines through a frame make it a table.
 *
 * @param {Plane} mask
 * @param {Box} frame
 * @returns {Box | undefined}
 */
function inCell(mask, frame) {
  const part = cut(mask, frame);
  const lines = [part, turned(part)].map(linesThrough);
  if (!lines.some((some) => some.length)) return undefined;
  const rest = withoutLines(part, lines, { top: 0, left: 0 });
  let [size, others] = [0, 0];
  let best = { top: 0, bottom: 0, left: 0, right: 0 };
  for (const [top, bottom] of between(lines[0], part.height)) {
    for (const [left, right] of between(lines[1], part.width)) {
      const box = { top, bottom, left, right };
      const own = Math.max(
        0,
        ...piecesOf(cut(rest, box)).map((one) => Math.max(one.height, one.width)),
      );
      others = Math.max(others, Math.min(own, size));
      if (own > size) [size, best] = [own, box];
    }
  }
  const inked = cut(rest, best);
  const touches = toTheTop(inked).some(({ width, values }) =>
    values.subarray(0, 2 * width).some(Boolean),
  );
  const isAlone = size > Math.max(0.2 * Math.min(inked.height, inked.width), 2.5 * others);
  if (!isAlone || touches) return undefined;
  return {
    top: frame.top + best.top,
    bottom: frame.top + best.bottom,
    left: frame.left + best.left,
    right: frame.left + best.right,
  };
}

/**
 * Exact lines along the rows that go from the one side of a part of a picture to the other.
 *
 * @param {Plane} part
 */
function linesThrough(part) {
  if (part.width < 24) return [];
  const found = exactLines(part, rint(0.9 * part.width));
  return found.filter(({ start, stop }) => start <= 4 && stop >= part.width - 5);
}

/**
 * Where the stretches between lines begin and end, without the lines' soft edges.
 *
 * @param {Line[]} lines
 * @param {number} length
 */
function between(lines, length) {
  const starts = [0, ...lines.map(({ high }) => high + 2)];
  const stops = [...lines.map(({ low }) => low - 1), length];
  return starts.map((start, i) => [start, stops[i]]).filter(([start, stop]) => stop > start);
}

/**
 * Go on inwards from each side of a frame over a second line close by, which the drawing touches.
 *
 * @param {Plane} mask
 * @param {Box} box
 * @returns {Box}
 */
function pastASecondLine(mask, box) {
  const far = 3 + Math.floor(Math.max(mask.height, mask.width) / 60);
  const [top, bottom, left, right] = toTheTop(cut(mask, box)).map(({ height, width, values }) => {
    const inked = Array.from({ length: Math.min(far, height) }, (_, y) => {
      const row = values.subarray(y * width, (y + 1) * width);
      return row.reduce((sum, value) => sum + value, 0) >= 0.95 * width;
    });
    const first = inked.indexOf(true);
    const line = first < 0 ? -1 : inked.indexOf(false, first);
    return line < 0 ? 0 : line + 1;
  });
  return {
    top: box.top + top,
    bottom: box.bottom - bottom,
    left: box.left + left,
    right: box.right - right,
  };
}

/**
 * Whether ink of some size stands inside a box, nothing but small signs beyond it.
 *
 * Lines along the rows, along the columns that go through all of the box are no such ink, nor is any
 * of them where another box is asked whether it is empty.
 *
 * @param {Plane} mask
 * @param {number[]} box
 * @param {Line[][]} lines
 */
function holdsTheDrawing(mask, [top, bottom, left, right], lines = [[], []]) {
  const { width: across } = mask;
  const [height, width] = [bottom - top + 1, right - left + 1];
  const through = [
    lines[0].filter(({ start, stop }) => start <= left + 3 && stop >= right - 3),
    lines[1].filter(({ start, stop }) => start <= top + 3 && stop >= bottom - 3),
  ];
  const within = {
    top: top + 1,
    bottom: Math.max(bottom, top + 1),
    left: left + 1,
    right: Math.max(right, left + 1),
  };
  const held = extent(withoutLines(cut(mask, within), through, within));
  if (held.bottom < 0) return false;
  if (Math.max((held.bottom - held.top) / height, (held.right - held.left) / width) < 0.2) {
    return false;
  }
  const far = 3 + Math.floor(Math.max(mask.height, mask.width) / 60);
  const beyond = map(mask, (value, i) => {
    const [y, x] = [Math.floor(i / across), i % across];
    const inside = y >= top - far && y <= bottom + far && x >= left - far && x <= right + far;
    return Number(value && !inside);
  });
  const regions = label(beyond, ALL_AROUND);
  return piecesOf(beyond, regions).every((piece) => {
    const size = piece.height * piece.width;
    if (Math.max(piece.height, piece.width) <= 0.4 * Math.max(height, width)) return true;
    const own = maskOf(beyond, regions.numbers, piece);
    if (piece.area >= 0.9 * size || isBar(own)) return true;
    if (piece.filled < 0.9 * size) return false;
    let kept = 0;
    withoutLines(own, lines, piece).values.forEach((value, i) => {
      const [y, x] = [Math.floor(i / piece.width), i % piece.width];
      const isDeep = Math.min(y, piece.height - 1 - y, x, piece.width - 1 - x) >= far;
      if (value && isDeep) kept += 1;
    });
    return kept <= 0.01 * size;
  });
}

/**
 * Whether a piece is a long box with perhaps ticks, as the bar of a plot's colours.
 *
 * @param {Plane} own
 */
function isBar(own) {
  const [short, long] = [own.height, own.width].sort((a, b) => a - b);
  const ticks = Math.max(2, Math.floor(short / 3));
  if (short > 0.2 * long) return false;
  return toTheTop(own).every(({ height, width, values }) => {
    let inked = 0;
    for (let x = 0; x < width; x += 1) {
      for (let y = 0; y < Math.min(ticks, height); y += 1) {
        if (values[y * width + x]) {
          inked += 1;
          break;
        }
      }
    }
    return inked / width > 0.95;
  });
}

/**
 * Take lines along the rows, then along the columns, with their soft edges off a part of a picture.
 *
 * @param {Plane} part
 * @param {Line[][]} lines
 * @param {{ top: number, left: number }} place of the part
 */
function withoutLines(part, [across, down], { top, left }) {
  /** @type {(line: Line, over: number, along: number) => boolean} */
  const covers = ({ low, high, start, stop }, over, along) =>
    over >= low - 1 && over <= high + 1 && along >= start && along <= stop;
  return map(part, (value, i) => {
    const [y, x] = [top + Math.floor(i / part.width), left + (i % part.width)];
    const isLine =
      across.some((line) => covers(line, y, x)) || down.some((line) => covers(line, x, y));
    return Number(value && !isLine);
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
  const piece = largestBox(piecesOf(mask, regions));
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
  const { top: upper, bottom: lower, left: west, right: east } = extent(ink);
  const box = { top: upper, bottom: lower + 1, left: west, right: east + 1 };
  const isCut = [
    box.top === 0,
    box.bottom === mask.height,
    box.left === 0,
    box.right === mask.width,
  ];
  const sides = toTheTop(cut(ink, box)).map(sideAlong);
  const found = sides.filter((side) => side !== undefined);
  if (!found.length || !areSides(found)) return undefined;
  // What crosses the border ends at it.
  const beyond = sides.map((side) => side?.level ?? 0);
  box.top += beyond[0];
  box.bottom -= beyond[1];
  box.left += beyond[2];
  box.right -= beyond[3];
  const own = cut(ink, box);
  const thick = least(found.map((side) => side.thick).filter(Boolean));
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
  const share = sum(cut(enclosed, within)) / (height * width);
  if (share < 0.88) return undefined;
  // The line's own soft edge goes with it.
  const border = cut(grown(not(enclosed), thick + 1), within);
  const kept = map(cut(mask, box), (value, i) => Number(value && !border.values[i]));
  const left = extent(kept);
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
 * Whether enough is seen of some sides of a border that the drawing may touch.
 *
 * @param {{ level: number, thick: number, share: number }[]} found
 */
function areSides(found) {
  const free = found.filter(({ share }) => share >= 0.5).length;
  const whole = found.filter((side) => side.thick);
  if (whole.length === found.length && free && 2 * free >= found.length) return true;
  // Where it touches most of them, three or more that nothing crosses, all as thick as a machine draws
  // them, are none of a hand.
  const seen = found.filter(({ share }) => share >= 0.3).length;
  if (found.length < 3 || 2 * seen < Math.max(found.length, 4)) return false;
  const thick = whole.map((side) => side.thick);
  return whole.every(({ level }) => !level) && most(thick) - least(thick) <= 2;
}

/**
 * A picture turned so that its top, bottom, left, right side lies at the top.
 *
 * @param {Plane} own
 */
export function toTheTop(own) {
  /** @type {(mask: Plane) => Plane} */
  const upsideDown = ({ height, width, values }) => {
    const upside = plane(height, width);
    for (let y = 0; y < height; y += 1) {
      upside.values.set(values.subarray(y * width, (y + 1) * width), (height - 1 - y) * width);
    }
    return upside;
  };
  return [own, upsideDown(own), turned(own), upsideDown(turned(own))];
}

/**
 * The side of a border along the top of a piece, by its middle half, which no corner rounds: how far it
 * lies from the top, how thick it is, at what share of it. Both are 0 where the drawing touches nearly
 * all of it, so that only its outer edge is seen.
 *
 * @param {Plane} own
 */
function sideAlong({ height, width, values }) {
  const corner = Math.floor(width / 4);
  const across = width - 2 * corner;
  if (across < 12) return undefined;
  const columns = Array.from({ length: across }, (_, x) => corner + x);
  /** @type {(x: number, y: number, ink: boolean) => number} */
  const from = (x, y, ink) => {
    let row = y;
    while (row < height && Boolean(values[row * width + x]) !== ink) row += 1;
    return row;
  };
  const reach = Math.min(height, 2 + Math.floor(height / 12));
  let level = 0;
  while (level < reach && columns.filter((x) => values[level * width + x]).length / across < 0.9) {
    level += 1;
  }
  if (level === reach) return undefined;
  // Where a stroke crosses the side, or lies beyond it, ink begins before. Without ink it is taken for 0.
  const first = columns.map((x) => from(x, 0, true) % height);
  const thick = columns.map((x) => from(x, level, false) - level);
  const usual = [...thick].sort((a, b) => a - b)[Math.floor(across / 4)];
  // Where the drawing touches it, the two together are soft a pixel farther out.
  const isExact = first.map(
    (place, x) => place === level || (place === level - 1 && thick[x] > usual + 1),
  );
  const within = isExact.filter((_, x) => first[x] >= level - 1);
  if (within.length / across < 0.5 || within.filter(Boolean).length / within.length < 0.9) {
    return undefined;
  }
  if (usual > 0.1 * Math.min(height, width)) return { level, thick: 0, share: 0 };
  const alike = thick.filter((one) => Math.abs(one - usual) <= 1).length;
  return { level, thick: usual, share: alike / across };
}

/**
 * Take off a box, perhaps with round corners, whose sides are too straight for a hand.
 *
 * @param {Plane} mask
 */
export function withoutBox(mask) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups < 2 || regions.groups > MANY) return undefined;
  const all = piecesOf(mask, regions);
  const box = largestBox(all);
  const inner = piecesInside(all, box);
  const size = most(inner.map((one) => Math.max(one.height / box.height, one.width / box.width)));
  if (inner.length < all.length - 1 || size < 0.4) return undefined;
  const slopes = [];
  for (const [number, side] of toTheTop(maskOf(mask, regions.numbers, box)).entries()) {
    const slope = slopeOf(side);
    if (slope === undefined) return undefined;
    slopes.push([1, -1, -1, 1][number] * slope);
  }
  const turn = slopes.reduce((a, b) => a + b) / 4;
  // A sheet may lie askew; by hand no four sides are drawn that all are by the same angle.
  if (most(slopes) - least(slopes) > 0.006 || Math.abs(turn) > 0.12) return undefined;
  if (box.filled < 0.88 * turnedArea(box.height, box.width, Math.abs(turn))) return undefined;
  return without(mask, regions.numbers, new Set([box.number]));
}

/**
 * By how much the upper side of a piece falls a pixel; nothing where it is not straight.
 *
 * @param {Plane} own
 */
function slopeOf({ height, width, values }) {
  const eighth = Math.floor(width / 8);
  const ends = Array.from({ length: width - 2 * eighth }, (_, at) => {
    let inward = 0;
    while (inward < height && !values[inward * width + eighth + at]) inward += 1;
    return inward === height ? 0 : inward; // as where nothing is found, numpy's argmax
  });
  if (most(ends) - least(ends) <= 1) return 0;
  const along = ends.map((_, at) => at - (ends.length - 1) / 2);
  /** @type {(a: number[], b: number[]) => number} */
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const slope = dot(along, ends) / dot(along, along);
  const mean = ends.reduce((a, b) => a + b) / ends.length;
  const isStraight = ends.every((end, i) => Math.abs(end - mean - slope * along[i]) <= 1);
  return isStraight ? slope : undefined;
}

/** Area of the rectangle that is turned by a slope within a box. @type {(height: number, width: number, slope: number) => number} */
function turnedArea(height, width, slope) {
  const [long, wide] = [height - width * slope, width - height * slope];
  return ((long * wide) / (1 - slope ** 2) ** 2) * (1 + slope ** 2);
}

/**
 * Cut off two exact lines that meet at the lower left, with small signs beyond them.
 *
 * @param {Plane} mask
 */
export function withoutAxes(mask) {
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
      const signs = piecesOf(beyond);
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

/** @param {number[]} places */
export function areEvenlySpaced(places) {
  const steps = places.slice(1).map((place, i) => place - places[i]);
  const step = median(steps);
  if (step < 6) return false;
  const even = steps.filter((one) => Math.abs(one / step - rint(one / step)) < 0.2);
  return even.length / steps.length >= 0.7;
}
