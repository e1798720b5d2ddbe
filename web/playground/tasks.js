// @ts-check
// What the playground has computed beside the page.

import { load } from "../lib/network.js";
import { addNoise } from "../lib/noise.js";
import { decode } from "../lib/picture_files.js";
import { PictureError, readPicture, told } from "../lib/pictures.js";
import { rint } from "../lib/rounding.js";

/** @typedef {import("../lib/network.js").Network} Network */

/**
 * @typedef {object} Question
 * @property {Uint8Array} pixels the drawing's grey levels
 * @property {string} kind of noise
 * @property {number} level of noise
 * @property {number} seed of the noise
 */

/**
 * @typedef {object} Answered
 * @property {Float32Array} noisy
 * @property {Float32Array} denoised
 * @property {Float32Array} logits of all categories, for the denoised picture
 * @property {Float32Array} direct_logits the same for the noisy one
 */

/** @typedef {{ pixels: Uint8Array, told: string } | { refused: string }} Reading */

/** @returns {import("../surface/background.js").Tasks} */
export function makeTasks() {
  /** @type {Network | undefined} */
  let network;
  /** @param {ArrayLike<number>} noisy */
  const run = (noisy) => {
    if (!network) throw new Error("The networks are not open.");
    return network.run(noisy);
  };
  return {
    /** @param {{ description: import("../lib/network.js").Description, plain: boolean }} what */
    async open({ description, plain }) {
      network = await load(description, { plain });
      return network.kernel.isPlain;
    },
    run,
    /** @param {Question} question @returns {Answered} */
    answer({ pixels, level, kind, seed }) {
      const clean = Float32Array.from(pixels, (grey) => grey / 255);
      const noisy = addNoise(clean, level, kind, seed);
      const { denoised, logits, direct_logits } = run(noisy);
      return { noisy, denoised, logits, direct_logits };
    },
    /** @param {Blob} file @returns {Promise<Reading>} */
    async read(file) {
      try {
        const reading = readPicture(await decode(file));
        const pixels = Uint8Array.from(reading.image, (value) => rint(255 * value));
        return { pixels, told: told(reading) };
      } catch (error) {
        if (error instanceof PictureError) return { refused: error.message };
        throw error;
      }
    },
  };
}
