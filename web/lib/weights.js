// @ts-check
// Unpacks the weights of networks that the build packed as half-precision numbers.

import { bytesOf } from "./base64.js";
import { halfValue } from "./half.js";
import { inflate } from "./inflate.js";
import { product } from "./shapes.js";

/**
 * The value of each of the 65536 half-precision numbers.
 *
 * @returns {Float32Array}
 */
export const halfValues = () => Float32Array.from({ length: 65536 }, (_, bits) => halfValue(bits));

/**
 * Unpack base64 of gzip of half-precision numbers: all high bytes, which repeat, before all low bytes.
 *
 * @param {string} content
 * @param {number[][]} shapes of the weights in turn
 * @returns {Promise<Float32Array[]>} the weights, each flat
 */
export async function unpackWeights(content, shapes) {
  const bytes = await inflate(bytesOf(content), "gzip");
  const count = bytes.length / 2;
  const values = halfValues();
  const floats = new Float32Array(count);
  for (let i = 0; i < count; i += 1) floats[i] = values[(bytes[i] << 8) | bytes[count + i]];
  let start = 0;
  return shapes.map((shape) => {
    const weight = floats.subarray(start, start + product(shape));
    start += product(shape);
    return weight;
  });
}
