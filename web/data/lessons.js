// @ts-check
// Chapter 3's small networks, as far as the weights have them: a page whose script imports this is given them.

import { given } from "./given.js";

/** @returns {Record<string, import("../lib/network.js").Description>} each by its name */
export const lessons = () => given("lessons");
