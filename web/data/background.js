// @ts-check
// What features of drawings with known names are like: a page whose script imports this is given it.

import { bytesOf } from "../lib/base64.js";
import { inflate } from "../lib/inflate.js";
import { given } from "./given.js";

/** @typedef {import("../lib/learning.js").Background} Background */

/** @returns {Promise<Background | null>} null where the weights come without */
export async function background() {
  /** @type {{ means: string, unit: number, spread: number[] } | null} */
  const packed = given("background");
  if (!packed) return null;
  const bytes = await inflate(bytesOf(packed.means), "gzip");
  const width = packed.spread.length;
  const means = Array.from({ length: bytes.length / width }, (_, i) =>
    Float32Array.from(bytes.subarray(i * width, (i + 1) * width), (value) => value * packed.unit),
  );
  return { means, spread: Float32Array.from(packed.spread) };
}
