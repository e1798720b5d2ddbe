// @ts-check
// Tells the drawing from what else is inked around it: frames, rulings, axes, captions, holes.

import { ALL_AROUND, hysteresis, label, map, median, plane, sidesOf } from "./filters.js";
import {
  areEvenlySpaced,
  runs,
  toTheTop,
  withinFrames,
  withoutAxes,
  withoutBox,
  withoutFrames,
} from "./frames.js";
import { withoutObjects } from "./objects.js";
import {
  cut,
  isEmpty,
  largestBox,
  least,
  MANY,
  maskOf,
  most,
  pasted,
  pensOf,
  piecesInside,
  piecesOf,
  turned,
  without,
} from "./pieces.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {import("./pieces.js").Box} Box */
/** @typedef {import("./pieces.js").Piece} Piece */

// More pieces than this are no page of print.
const LETTERS = 3000;
// So many lines, of so many letters together, are a column of print.
const [LINES, COLUMN] = [3, 20];
// Dots, accents, commas reach so many pixels beyond their line.
const DOTS = 8;
// What another pen drew is thinner than the drawing's lines by this factor at least.
const THIN = 0.4;
// Of lines whose half width is less, in pixels, no other can be told to be thinner.
const MEASURED = 3.5;

// What is smaller than this part of the largest drawing is none of its own.
const OWN = 0.45;
// What is small is far from a drawing by this part of its size, and with it the drawing would be so much
// longer, or its box so much larger, hence read so much smaller.
const FAR = 0.45;
const LONGER = 1.25;
const LARGER = 1.8;
// What stands beside a drawing, by this part of its size at least, may be several of their own from this
// size, where the box around all is so much larger.
const BESIDE = 0.05;
const SIZE = 0.25;
const BESIDES = 1.4;
// A frame's sides lie along this part of its box at most, on three of them nearly through, not on the fourth.
const ALONG = 0.1;
const THROUGH = 0.9;
const OPEN = 0.3;

/**
 * @typedef {object} Parts
 * @property {Plane} drawing a mask of what is inked of the drawing
 * @property {string[]} leftOut what else was found, hence left out
 * @property {string[]} doubts what may be no drawing, but was kept
 */

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
 * @param {Plane} [sheet] where the sheet is; everywhere if left out
 * @returns {Parts}
 */
export function takeApart(mask, sheet) {
  const { rest: framed, frame } = withinFrames(mask);
  /** @type {[(mask: Plane) => Plane | undefined, string][]} */
  const finders = [
    [(rest) => withoutObjects(rest, sheet), "a pen, a finger or what else lies on the sheet"],
    [withoutBox, "a frame"],
    [withoutAxes, "axes"],
    // Where there is a frame, such as that of a plot with a grid, lines end at it.
    [(rest) => withoutRulings(rest, frame), "ruled lines"],
    [withoutFrames, "a frame"],
    [withoutHoles, "punched holes"],
    [withoutMargins, "writing or signs at the edge"],
    [withoutDots, "a grid of dots"],
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

// ---- Ruled or squared paper.

/**
 * Whether a sheet shows its ruled or squared lines with nothing else, where that is certain: six lines or
 * more run off both of two sides, what is left without them are crumbs where they cross, or the one
 * line of a margin.
 *
 * @param {Plane} mask
 */
export function isRulingAlone(mask) {
  if (Math.max(endsOf(mask), endsOf(turned(mask))) < 6) return false;
  const { height, width } = mask;
  const thickest = Math.max(6, Math.floor(Math.max(height, width) / 50));
  const rest = withoutRulings(mask, undefined, thickest);
  if (!rest) return false;
  const crumb = thickest + 2;
  return piecesOf(rest).every((one) => {
    const [short, long] = [one.height, one.width].sort((a, b) => a - b);
    const along = one.width > one.height ? width : height;
    return long <= crumb || (long >= 0.9 * along && short <= 0.06 * along);
  });
}

/**
 * How many lines run off the left side, off the right side, whichever are fewer.
 *
 * @param {Plane} mask
 */
function endsOf({ height, width, values }) {
  if (width <= 16) return 0;
  /** @param {number} x */
  const at = (x) => {
    const column = plane(1, height);
    for (let y = 0; y < height; y += 1) column.values[y] = values[y * width + x];
    return runs(column, 1).length;
  };
  // A line along the border hides the others that end there.
  return Math.max(...[1, 7].map((x) => Math.min(at(x), at(width - 1 - x))));
}

/**
 * Take off lines that run through from side to side, at least three of them evenly spaced.
 *
 * @param {Plane} mask
 * @param {Box} [frame] within which they run
 * @param {number} [thickest] that they may be; as thick as most of them are if left out
 */
function withoutRulings(mask, frame, thickest) {
  const box = frame ?? { top: 0, bottom: mask.height, left: 0, right: mask.width };
  let rest = cut(mask, box);
  let found = false;
  for (const isTurned of [false, true]) {
    const lines = isTurned ? turned(rest) : rest;
    const ruled = rulings(lines, thickest);
    if (isEmpty(ruled)) continue;
    const left = map(lines, (value, i) => Number(value && !ruled.values[i]));
    rest = isTurned ? turned(left) : left;
    found = true;
  }
  if (!found) return undefined;
  const kept = pasted(mask, rest, box);
  return isEmpty(kept) ? kept : withoutSpecks(kept, 60);
}

/**
 * Which pixels of a mask belong to lines along the rows, tilted by some degrees at most.
 *
 * @param {Plane} mask
 * @param {number} [thick] at most
 * @returns {Plane}
 */
function rulings(mask, thick) {
  const { height, width } = mask;
  const nothing = plane(height, width);
  const thickest = thick ?? Math.max(3, Math.floor(Math.max(height, width) / 100));
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
  /** @type {(share: number) => number[]} Where lines are seen at more than a share of their length. */
  const linesSeen = (share) => {
    /** @type {number[]} */
    const places = [];
    let before = -99;
    counts.forEach((count, i) => {
      // How many columns of the picture such a line would have.
      const full = columnsOf(slope, i - pad, height, width);
      if (count <= share * Math.max(full, 0.4 * width)) return;
      // Beyond the ends, as a filter that reflects has it, stands nothing higher.
      for (let near = i - 3; near <= i + 3; near += 1) if (counts[near] > count) return;
      if (i - before > 3) places.push(i);
      before = i;
    });
    return places;
  };
  // What is drawn across them may hide the larger part of some, but not of all.
  const [seen, plain] = [linesSeen(0.25), linesSeen(0.5)];
  const places = seen.length > 3 && plain.length > 1 && areEvenlySpaced(seen) ? seen : plain;
  if (places === plain && (plain.length < 3 || !areEvenlySpaced(plain))) return nothing;
  const near = thin.filter(({ row, start, stop }) => {
    const at = (start + stop) / 2 - slope * (row - width / 2) + pad;
    return places.some((place) => Math.abs(at - place) <= 2);
  });
  const usual = median(near.map(({ start, stop }) => stop - start + 1));
  for (const { row, start, stop } of near) {
    if (stop - start + 1 > (thick ?? 1.5 * usual + 1)) continue;
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

// ---- Small pieces that stand apart.

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
  const round = piecesOf(mask, regions).filter((one) => {
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
 * Take off lines of writing around the drawing, with what is small, or of another pen, at the edges.
 *
 * @param {Plane} mask
 */
function withoutMargins(mask) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups > LETTERS) return undefined;
  const all = piecesOf(mask, regions);
  const longest = Math.max(mask.height, mask.width);
  // Where there is print, a level line by itself is one to write on.
  const isPrint = linesOfWriting(all.filter((one) => one.height <= 0.1 * longest)).length > 0;
  const rules = new Set(all.filter((one) => isPrint && isRule(one, longest)));
  const large = all.filter((one) => !rules.has(one) && !isFlatAtEdge(one, mask));
  if (all.length < 2 || !large.length) return undefined;
  const thin = ofAnotherPen(mask, regions, largestOf(large));
  const { top, bottom, left, right } = mainBox(large.filter(({ number }) => !thin.has(number)));
  const size = Math.max(bottom - top, right - left);
  const beyond = all.filter(
    (one) => one.bottom < top || one.top > bottom || one.right < left || one.left > right,
  );
  const small = beyond.filter((one) => one.height <= Math.min(0.1 * longest, 0.22 * size));
  /** @type {Set<number>} */
  const gone = new Set();
  /** @type {number[][]} */
  const bands = [];
  const lines = linesOfWriting(small);
  for (const line of lines) {
    const [low, high] = [least(line.map((p) => p.top)), most(line.map((p) => p.bottom))];
    if (Math.max(top - high, low - bottom) < 0.25 * (high - low + 1)) continue;
    for (const { number } of line) gone.add(number);
    bands.push([low, high]);
  }
  for (const one of small) {
    const isBeside = bands.some(
      ([low, high]) => one.top >= low - DOTS && one.bottom <= high + DOTS,
    );
    const gap = Math.max(top - one.bottom, one.top - bottom, left - one.right, one.left - right);
    const isAtEdge = isFlatAtEdge(one, mask) && gap > 0.06 * longest;
    if (isBeside || isAtEdge || (bands.length && rules.has(one))) gone.add(one.number);
  }
  for (const number of printedBeside(small, lines, left, right)) gone.add(number);
  for (const one of beyond) {
    const isSmall = Math.max(one.height, one.width) <= 0.35 * size;
    const isAtEdge = isSmall && fromTheEdge(one, mask) < 0.06 * longest;
    if (!thin.has(one.number) || !(one.height <= 0.1 * size || isAtEdge)) continue;
    // With a stamp goes what it encloses.
    for (const other of beyond) if (isWithin(other, one)) gone.add(other.number);
  }
  return without(mask, regions.numbers, gone);
}

/**
 * Numbers of the pieces of a column of print: several lines, wholly on one side of the drawing.
 *
 * @param {Piece[]} small
 * @param {Piece[][]} lines
 * @param {number} left of the drawing
 * @param {number} right
 */
function printedBeside(small, lines, left, right) {
  /** @type {((one: Piece) => boolean)[]} */
  const sides = [(one) => one.right + one.height < left, (one) => one.left - one.height > right];
  return sides.flatMap((isBeside) => {
    const column = lines.filter((line) => line.every(isBeside));
    const letters = column.flat();
    if (column.length < LINES || letters.length < COLUMN) return [];
    const top = least(letters.map((one) => one.top)) - DOTS;
    const bottom = most(letters.map((one) => one.bottom)) + DOTS;
    const first = least(letters.map((one) => one.left));
    const last = most(letters.map((one) => one.right));
    return small
      .filter((one) => one.top >= top && one.bottom <= bottom)
      .filter((one) => one.left >= first && one.right <= last)
      .map(({ number }) => number);
  });
}

/**
 * Numbers of the pieces that are far thinner than the largest, as letters or a stamp are.
 *
 * @param {Plane} mask
 * @param {{ numbers: Int32Array, groups: number }} regions
 * @param {Piece} largest
 * @returns {Set<number>}
 */
function ofAnotherPen(mask, regions, largest) {
  const pens = pensOf(mask, regions).map(median);
  const pen = pens[largest.number];
  const numbers = pen >= MEASURED ? [...pens.keys()] : [];
  return new Set(numbers.filter((number) => number && pens[number] <= THIN * pen));
}

/**
 * Whether the box of a piece lies within another's, or is that.
 *
 * @param {Piece} one
 * @param {Piece} other
 */
const isWithin = (one, other) =>
  one.top >= other.top &&
  one.bottom <= other.bottom &&
  one.left >= other.left &&
  one.right <= other.right;

/**
 * Whether a piece is a level line that a machine drew, as those that a name is written on.
 *
 * @param {Piece} one
 * @param {number} longest side of the picture
 */
function isRule({ height, width, area }, longest) {
  const isLong = width >= 0.05 * longest && height <= Math.max(4, longest / 100);
  return isLong && area >= 0.95 * height * width;
}

/**
 * Whether a piece is small or flat, close to an edge of the picture.
 *
 * @param {Piece} one
 * @param {Plane} mask
 */
function isFlatAtEdge(one, mask) {
  const longest = Math.max(mask.height, mask.width);
  const isFlat = Math.min(one.height, one.width) <= 0.04 * longest;
  return isFlat && fromTheEdge(one, mask) < 0.05 * longest;
}

/**
 * How many pixels lie between a piece and the nearest edge of the picture.
 *
 * @param {Piece} one
 * @param {Plane} mask
 */
const fromTheEdge = (one, { height, width }) =>
  Math.min(one.top, height - 1 - one.bottom, one.left, width - 1 - one.right);

/** @param {Piece} one */
const sizeOf = (one) => Math.max(one.height, one.width);

/** @param {Piece[]} all the longest of these; of those as long, the one of most ink */
const largestOf = (all) =>
  all.reduce((best, one) => {
    const more = sizeOf(one) - sizeOf(best) || one.area - best.area;
    return more > 0 ? one : best;
  });

/**
 * The box of the largest piece with those that are large, too.
 *
 * @param {Piece[]} all
 */
function mainBox(all) {
  const largest = largestOf(all);
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
  const all = piecesOf(mask, regions);
  const said = [];
  const largest = largestBox(all);
  const isAround = all.length > 1 && piecesInside(all, largest).length === all.length - 1;
  const isFrame = () =>
    largest.filled > 0.9 * largest.height * largest.width ||
    isOpenFrame(maskOf(mask, regions.numbers, largest));
  if (isAround && isFrame()) {
    said.push(
      "a box around everything is kept as a part of the drawing; crop it off if it is a frame",
    );
  }
  if (isEnlarged(all)) {
    said.push(
      "small things apart from the drawing make it smaller; crop to the drawing, or give each by itself",
    );
  }
  if (sidesOf(mask).filter((side) => side.some(Boolean)).length >= 2) {
    said.push(
      "ink runs off the picture at several sides; crop to the drawing if it is no part of it",
    );
  }
  return said;
}

/**
 * Whether a piece is the three sides of a box and nothing else.
 *
 * @param {Plane} own
 */
function isOpenFrame(own) {
  const { height, width } = own;
  const edge = rint(ALONG * Math.max(height, width));
  if (Math.min(height, width) <= 2 * edge) return false;
  const deep = { top: edge, bottom: height - edge, left: edge, right: width - edge };
  if (!isEmpty(cut(own, deep))) return false;
  const through = toTheTop(own)
    .map((side) => {
      const inked = [...side.values.subarray(0, edge * side.width).entries()].filter(
        ([, on]) => on,
      );
      return new Set(inked.map(([i]) => i % side.width)).size / side.width;
    })
    .sort((a, b) => a - b);
  return through[0] < OPEN && through[1] > THROUGH;
}

/**
 * Whether small things far from a drawing, or several beside it, make its box a lot larger.
 *
 * @param {Piece[]} pieces
 */
function isEnlarged(pieces) {
  const { boxes, large } = apartFromEachOther(pieces);
  const own = boxAround(large);
  const size = Math.max(...lengths(own));
  const small = boxes
    .filter((box) => !large.includes(box))
    .map((box) => ({ box, gap: least(large.map((one) => apart(box, one))) }));
  const far = small.filter(({ gap }) => gap >= FAR * size).map(({ box }) => box);
  /** @param {number[]} one */
  const area = ([height, width]) => height * width;
  if (far.length) {
    const whole = lengths(boxAround(boxes));
    const rest = lengths(boxAround(boxes.filter((box) => !far.includes(box))));
    if (Math.max(...whole) >= LONGER * Math.max(...rest)) return true;
    if (area(whole) >= LARGER * area(rest)) return true;
  }
  const beside = small
    .filter(({ box, gap }) => gap >= BESIDE * size && Math.max(...lengths(box)) >= SIZE * size)
    .map(({ box }) => box);
  const whole = lengths(boxAround([own, ...beside]));
  return beside.length > 1 && area(whole) >= BESIDES * area(lengths(own));
}

/**
 * How many drawings stand apart from each other.
 *
 * @param {Plane} mask
 */
export function countDrawings(mask) {
  const regions = label(mask, ALL_AROUND);
  if (regions.groups < 2 || regions.groups > MANY) return 1;
  return apartFromEachOther(piecesOf(mask, regions)).large.length;
}

/** @typedef {Pick<Piece, "top" | "bottom" | "left" | "right">} Around its bottom, right lie within */

/**
 * Boxes around pieces that lie close to each other, and which of them are drawings of their own.
 *
 * @param {Piece[]} pieces
 */
function apartFromEachOther(pieces) {
  const sizes = pieces.map((one) => Math.max(one.height, one.width)).sort((a, b) => a - b);
  const reach = Math.max(3, rint(0.12 * sizes[Math.max(sizes.length - 2, 0)]));
  /** @type {Piece[][]} */
  let groups = [];
  for (const one of pieces) {
    const near = groups.filter((group) => group.some((other) => apart(one, other) <= reach));
    groups = [...groups.filter((group) => !near.includes(group)), [one, ...near.flat()]];
  }
  const boxes = groups.map(boxAround);
  const sides = boxes.map((box) => Math.max(...lengths(box)) - 1);
  return { boxes, large: boxes.filter((_, i) => sides[i] >= OWN * most(sides)) };
}

/**
 * The box around several.
 *
 * @param {Around[]} boxes
 * @returns {Around}
 */
const boxAround = (boxes) => ({
  top: least(boxes.map((box) => box.top)),
  bottom: most(boxes.map((box) => box.bottom)),
  left: least(boxes.map((box) => box.left)),
  right: most(boxes.map((box) => box.right)),
});

/** @param {Around} box its height, width */
const lengths = ({ top, bottom, left, right }) => [bottom - top + 1, right - left + 1];

/**
 * How many pixels lie between two boxes.
 *
 * @param {Around} one
 * @param {Around} other
 */
function apart(one, other) {
  const down = Math.max(0, one.top - other.bottom, other.top - one.bottom);
  const across = Math.max(0, one.left - other.right, other.left - one.right);
  return Math.hypot(down, across);
}
