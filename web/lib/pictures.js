// @ts-check
// Brings a reader's own picture to the look of the data, step by step as the Python package does.

import words from "../../qdtools/drawings/pictures.json" with { type: "json" };
import { BOX, CANVAS, PEN_RADIUS, PIXELS, SIDE } from "./canvas.js";
import { colours, grey } from "./colours.js";
import { distances, gaussian, grown, map, median, plane, resize } from "./filters.js";
import { findInk, withoutFills } from "./ink.js";
import { bitmapWithin, isEnlargedBitmap, isNoisyBitmap, lookOf, squeezed } from "./looks.js";
import { cut, extent } from "./pieces.js";
import { rint } from "./rounding.js";
import { boxWithin, findSheet, isOnATable } from "./sheets.js";
import { skeleton } from "./skeleton.js";
import { isSmall, LARGEST, redrawSmall } from "./small.js";
import { countDrawings, inkMask, isRulingAlone, takeApart } from "./surroundings.js";
import { setUpright } from "./upright.js";

/** @typedef {import("./shrinking.js").Rgba} Rgba */
/** @typedef {import("./shrinking.js").Shrunk} Shrunk */
/** @typedef {import("./filters.js").Plane} Plane */

// Pixels a side of an image's pixel when lines are drawn; the pen's radius, the box on that image.
const ZOOM = 10;
const RADIUS = PEN_RADIUS * ZOOM;
const FIT = ((BOX - 1) * SIDE * ZOOM) / CANVAS;
// Gaps of up to twice as many pixels there are grain, where lines become so many times as broad without them.
const [GRAIN, COARSER] = [4, 1.5];

/** Why a picture cannot be read, in one sentence for the reader. */
export class PictureError extends Error {}

/**
 * Word a refusal as Python does.
 *
 * @param {"no_ink" | "no_ink_first" | "no_sheet" | "no_drawing" | "too_large" | "too_costly" | "no_pixels" | "unread" | "unknown" | "torn"} why
 * @param {Record<string, string | number>} [what]
 */
export function refusal(why, what = {}) {
  const named = { name: "This picture", ...what };
  const sentence = Object.entries(named).reduce(
    (text, [key, value]) => text.replace(`{${key}}`, String(value)),
    words[why],
  );
  return new PictureError(sentence);
}

/**
 * Cut out the ink's box with some paper around it, enlarged tenfold over the size of the data.
 *
 * @param {Plane} ink
 * @returns {Plane}
 */
function cutBox(ink) {
  const { top, bottom, left, right } = extent(inkMask(ink));
  const [height, width] = [bottom - top + 1, right - left + 1];
  const edge = Math.max(2, Math.floor(Math.max(height, width) / 20));
  const cut = plane(height + 2 * edge, width + 2 * edge);
  for (let y = 0; y < cut.height; y += 1) {
    for (let x = 0; x < cut.width; x += 1) {
      const [row, column] = [y + top - edge, x + left - edge];
      if (row < 0 || row >= ink.height || column < 0 || column >= ink.width) continue;
      cut.values[y * cut.width + x] = ink.values[row * ink.width + column];
    }
  }
  const scale = (FIT + 2 * RADIUS) / Math.max(height, width);
  const size = [cut.height, cut.width].map((length) => rint(length * scale));
  return resize(cut, size);
}

/**
 * Thin ink to its middle lines; where it is wider than the pen, to what the pen leaves inside.
 *
 * @param {Plane} inked a mask
 * @returns {Plane} a mask
 */
function thin(inked) {
  const { mask, pen } = withoutGrain(inked);
  // On a ragged edge each tooth would grow a spur.
  const sigma = Math.min(pen / 3, 2);
  const smooth = map(gaussian(mask, [sigma, sigma]), (value) => Number(value > 0.5));
  const [lines, inside] = [skeleton(smooth).values, distances(smooth).values];
  return map(smooth, (_, i) => Number(lines[i] || inside[i] > pen));
}

/**
 * Close what chalk, crayon or hatching leaves bare within strokes, where that makes most of them broader.
 *
 * @param {Plane} inked a mask
 * @returns {{ mask: Plane, pen: number }} half the width of most strokes beside it, in pixels
 */
function withoutGrain(inked) {
  const outside = distances(map(inked, (value) => Number(!value)));
  const inside = distances(map(outside, (value) => Number(value <= GRAIN))).values;
  const closed = map(inked, (value, i) => Number(value || inside[i] > GRAIN));
  const [was, now] = [inked, closed].map((mask) => {
    const middle = skeleton(mask).values;
    return { mask, pen: median(distances(mask).values.filter((_, i) => middle[i])) };
  });
  return now.pen > COARSER * was.pen ? now : was;
}

/**
 * Centre lines as the data are, drawn with their pen.
 *
 * @param {Plane} lines a mask
 * @returns {Float64Array} an image's pixels from 0 to 1, white ink = 1
 */
function drawLines(lines) {
  const { top, bottom, left, right } = extent(lines);
  const side = SIDE * ZOOM;
  // A dot stays a dot.
  const fit = FIT / Math.max(bottom - top, right - left, FIT / 4);
  const paper = plane(side, side, new Float64Array(side * side).fill(1));
  lines.values.forEach((value, i) => {
    if (!value) return;
    const y = rint((Math.floor(i / lines.width) - (top + bottom) / 2) * fit + (side - 1) / 2);
    const x = rint(((i % lines.width) - (left + right) / 2) * fit + (side - 1) / 2);
    paper.values[y * side + x] = 0;
  });
  const image = new Float64Array(PIXELS);
  distances(paper).values.forEach((distance, i) => {
    const place = Math.floor(i / side / ZOOM) * SIDE + Math.floor((i % side) / ZOOM);
    image[place] += Math.min(Math.max(RADIUS - distance + 0.5, 0), 1) / ZOOM ** 2;
  });
  return image;
}

/**
 * @typedef {object} Reading a picture as it was read, with what was found on the way
 * @property {Float64Array} image pixels from 0 to 1, white ink = 1
 * @property {"bitmap" | "drawing"} kind a bitmap keeps its pixels, a drawing's ink is redrawn
 * @property {boolean} noisy
 * @property {boolean} dark whether the ink was darker than the paper
 * @property {string[]} leftOut what the picture shows besides the drawing
 * @property {string} askew how the sheet lay that was set upright; empty where it lay straight
 * @property {string[]} doubts what may be no part of the drawing, or may be lost of a small one
 * @property {number} drawings how many stand apart from each other
 */

/**
 * Say of a drawing so small that neighbouring lines are one that its name may be lost.
 *
 * @param {Plane} ink
 * @returns {string[]}
 */
function lost(ink) {
  const { top, bottom, left, right } = extent(inkMask(ink));
  const large = Math.max(bottom - top, right - left) + 1;
  if (large > LARGEST) return [];
  return [`the drawing is only ${large} pixels large, so another name may be read in it`];
}

/**
 * Read a picture: whether its paper is light or dark, whether it is noisy, where the sheet lies,
 * what on it is the drawing, all is found from the pixels.
 *
 * @param {Rgba | Shrunk} decoded
 * @returns {Reading}
 * @throws {PictureError} if it shows no ink
 */
export function readPicture(decoded) {
  const said = "isOpaque" in decoded ? (decoded.said ?? []) : [];
  const noInk = () => refusal(said.length ? "no_ink_first" : "no_ink");
  const picture = colours(decoded);
  const { height, width } = picture[0];
  const isOfOurSize = height === SIDE && width === SIDE;
  const shown = isOfOurSize ? picture : bitmapWithin(picture);
  const bright = grey(shown);
  // A cloth's pattern is as rough as noise, but a sheet lies on it.
  const isNoisy = !isOfOurSize && isNoisyBitmap(bright) && !findSheet(shown);
  if (isOfOurSize || isNoisy || isEnlargedBitmap(bright)) {
    const look = lookOf(shown.map(squeezed), isNoisy || undefined);
    if (!look) throw noInk();
    return { ...look, kind: "bitmap", leftOut: said, askew: "", doubts: [], drawings: 1 };
  }
  const sheet = findSheet(picture);
  const upright = sheet && setUpright(picture, sheet);
  const onSheet = (upright ?? sheet)?.mask;
  const found = findInk(upright?.picture ?? picture, onSheet);
  const ink = withoutFills(
    onSheet ? map(found.ink, (value, i) => value * onSheet.values[i]) : found.ink,
  );
  const isInked = ink.values.some(Boolean);
  // What stands out from a table as ink, or where nothing does, may be a sheet.
  const onTable = !sheet && !(isInked && found.dark) && isOnATable(picture);
  if (!isInked) throw onTable ? refusal("no_sheet") : noInk();
  const beside = [
    ...(onTable
      ? ["what lies around may be a table; crop to the sheet if it is none of the paper"]
      : []),
    ...(sheet && !sheet.isAlone
      ? ["another sheet lies beside it and is not read; give each by itself"]
      : []),
  ];
  const inked = inkMask(ink);
  if (isRulingAlone(onSheet ? cut(inked, boxWithin(onSheet)) : inked)) throw refusal("no_drawing");
  const parts = takeApart(inked, onSheet);
  const around = grown(parts.drawing, 2).values;
  const own = parts.leftOut.length ? map(ink, (value, i) => value * around[i]) : ink;
  const lines = isSmall(own) ? undefined : thin(inkMask(cutBox(own)));
  if (lines && !lines.values.some(Boolean)) throw noInk();
  return {
    image: lines ? drawLines(lines) : redrawSmall(own),
    kind: "drawing",
    noisy: false,
    dark: found.dark,
    leftOut: [...said, ...(sheet ? [sheet.what] : []), ...parts.leftOut],
    askew: upright?.said ?? "",
    doubts: [...beside, ...parts.doubts, ...lost(own)],
    drawings: countDrawings(parts.drawing),
  };
}

/**
 * Say how a picture was taken, as the Python package does.
 *
 * @param {Reading} reading
 */
export function told({ kind, noisy, dark, leftOut, askew, doubts, drawings }) {
  const look = dark ? "dark ink on light paper" : "light ink on dark paper";
  return [
    `a ${noisy ? "noisy" : "clean"} ${kind}, ${look}`,
    ...(leftOut.length ? [`left out: ${leftOut.join(", ")}`] : []),
    ...(askew ? [askew] : []),
    ...(drawings > 1 ? [`${drawings} drawings apart from each other, taken for one`] : []),
    ...doubts,
  ].join("; ");
}
