// @ts-check
// Turns, shifts, scales, slants an image a little, as hands do from one drawing to the next.

import { PIXELS, SIDE } from "./canvas.js";

// At most: radians, pixels, the logarithm of a scale, a slant.
const TURN = 0.2;
const SHIFT = 2;
const SCALE = 0.12;
const SLANT = 0.15;

/**
 * @param {ArrayLike<number>} image its pixels row by row
 * @param {() => number} random gives numbers from 0 to 1
 * @returns {Float32Array} another image of the same size
 */
export function vary(image, random) {
  /** @param {number} most */
  const within = (most) => most * (2 * random() - 1);
  const [turn, slant, scale] = [within(TURN), within(SLANT), Math.exp(within(SCALE))];
  const [down, across] = [within(SHIFT), within(SHIFT)];
  const [cos, sin] = [Math.cos(turn) / scale, Math.sin(turn) / scale];
  const middle = (SIDE - 1) / 2;
  const varied = new Float32Array(PIXELS);
  /** @type {(y: number, x: number) => number} */
  const at = (y, x) => (y < 0 || x < 0 || y >= SIDE || x >= SIDE ? 0 : image[y * SIDE + x]);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const [dy, dx] = [y - middle - down, x - middle - across];
      // From where each new pixel comes.
      const row = middle + cos * dy + (cos * slant - sin) * dx;
      const column = middle + sin * dy + (sin * slant + cos) * dx;
      const [top, left] = [Math.floor(row), Math.floor(column)];
      const [below, right] = [row - top, column - left];
      varied[y * SIDE + x] =
        (1 - below) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
        below * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
    }
  }
  return varied;
}
