// @ts-check
// The networks that the page can open: one entry each.

/** @typedef {import("../lib/bench.js").Entry} Entry */

/**
 * Every network by its name in an address. A further one joins by an entry here, once its description
 * is among the graphs: the shipped one, or one of chapter 3's that the build hands in by its name.
 *
 * @type {Entry[]}
 */
export const REGISTRY = [
  {
    name: "denoiser",
    title: "Denoiser",
    graph: "networks",
    body: "denoiser",
    given: "noisy",
    wanted: "denoised",
    sees: "the noisy picture",
  },
  {
    name: "classifier",
    title: "Classifier, after denoising",
    graph: "networks",
    body: "classifier",
    given: "denoised",
    wanted: "logits",
    sees: "the denoised picture",
  },
  {
    name: "direct",
    title: "Classifier, without denoising",
    graph: "networks",
    body: "classifier",
    given: "noisy",
    wanted: "direct_logits",
    sees: "the noisy picture",
  },
  {
    name: "autoencoder",
    title: "Chapter 3’s plain autoencoder",
    graph: "autoencoder",
    body: "autoencoder",
    given: "noisy",
    wanted: "denoised",
    sees: "the noisy picture",
  },
  {
    name: "bottleneck",
    title: "Chapter 3’s, two channels in the middle",
    graph: "bottleneck",
    body: "bottleneck",
    given: "noisy",
    wanted: "denoised",
    sees: "the noisy picture",
  },
];
