// @ts-check
// Unpacks the weights of networks that the build packed as half-precision numbers.

import { bytesOf } from "./base64.js";
import { product } from "./shapes.js";

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function unzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * The value of each of the 65536 half-precision numbers, none of which is infinite in what is packed.
 *
 * @returns {Float32Array}
 */
export function halfValues() {
  const values = new Float32Array(65536);
  for (let half = 0; half < 65536; half += 1) {
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const size = exponent
      ? 2 ** (exponent - 15) * (1 + fraction / 1024)
      : 2 ** -14 * (fraction / 1024);
    values[half] = half & 0x8000 ? -size : size;
  }
  return values;
}

/**
 * Unpack base64 of gzip of half-precision numbers: all high bytes, which repeat, before all low bytes.
 *
 * @param {string} content
 * @param {number[][]} shapes of the weights in turn
 * @returns {Promise<Float32Array[]>} the weights, each flat
 */
export async function unpackWeights(content, shapes) {
  const bytes = await unzip(bytesOf(content));
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
