// @ts-check
// Drawings to train an autoencoder on, with some that are kept out: a page whose script imports this is
// given them.

import { given } from "./given.js";

/** @returns {{ training: string, heldOut: string }} base64 of gzip of grey levels, drawing by drawing */
export const lesson = () => given("lesson");
