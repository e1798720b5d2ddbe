// @ts-check
// Turns colours of CIELAB into those of a screen.

import { room } from "./pixels.js";

// White by daylight of 5000 K, which printers look at.
const WHITE = [0.9642, 1, 0.8249];
/** From there to red, green, blue of a screen, whose white is daylight of 6500 K. */
const TO_SCREEN = [
  [3.1341359, -1.6173863, -0.4906619],
  [-0.978796, 1.9162544, 0.0334427],
  [0.0719571, -0.2289768, 1.4053861],
];
const KNEE = 6 / 29;

/** @type {(value: number) => number} */
const unbent = (value) => (value > KNEE ? value ** 3 : 3 * KNEE ** 2 * (value - 4 / 29));

/** @type {(light: number) => number} the level of a screen, from 0 to 1 */
function level(light) {
  const bounded = Math.min(1, Math.max(0, light));
  return bounded <= 0.0031308 ? 12.92 * bounded : 1.055 * bounded ** (1 / 2.4) - 0.055;
}

/**
 * @param {Uint8Array} values lightness from 0 to 255, then two differences around 128, of each pixel
 * @param {boolean} [areSigned] whether the differences are around 0
 * @returns {Uint8Array} red, green, blue of each
 */
export function coloursOfLab(values, areSigned = false) {
  const flip = areSigned ? 128 : 0;
  const data = room(values.length);
  for (let i = 0; i < values.length; i += 3) {
    const height = ((values[i] * 100) / 255 + 16) / 116;
    const [a, b] = [((values[i + 1] ^ flip) - 128) / 500, ((values[i + 2] ^ flip) - 128) / 200];
    const lights = [height + a, height, height - b].map((one, c) => WHITE[c] * unbent(one));
    TO_SCREEN.forEach((row, c) => {
      const light = row.reduce((sum, weight, k) => sum + weight * lights[k], 0);
      data[i + c] = Math.round(255 * level(light));
    });
  }
  return data;
}
