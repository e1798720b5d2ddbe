// @ts-check
// The networks that the build describes: a page whose script imports this is given them.

import { given } from "./given.js";

/**
 * @typedef {object} More what is said of the networks beside their description
 * @property {string} graph SHA-256 of the graph that was described
 * @property {string[]} focus the categories that the book is about, among those of the networks
 */

/** @typedef {import("../lib/network.js").Description & More} Networks */

/** @returns {Networks} */
export const networks = () => given("networks");
