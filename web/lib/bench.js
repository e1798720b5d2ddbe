// @ts-check
// Runs the networks that a page opens, whole or operated on, over what a reader draws.

import { decibels } from "./decibels.js";
import { layersOf } from "./layers.js";
import { Network, pathOf } from "./network.js";
import { addNoise } from "./noise.js";
import { probabilities } from "./probabilities.js";
import { surgeryOf } from "./surgery.js";

/** @typedef {import("./inspection.js").Inspection} Inspection */
/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {import("./network.js").Description} Description */
/** @typedef {import("./network.js").Surgery} Surgery */

/**
 * @typedef {object} Entry a network that may be opened, as a registry names it
 * @property {string} name in an address
 * @property {string} title for a reader
 * @property {string} graph which description it is a part of
 * @property {string} body what its parts are named after; two runs of the same weights have one
 * @property {string} given the value of the graph that it begins with
 * @property {string} wanted the value that it gives
 * @property {string} sees what it begins with, in words
 */

/**
 * @typedef {object} More what a bench knows of it besides
 * @property {Network} network that runs, after which its values may be read
 * @property {number} from the number of the value that it begins with
 * @property {number} to the number of the value that it gives
 * @property {Layer[]} layers
 */

/** @typedef {Entry & More} Opened */

/**
 * @typedef {object} Answer
 * @property {Float32Array} denoised
 * @property {number} decibels of it
 * @property {Float32Array} logits of the denoised picture
 * @property {Float32Array} direct logits of the noisy one
 */

/** @typedef {Pick<Answer, "denoised" | "decibels">} Denoised what one denoiser makes of the noisy picture */

/**
 * @typedef {object} Finding
 * @property {Float32Array} clean
 * @property {Float32Array} noisy
 * @property {number} before decibels of the noisy picture
 * @property {Answer} now what the networks give as they are
 * @property {Answer} whole what they would give with nothing switched off
 * @property {Denoised | null} shipped what the shipped denoiser makes of it, whole, where another is in use
 * @property {number} revision another one for each other noisy picture
 */

/** @typedef {{ clean: Float32Array, noisy: Float32Array, how: string, revision: number }} Given */

/** @typedef {{ answer: Answer, shipped: Denoised | null }} Answers `shipped`: the shipped denoiser's */

/** The graph that holds the classifier, which names whatever any denoiser gives. */
const MAIN = "networks";

export class Bench {
  /**
   * @param {Entry[]} entries
   * @param {Record<string, { description: Description, weights: Float32Array[] }>} graphs by their names
   * @param {{ plain?: boolean }} [options] `plain` does without WebAssembly
   */
  constructor(entries, graphs, options) {
    // One of each runs what is shown; its twin compares, so that it leaves the shown values as they are.
    /** @type {(graph: string) => Network} */
    const make = (graph) => new Network(graphs[graph].description, graphs[graph].weights, options);
    const names = Object.keys(graphs);
    this.networks = Object.fromEntries(names.map((name) => [name, make(name)]));
    this.twins = Object.fromEntries(names.map((name) => [name, make(name)]));
    /** @type {Opened[]} */
    this.opened = entries.map((entry) => {
      const { description } = graphs[entry.graph];
      const numbers = { ...description.inputs, ...description.outputs };
      const [from, to] = [numbers[entry.given], numbers[entry.wanted]];
      const layers = layersOf(description, from, to);
      return { ...entry, network: this.networks[entry.graph], from, to, layers };
    });
    /** @type {Given | null} the latest picture */
    this.given = null;
    /** @type {{ graph: string, revision: number, answers: Answers } | null} */
    this.known = null;
  }

  /**
   * @param {string} name
   * @returns {Opened}
   */
  of(name) {
    return this.opened.find((one) => one.name === name) ?? this.opened[0];
  }

  /**
   * What is switched off in a graph.
   *
   * @param {string[]} off names of parts
   * @param {string} graph
   * @returns {Surgery}
   */
  surgery(off, graph) {
    return surgeryOf(
      off,
      this.opened.filter((one) => one.graph === graph),
    );
  }

  /**
   * Run over a drawing all that one of the networks takes part in.
   *
   * @param {Float32Array} clean the drawing
   * @param {Pick<Inspection, "level" | "kind" | "seed" | "network" | "off">} how
   * @returns {Finding}
   */
  run(clean, { level, kind, seed, network, off }) {
    const given = this.give(clean, level, kind, seed);
    const { noisy, revision } = given;
    const { graph } = this.of(network);
    const now = this.answer(this.networks, clean, noisy, graph, off);
    const whole = off.length ? this.wholeAnswers(given, graph) : now;
    return {
      ...{ clean, noisy, before: decibels(clean, noisy), now: now.answer, whole: whole.answer },
      ...{ shipped: whole.shipped, revision },
    };
  }

  /**
   * Add noise to a drawing, unless that has been done.
   *
   * @type {(clean: Float32Array, level: number, kind: string, seed: number) => Given}
   */
  give(clean, level, kind, seed) {
    const how = `${level} ${kind} ${seed}`;
    const { given } = this;
    if (given?.how === how && given.clean.every((ink, i) => ink === clean[i])) return given;
    const revision = (given?.revision ?? 0) + 1;
    // Who draws on may write into the same array.
    const noisy = addNoise(clean, level, kind, seed);
    this.given = { clean: clean.slice(), noisy, how, revision };
    return this.given;
  }

  /** @type {(given: Given, graph: string) => Answers} */
  wholeAnswers({ clean, noisy, revision }, graph) {
    if (this.known?.graph !== graph || this.known.revision !== revision) {
      const answers = this.answer(this.twins, clean, noisy, graph, []);
      this.known = { graph, revision, answers };
    }
    return this.known.answers;
  }

  /**
   * @param {Record<string, Network>} networks
   * @param {Float32Array} clean
   * @param {Float32Array} noisy
   * @param {string} graph whose denoiser is in use
   * @param {string[]} off
   * @returns {Answers}
   */
  answer(networks, clean, noisy, graph, off) {
    const main = networks[MAIN];
    const surgery = this.surgery(off, MAIN);
    const { denoised, logits, direct_logits: direct } = main.run(noisy, surgery);
    const first = { denoised, decibels: decibels(clean, denoised) };
    if (graph === MAIN) return { answer: { ...first, logits, direct }, shipped: null };
    const other = networks[graph].run(noisy, this.surgery(off, graph)).denoised;
    const { outputs } = main.description;
    const path = pathOf(main.description, outputs.denoised, outputs.logits);
    main.compute(outputs.denoised, other, path, surgery);
    const named = main.read(outputs.logits).slice();
    const answer = { denoised: other, decibels: decibels(clean, other), logits: named, direct };
    return { answer, shipped: first };
  }
}

/**
 * Rank categories by their probabilities.
 *
 * @param {Float32Array} logits of all
 * @param {number[]} chosen the places of those to choose among
 * @returns {{ place: number, share: number }[]} the likeliest first
 */
export function rank(logits, chosen) {
  return probabilities(logits, chosen)
    .map((share, i) => ({ place: chosen[i], share }))
    .sort((a, b) => b.share - a.share);
}
