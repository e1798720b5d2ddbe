// @ts-check
// Test drawings with what the shipped networks say of them under noise: a page whose script imports this
// is given them.

import { given } from "./given.js";

/**
 * @typedef {object} Contestant
 * @property {number} label the place of its name
 * @property {string} pixels base64 of the clean grey levels
 * @property {number[][]} shares what the network gives each name, at each level, in ten-thousandths
 */

/**
 * @typedef {object} Curve the network's accuracy on all of the drawings, at a level
 * @property {number} right how many it named so
 * @property {number} n of how many
 * @property {number} low the bounds of the interval, from 0 to 1
 * @property {number} high
 */

/**
 * @typedef {object} Contest
 * @property {string[]} names
 * @property {number[]} levels
 * @property {Contestant[]} drawings
 * @property {Curve[]} curve one a level
 * @property {string} stamp by which these drawings are known again
 */

/** @returns {Contest} */
export const contest = () => given("contest");
