// @ts-check
// The sample's drawings that may be picked: a page whose script imports this is given them.

import { given } from "./given.js";

/**
 * @typedef {object} SampleDrawing
 * @property {string} category
 * @property {number} number its place in the sample
 * @property {string} pixels base64 of the grey levels
 */

/** @returns {SampleDrawing[]} */
export const drawings = () => given("drawings");
