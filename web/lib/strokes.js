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
 * Share of each pixel that a stroke's pen covers.
 *
 * @param {Corner[]} points
 */
function coverage(points) {
  const ys = points.map(({ y }) => y);
  const first = Math.max(Math.trunc((Math.min(...ys) - PEN_RADIUS) * LINES), 0);
  const beyond = Math.min(Math.trunc((Math.max(...ys) + PEN_RADIUS) * LINES) + 1, SIDE * LINES);
  const rectangles = points.slice(1).map((point, i) => rectangle(points[i], point));
  const area = new Float64Array(SIDE * (SIDE + 1) + 1);
  for (let line = first; line < beyond; line += 1) {
    const y = (line + 0.5) / LINES;
    /** @type {[number, number][]} */
    const spans = [];
    for (const point of points) {
      const half = halfWidth(Math.abs(y - point.y));
      if (half > -Infinity) spans.push([point.x - half, point.x + half]);
    }
    for (const sides of rectangles) {
      let [enter, leave] = [Infinity, -Infinity];
      for (const [from, to] of sides) {
        if (Math.min(from.y, to.y) <= y && y < Math.max(from.y, to.y)) {
          const x = from.x + (y - from.y) * ((to.x - from.x) / (to.y - from.y));
          enter = Math.min(enter, x);
          leave = Math.max(leave, x);
        }
      }
      if (leave > enter) spans.push([enter, leave]);
    }
    // What a span that began before covers already is not covered twice.
    spans.sort((a, b) => a[0] - b[0]);
    let covered = -Infinity;
    const row = Math.floor(line / LINES) * (SIDE + 1);
    for (const [begin, leave] of spans) {
      const enter = Math.max(begin, covered);
      covered = Math.max(covered, leave);
      if (leave <= enter) continue;
      addEdge(area, row, enter, 1);
      addEdge(area, row, leave, -1);
    }
  }
  const shares = new Float64Array(PIXELS);
  for (let y = 0; y < SIDE; y += 1) {
    let sum = 0;
    for (let x = 0; x < SIDE; x += 1) {
      sum += area[y * (SIDE + 1) + x];
      shares[y * SIDE + x] = sum / LINES;
    }
  }
  return shares;
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
 * Draw strokes.
 *
 * @param {Stroke[]} strokes in units of the canvas's box
 * @returns {Uint8Array} the grey levels of an image's pixels, white ink on black
 */
export function draw(strokes) {
  const [dx, dy] = [0, 1].map((axis) => {
    const places = strokes.flatMap((stroke) => stroke[axis]);
    const low = Math.min(...places);
    const away = low < 0 || low > CORNER ? low : 0;
    return MARGIN + (BOX - (Math.max(...places) - away)) / 2 - away;
  });
  const paper = new Float64Array(PIXELS).fill(1);
  for (const [xs, ys] of strokes) {
    const points = xs.map((x, i) => ({
      x: snap(((x + dx) * SIDE) / CANVAS),
      y: snap(((ys[i] + dy) * SIDE) / CANVAS),
    }));
    const shares = coverage(points);
    for (let i = 0; i < paper.length; i += 1) paper[i] *= 1 - rint(255 * shares[i]) / 255;
  }
  return Uint8Array.from(paper, (rest) => rint(255 * (1 - rest)));
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
  const [from, to] = [points[0], points[points.length - 1]];
  const [ax, ay] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(ax, ay);
  let [farthest, most] = [0, -1];
  for (let i = 1; i < points.length - 1; i += 1) {
    const [bx, by] = [points[i][0] - from[0], points[i][1] - from[1]];
    const distance = length ? Math.abs(ax * by - ay * bx) / length : Math.hypot(bx, by);
    if (distance > most) [farthest, most] = [i, distance];
  }
  if (most <= tolerance) return [from, to];
  return [
    ...simplify(points.slice(0, farthest + 1), tolerance).slice(0, -1),
    ...simplify(points.slice(farthest), tolerance),
  ];
}

/**
 * Bring strokes to whole numbers within the canvas's box, as Google's files were.
 *
 * @param {Point[][]} strokes in any units
 * @param {number} dot what is smaller than this is not blown up to the box: a dot stays a dot
 * @returns {Stroke[]}
 */
export function normalise(strokes, dot) {
  const [xs, ys] = [0, 1].map((axis) => strokes.flatMap((points) => points.map((p) => p[axis])));
  const low = [Math.min(...xs), Math.min(...ys)];
  const scale = (BOX - 1) / Math.max(Math.max(...xs) - low[0], Math.max(...ys) - low[1], dot);
  return strokes.map((stroke) => {
    const points = stroke.map(
      ([x, y]) => /** @type {Point} */ ([(x - low[0]) * scale, (y - low[1]) * scale]),
    );
    const kept = simplify(points, TOLERANCE);
    return [kept.map(([x]) => Math.round(x)), kept.map(([, y]) => Math.round(y))];
  });
}
