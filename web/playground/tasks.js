// @ts-check
// What the playground has computed beside the page.

import { featuresOf, featuresOfNoisy, lookAt } from "../lib/features.js";
import { normalise } from "../lib/heads.js";
import { askWithout, learnAll, prepare, rowsOfHead, temperatureOf } from "../lib/learning.js";
import { load } from "../lib/network.js";
import { addNoise } from "../lib/noise.js";
import { decode } from "../lib/picture_files.js";
import { PictureError, readPicture, told } from "../lib/pictures.js";
import { generator } from "../lib/random.js";
import { rint } from "../lib/rounding.js";
import { vary } from "../lib/warping.js";

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
 * @property {Float32Array} features of the picture, noisy and denoised, of each layer; empty if there are none
 * @property {Float32Array} denoised_features of the denoised one alone, what its logits are made of
 * @property {Float32Array} direct_features the same of the noisy one
 */

/** @typedef {{ id: string, label: number }} Chosen an example by what it is known by, the place of its name */

/**
 * @typedef {object} Learned
 * @property {Float32Array} weights of a head
 * @property {Float32Array} bias
 */

/**
 * @typedef {object} Checked an example as others see it that have not learned from it
 * @property {Float64Array} own logits of the head's rows
 * @property {Float64Array[]} read the same of its copies that an eye still reads, itself among them
 * @property {Float32Array} logits of the networks
 */

/** @typedef {{ pixels: Uint8Array, told: string } | { refused: string }} Reading */

// Copies of an example: changed ones, noisy ones by their levels, every other of which is changed, too.
const CHANGED = 4;
const LEVELS = [0.35, 0.6, 0.85];
// Those that an eye still reads: the drawing itself, then unchanged ones that are not too noisy.
const READ = [0, ...LEVELS.flatMap((level, i) => (i % 2 || level > 0.6 ? [] : 1 + CHANGED + i))];
// How many examples are remembered at least.
const REMEMBERED = 1000;

/**
 * Features of an example with those of its copies.
 *
 * @param {Network} network
 * @param {Uint8Array} pixels grey levels
 * @param {number} seed
 * @param {number[]} layers that names are learned on
 */
function study(network, pixels, seed, layers) {
  const random = generator(seed);
  const clean = Float32Array.from(pixels, (grey) => grey / 255);
  const { features, logits } = lookAt(network, clean);
  const changed = Array.from(
    { length: CHANGED },
    () => lookAt(network, vary(clean, random)).features,
  );
  const noisy = LEVELS.map((level, i) => {
    network.run(addNoise(i % 2 ? vary(clean, random) : clean, level, "gaussian", seed + i + 1));
    return featuresOfNoisy(network);
  });
  const copies = [features, ...changed, ...noisy].map((one) => normalise(one, layers));
  return { copies, logits };
}

/** @returns {import("../surface/background.js").Tasks} */
export function makeTasks() {
  /** @type {Network | undefined} */
  let network;
  /** @type {Map<string, ReturnType<typeof study>>} what examples are like, by what they are known by */
  const studied = new Map();
  /** @type {import("../lib/learning.js").Lesson | undefined} */
  let lesson;
  /** @type {import("../lib/regression.js").Rows | undefined} */
  let rows;
  return {
    /** @param {{ id: string, pixels: Uint8Array, layers: number[] }} example to be learned from later */
    study({ id, pixels, layers }) {
      if (!network) throw new Error("The networks are not open.");
      if (studied.size > REMEMBERED) studied.clear();
      const seed = pixels.reduce((sum, grey, i) => (sum * 31 + grey * (i + 1)) >>> 0, 7);
      if (!studied.has(id)) studied.set(id, study(network, pixels, seed, layers));
    },
    /**
     * @param {object} what
     * @param {Chosen[]} what.examples all of them studied
     * @param {number} what.names
     * @param {import("../lib/learning.js").Background | null} what.background
     * @returns {Learned}
     */
    learn({ examples, names, background }) {
      const known = examples.map(({ id, label }) => {
        const found = studied.get(id);
        if (!found) throw new Error(`The example ${id} is not studied.`);
        return { label, copies: found.copies };
      });
      lesson = prepare(known, names, background, generator(1));
      rows = learnAll(lesson);
      return rowsOfHead(lesson, rows);
    },
    /** @param {{ place: number, id: string }} example of the lesson @returns {Checked} */
    check({ place, id }) {
      if (!lesson || !rows) throw new Error("Nothing is learned yet.");
      const read = askWithout(lesson, place, rows, READ);
      return { own: read[0], read, logits: /** @type {any} */ (studied.get(id)).logits };
    },
    /** @param {{ own: Float64Array[], labels: number[] }} held @returns {number} */
    temper: ({ own, labels }) => temperatureOf(own, labels),
    /** @param {{ description: import("../lib/network.js").Description, plain: boolean }} what */
    async open({ description, plain }) {
      network = await load(description, { plain });
      return network.kernel.isPlain;
    },
    /** @param {Question} question @returns {Answered} */
    answer({ pixels, level, kind, seed }) {
      if (!network) throw new Error("The networks are not open.");
      const clean = Float32Array.from(pixels, (grey) => grey / 255);
      const noisy = addNoise(clean, level, kind, seed);
      const { denoised, logits, direct_logits } = network.run(noisy);
      const denoised_features = featuresOf(network, "logits");
      const direct_features = featuresOf(network, "direct_logits");
      const features = featuresOfNoisy(network);
      const seen = { features, denoised_features, direct_features };
      return { noisy, denoised, logits, direct_logits, ...seen };
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
