// @ts-check
// Sets a sheet upright that lies askew on a picture, or is seen slantwise.

import { plane } from "./filters.js";
import { areaOf, bends, fewerSides, sideOf } from "./polygons.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {import("./sheets.js").Sheet} Sheet */
/** @typedef {import("./polygons.js").Point} Point */
/** @typedef {{ back: number[][], height: number, width: number }} Way how places (x, y, 1) go back to the picture */

/**
 * @typedef {object} Upright a sheet that was set upright
 * @property {Plane[]} picture red, green, blue, the sheet's sides along the axes now
 * @property {Plane} mask the sheet's inside there, a little away from its edges
 * @property {string} said how it lay, in words
 */

// Degrees from which on a sheet lies askew; by less, no drawing changes its name.
const TURNED = 3;
// Degrees by which opposite sides lean towards each other on a sheet that is seen slantwise.
const SLANT = 5;
// Share of a sheet's area that the corners may take which its four sides have beyond it.
const FOLDED = 0.07;
// Pixels from the picture's border, at the size at which sheets are looked for, where a side is cut off.
const CUT = 1.6;

const DEGREES = 180 / Math.PI;

/**
 * Set a sheet upright by its sides.
 *
 * Where all four sides are seen, they become those of a rectangle. Where some are cut off by the
 * picture's border, the others say by how much the sheet is turned. Of the four ways to set it upright
 * the one is taken that turns it least.
 *
 * @param {Plane[]} picture red, green, blue
 * @param {Sheet} sheet where the sheet lies on it
 * @returns {Upright | undefined} nothing where it lies straight, or has no four sides that would tell
 */
export function setUpright(picture, sheet) {
  const { height, width } = picture[0];
  const every = bends(sheet.outline);
  const area = areaOf(every);
  const outline = fewerSides(every, 0.002 * area);
  const corners = fewerSides(outline, area);
  if (corners.length !== 4 || areaOf(corners) > (1 + FOLDED) * area) return undefined;
  const sides = [0, 1, 2, 3];
  const seen = sides.filter((i) => !isAlongTheBorder(corners, i, width, height, CUT * sheet.step));
  if (seen.length < 2) return undefined;
  const turn = turnOf(seen.map((i) => sideOf(corners, i)));
  const leaning = [0, 1].map((i) => apart(angleOf(corners, i), angleOf(corners, i + 2)));
  const isWhole = seen.length === 4;
  const isSlant = isWhole && Math.max(...leaning) >= SLANT;
  const isCrooked = seen.some((i) => apart(angleOf(corners, i) - turn, 0, 90) > SLANT);
  // Sides that disagree, none of them to be trusted.
  if (!isWhole && isCrooked) return undefined;
  const isTurned = Math.abs(turn) >= TURNED;
  if (!isTurned && !isSlant) return undefined;
  const way = isWhole ? ontoARectangle(corners, turn) : turning(corners, turn);
  const how = [
    ...(isTurned ? [`lies turned by ${rint(Math.abs(turn))}°`] : []),
    ...(isSlant ? ["is seen slantwise"] : []),
  ].join(" and ");
  const said = `the sheet ${how}, it was set upright`;
  return { ...seenFrom(picture, outline, sheet.step, way), said };
}

/**
 * See a picture, of which a convex part is the sheet, along a way back to it.
 *
 * @param {Plane[]} picture
 * @param {Point[]} outline
 * @param {number} edge
 * @param {Way} way
 */
function seenFrom(picture, outline, edge, { back, height, width }) {
  const from = picture[0];
  const shown = picture.map(() => plane(height, width));
  const mask = plane(height, width);
  const sides = outline.map(([x, y], i) => {
    const [along, down] = sideOf(outline, i);
    const length = Math.hypot(along, down);
    return { x, y, along: along / length, down: down / length };
  });
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const place = row * width + column;
      const [across, down, depth] = back.map(
        ([a, b, c]) => a * (column + 0.5) + b * (row + 0.5) + c,
      );
      const [x, y] = [across / depth, down / depth];
      const isSeen = x >= 0 && x <= from.width && y >= 0 && y <= from.height;
      mask.values[place] = Number(
        isSeen &&
          sides.every((side) => side.along * (y - side.y) - side.down * (x - side.x) >= edge),
      );
      const left = Math.min(Math.max(x - 0.5, 0), from.width - 1);
      const top = Math.min(Math.max(y - 0.5, 0), from.height - 1);
      const [low, high] = [Math.floor(left), Math.min(Math.floor(left) + 1, from.width - 1)];
      const above = Math.floor(top) * from.width;
      const below = Math.min(Math.floor(top) + 1, from.height - 1) * from.width;
      const [right, under] = [left - low, top - Math.floor(top)];
      picture.forEach(({ values }, c) => {
        const upper = values[above + low] * (1 - right) + values[above + high] * right;
        const lower = values[below + low] * (1 - right) + values[below + high] * right;
        shown[c].values[place] = upper * (1 - under) + lower * under;
      });
    }
  }
  return { picture: shown, mask };
}

/** Direction of a side, in degrees, clockwise from the right. @type {(points: Point[], i: number) => number} */
function angleOf(points, i) {
  const [across, down] = sideOf(points, i);
  return Math.atan2(down, across) * DEGREES;
}

/**
 * How far one direction lies from another, in degrees; those a period apart are the same.
 *
 * @param {number} one
 * @param {number} other
 * @param {number} [period]
 */
function apart(one, other, period = 180) {
  const away = one - other + period / 2;
  return Math.abs(away - Math.floor(away / period) * period - period / 2);
}

/**
 * Whether a side lies along the picture's border, or beyond it.
 *
 * @type {(points: Point[], i: number, width: number, height: number, near: number) => boolean}
 */
function isAlongTheBorder(points, i, width, height, near) {
  const [[x0, y0], [x1, y1]] = [points[i], points[(i + 1) % points.length]];
  return (
    Math.max(x0, x1) <= near ||
    Math.min(x0, x1) >= width - near ||
    Math.max(y0, y1) <= near ||
    Math.min(y0, y1) >= height - near
  );
}

/**
 * By how many degrees, of at most 45, sides are turned clockwise, long ones counting for more.
 *
 * @param {Point[]} sides
 */
function turnOf(sides) {
  let [across, down] = [0, 0];
  for (const [x, y] of sides) {
    const [angle, length] = [4 * Math.atan2(y, x), Math.hypot(x, y)];
    across += length * Math.cos(angle);
    down += length * Math.sin(angle);
  }
  return (Math.atan2(down, across) * DEGREES) / 4;
}

/**
 * How places of a rectangle go back to four corners.
 *
 * @param {Point[]} corners
 * @param {number} turn
 * @returns {Way}
 */
function ontoARectangle(corners, turn) {
  const away = corners.map((_, i) => apart(angleOf(corners, i), turn, 360));
  const first = away.indexOf(Math.min(...away));
  const points = corners.map((_, i) => corners[(first + i) % 4]);
  const lengths = points.map((_, i) => Math.hypot(...sideOf(points, i)));
  const [width, height] = [0, 1].map((i) => rint((lengths[i] + lengths[i + 2]) / 2));
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = points;
  // From the unit square (Heckbert 1989): what the fourth corner lacks of a parallelogram is depth.
  const [dx, dy] = [x0 - x1 + x2 - x3, y0 - y1 + y2 - y3];
  const whole = (x1 - x2) * (y3 - y2) - (x3 - x2) * (y1 - y2);
  const g = (dx * (y3 - y2) - (x3 - x2) * dy) / whole;
  const h = ((x1 - x2) * dy - dx * (y1 - y2)) / whole;
  const back = [
    [(x1 - x0 + g * x1) / width, (x3 - x0 + h * x3) / height, x0],
    [(y1 - y0 + g * y1) / width, (y3 - y0 + h * y3) / height, y0],
    [g / width, h / height, 1],
  ];
  return { back, height, width };
}

/**
 * How places of the box around a sheet go back to the picture.
 *
 * @param {Point[]} corners
 * @param {number} turn
 * @returns {Way}
 */
function turning(corners, turn) {
  const [cos, sin] = [Math.cos(turn / DEGREES), Math.sin(turn / DEGREES)];
  const across = corners.map(([x, y]) => cos * x + sin * y);
  const down = corners.map(([x, y]) => cos * y - sin * x);
  const [left, top] = [Math.min(...across), Math.min(...down)];
  const back = [
    [cos, -sin, cos * left - sin * top],
    [sin, cos, sin * left + cos * top],
    [0, 0, 1],
  ];
  return {
    back,
    height: rint(Math.max(...down) - top),
    width: rint(Math.max(...across) - left),
  };
}
