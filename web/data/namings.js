// @ts-check
// What the shipped classifier says of some noisy drawings: a page whose script imports this is given it.

import { given } from "./given.js";

/**
 * @typedef {object} Naming
 * @property {string} category which the drawing is of
 * @property {number} number its place in the sample
 * @property {number} level of its noise
 * @property {string} pixels base64 of the grey levels
 * @property {number[]} logits to the tenth, one a name
 */

/** @returns {{ names: string[], drawings: Naming[] }} */
export const namings = () => given("namings");
