// @ts-check
// Draws strokes as the data were drawn: in Google's way, number by number as the Python package does.

import { BOX, CANVAS, MARGIN, PEN_RADIUS, PIXELS, SIDE } from "./canvas.js";
import { rint } from "./rounding.js";

/** @typedef {[number, number]} Point x, y */
/** @typedef {[number[], number[]]} Stroke all x, all y: the form of Google's files */
/** @typedef {{ x: number, y: number }} Corner */

// Cairo looks at 15 lines a pixel, makes a round pen of 12 corners, computes in 256ths of a pixel.
const LINES = 15;
/** @param {number} length */
const snap = (length) => rint(length * 256) / 256;
// Google's files were simplified so: points closer to a straight line than this are left out.
const TOLERANCE = 2;

// Drawings that begin within so many units of the box's corner lie where Google's do, whose files begin
// at 0 save for a few units; Google centred them by where they end alone.
const CORNER = 16;

// The corners of a quarter of the pen, from its right end upwards: how far out at what height.
const CORNERS = [0, 1, 2, 3].map((i) => ({
  x: snap(PEN_RADIUS * Math.cos((Math.PI * i) / 6)),
  y: snap(PEN_RADIUS * Math.sin((Math.PI * i) / 6)),
}));

/**
 * Half the pen's width at a height above its centre; -Infinity beyond the pen.
 *
 * @param {number} height
 */
function halfWidth(height) {
  for (let i = 1; i < CORNERS.length; i += 1) {
    const [below, above] = [CORNERS[i - 1], CORNERS[i]];
    if (height <= above.y) {
      const slope = (above.x - below.x) / (above.y - below.y);
      return slope * (height - below.y) + below.x;
    }
  }
  return -Infinity;
}

/**
 * The four sides of the rectangle that the pen paints between two points; none if they are one.
 *
 * @param {Corner} from
 * @param {Corner} to
 * @returns {[Corner, Corner][]}
 */
function rectangle(from, to) {
  const ahead = { x: to.x - from.x, y: to.y - from.y };
  const length = Math.hypot(ahead.x, ahead.y);
  if (!length) return [];
  const side = {
    x: snap((ahead.y * -PEN_RADIUS) / length),
    y: snap((ahead.x * PEN_RADIUS) / length),
  };
  const corners = [
    { x: from.x + side.x, y: from.y + side.y },
    { x: from.x + ahead.x + side.x, y: from.y + ahead.y + side.y },
    { x: from.x + ahead.x - side.x, y: from.y + ahead.y - side.y },
    { x: from.x - side.x, y: from.y - side.y },
  ];
  return corners.map((corner, i) => [corner, corners[(i + 1) % 4]]);
}

/**
 * What a stroke's pen leaves of the paper.
 *
 * @typedef {object} Ink
 * @property {number} first row of the image that it touches
 * @property {Float64Array} paper the share that is left of each pixel in the rows that it touches
 */

/**
 * Cover the paper with a stroke.
 *
 * @param {Corner[]} points
 * @returns {Ink}
 */
function cover(points) {
  let [top, bottom] = [Infinity, -Infinity];
  for (const { y } of points) [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  const from = Math.max(Math.trunc((top - PEN_RADIUS) * LINES), 0);
  const beyond = Math.min(Math.trunc((bottom + PEN_RADIUS) * LINES) + 1, SIDE * LINES);
  const first = Math.min(Math.floor(from / LINES), SIDE - 1);
  const rows = Math.max(Math.ceil(beyond / LINES) - first, 0);
  const rectangles = points.slice(1).map((point, i) => rectangle(points[i], point));
  const area = new Float64Array(rows * (SIDE + 1) + 1);
  for (let line = from; line < beyond; line += 1) {
    const y = (line + 0.5) / LINES;
    /** @type {[number, number][]} */
    const spans = [];
    for (const point of points) {
      const half = halfWidth(Math.abs(y - point.y));
      if (half > -Infinity) spans.push([point.x - half, point.x + half]);
    }
    for (const sides of rectangles) {
      let [enter, leave] = [Infinity, -Infinity];
      for (const [start, end] of sides) {
        if (Math.min(start.y, end.y) <= y && y < Math.max(start.y, end.y)) {
          const x = start.x + (y - start.y) * ((end.x - start.x) / (end.y - start.y));
          enter = Math.min(enter, x);
          leave = Math.max(leave, x);
        }
      }
      if (leave > enter) spans.push([enter, leave]);
    }
    // What a span that began before covers already is not covered twice.
    spans.sort((a, b) => a[0] - b[0]);
    let covered = -Infinity;
    const row = (Math.floor(line / LINES) - first) * (SIDE + 1);
    for (const [begin, leave] of spans) {
      const enter = Math.max(begin, covered);
      covered = Math.max(covered, leave);
      if (leave <= enter) continue;
      addEdge(area, row, enter, 1);
      addEdge(area, row, leave, -1);
    }
  }
  const paper = new Float64Array(rows * SIDE);
  for (let y = 0; y < rows; y += 1) {
    let sum = 0;
    for (let x = 0; x < SIDE; x += 1) {
      sum += area[y * (SIDE + 1) + x];
      paper[y * SIDE + x] = 1 - rint((255 * sum) / LINES) / 255;
    }
  }
  return { first, paper };
}

/**
 * Add an edge at x, which covers all of the pixels to its right, of its own the part beyond x.
 *
 * @type {(area: Float64Array, row: number, x: number, sign: number) => void}
 */
function addEdge(area, row, x, sign) {
  const inside = Math.min(Math.max(x, 0), SIDE - 1e-9);
  const cell = Math.trunc(inside);
  const beyond = cell + 1 - inside;
  area[row + cell] += sign * beyond;
  area[row + cell + 1] += sign * (1 - beyond);
}

/**
 * How far strokes are shifted so that they are centred.
 *
 * @param {Stroke[]} strokes in units of the canvas's box
 * @returns {[number, number]}
 */
export function shiftOf(strokes) {
  const [lowest, highest] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ];
  for (const stroke of strokes) {
    for (const axis of [0, 1]) {
      for (const place of stroke[axis]) {
        lowest[axis] = Math.min(lowest[axis], place);
        highest[axis] = Math.max(highest[axis], place);
      }
    }
  }
  const [dx, dy] = [0, 1].map((axis) => {
    const away = lowest[axis] < 0 || lowest[axis] > CORNER ? lowest[axis] : 0;
    return MARGIN + (BOX - (highest[axis] - away)) / 2 - away;
  });
  return [dx, dy];
}

/**
 * Draw one of several strokes.
 *
 * @param {Stroke} stroke in units of the canvas's box
 * @param {[number, number]} shift of all
 * @returns {Ink}
 */
export function drawStroke([xs, ys], [dx, dy]) {
  const points = xs.map((x, i) => ({
    x: snap(((x + dx) * SIDE) / CANVAS),
    y: snap(((ys[i] + dy) * SIDE) / CANVAS),
  }));
  return cover(points);
}

/**
 * Lay strokes over each other.
 *
 * @param {Ink[]} inks
 * @returns {Uint8Array} the grey levels of an image's pixels, white ink on black
 */
export function layOver(inks) {
  const paper = new Float64Array(PIXELS).fill(1);
  for (const { first, paper: left } of inks) {
    const start = first * SIDE;
    for (let i = 0; i < left.length; i += 1) paper[start + i] *= left[i];
  }
  return Uint8Array.from(paper, (rest) => rint(255 * (1 - rest)));
}

/**
 * Draw strokes.
 *
 * @param {Stroke[]} strokes in units of the canvas's box
 * @returns {Uint8Array} the grey levels of an image's pixels, white ink on black
 */
export function draw(strokes) {
  const shift = shiftOf(strokes);
  return layOver(strokes.map((stroke) => drawStroke(stroke, shift)));
}

/**
 * Leave out the points that lie no farther than the tolerance from the line between those kept.
 *
 * @param {Point[]} points
 * @param {number} tolerance
 * @returns {Point[]} among them the first, the last
 */
export function simplify(points, tolerance) {
  if (points.length < 3) return points;
  const isKept = new Uint8Array(points.length);
  isKept[0] = isKept[points.length - 1] = 1;
  // Parts wait in a list: a long stroke would call itself too often.
  const waiting = [[0, points.length - 1]];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    const [first, last] = part;
    const [from, to] = [points[first], points[last]];
    const [ax, ay] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(ax, ay);
    let [farthest, most] = [first, -1];
    for (let i = first + 1; i < last; i += 1) {
      const [bx, by] = [points[i][0] - from[0], points[i][1] - from[1]];
      const distance = length ? Math.abs(ax * by - ay * bx) / length : Math.hypot(bx, by);
      if (distance > most) [farthest, most] = [i, distance];
    }
    if (most <= tolerance) continue;
    isKept[farthest] = 1;
    waiting.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, i) => isKept[i]);
}

/** @typedef {[left: number, top: number, right: number, bottom: number]} Box */

/**
 * @param {Point[]} points
 * @returns {Box} around them
 */
export function boxAround(points) {
  /** @type {Box} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/**
 * How strokes are brought into the canvas's box.
 *
 * @param {Box[]} boxes around the strokes
 * @param {number} dot what is smaller than this is not blown up to the box: a dot stays a dot
 * @returns {{ left: number, top: number, scale: number }}
 */
export function fitOf(boxes, dot) {
  const corners = boxes.flatMap(([left, top, right, bottom]) => [
    /** @type {Point} */ ([left, top]),
    /** @type {Point} */ ([right, bottom]),
  ]);
  const [left, top, right, bottom] = boxAround(corners);
  return { left, top, scale: (BOX - 1) / Math.max(right - left, bottom - top, dot) };
}

/**
 * Bring one of several strokes to whole numbers within the canvas's box.
 *
 * @param {Point[]} points in any units
 * @param {{ left: number, top: number, scale: number }} fit of all
 * @returns {Stroke}
 */
export function normaliseStroke(points, { left, top, scale }) {
  const placed = points.map(
    ([x, y]) => /** @type {Point} */ ([(x - left) * scale, (y - top) * scale]),
  );
  const kept = simplify(placed, TOLERANCE);
  return [kept.map(([x]) => Math.round(x)), kept.map(([, y]) => Math.round(y))];
}

/**
 * Bring strokes to whole numbers within the canvas's box, as Google's files were.
 *
 * @param {Point[][]} strokes in any units
 * @param {number} dot what is smaller than this is not blown up to the box
 * @returns {Stroke[]}
 */
export function normalise(strokes, dot) {
  const fit = fitOf(strokes.map(boxAround), dot);
  return strokes.map((points) => normaliseStroke(points, fit));
}
