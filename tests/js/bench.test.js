// Promises about the networks on a page: whole or operated on, side by side, none disturbs another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, rank } from "../../web/lib/bench.js";
import { decibels } from "../../web/lib/decibels.js";
import { Network } from "../../web/lib/network.js";
import { addNoise } from "../../web/lib/noise.js";
import { description, floats, image } from "./small_networks.js";

const common = { given: "noisy", wanted: "denoised", title: "", sees: "" };
const entries = [
  { ...common, name: "denoiser", graph: "networks", body: "denoiser" },
  {
    ...common,
    name: "classifier",
    graph: "networks",
    body: "classifier",
    given: "denoised",
    wanted: "logits",
  },
  { ...common, name: "other", graph: "other", body: "other" },
];
const graphs = {
  networks: { description, weights: floats },
  other: { description, weights: floats.map((weights) => weights.map((weight) => weight / 2)) },
};
const how = { level: 0.5, kind: "gaussian", seed: 3, network: "denoiser", off: [] };
const clean = Float32Array.from(image);
const noisy = addNoise(clean, 0.5, "gaussian", 3);

test("with nothing switched off, what comes out is what the whole network gives", () => {
  const { now, whole, before } = new Bench(entries, graphs).run(clean, how);
  const { denoised, logits } = new Network(description, floats).run(noisy);
  assert.deepEqual(now, whole);
  assert.deepEqual([now.denoised, now.logits], [denoised, logits]);
  assert.equal(now.decibels, decibels(clean, denoised));
  assert.equal(before, decibels(clean, noisy));
});

test("beside another denoiser stands the shipped one's picture, whole whatever is switched off", () => {
  const bench = new Bench(entries, graphs);
  const { now: shipped, shipped: none } = bench.run(clean, how);
  assert.equal(none, null);
  for (const off of [[], ["denoiser.add1.long"], ["other.conv1.0"]]) {
    const found = bench.run(clean, { ...how, network: "other", off });
    assert.deepEqual(found.shipped, { denoised: shipped.denoised, decibels: shipped.decibels });
    assert.notDeepEqual(found.now.denoised, shipped.denoised);
  }
});

test("a revision stands for one noisy picture, whoever drew it into which array", () => {
  const bench = new Bench(entries, graphs);
  const drawn = clean.slice();
  const { revision } = bench.run(drawn, how);
  const off = ["denoiser.add1.long"];
  assert.equal(bench.run(clean.slice(), { ...how, off }).revision, revision);
  const seen = new Set([revision]);
  for (const more of [{ level: 1 }, { seed: 4 }, { kind: "speckle" }]) {
    seen.add(bench.run(drawn, { ...how, ...more }).revision);
  }
  const { whole: before } = bench.run(drawn, { ...how, off });
  drawn[3] = 1 - drawn[3];
  const { whole, revision: last } = bench.run(drawn, { ...how, off });
  seen.add(last);
  assert.equal(seen.size, 5);
  assert.notDeepEqual(whole, before);
});

test("the whole network is told beside the one that was operated on", () => {
  const bench = new Bench(entries, graphs);
  const { now: whole } = bench.run(clean, how);
  const found = bench.run(clean, { ...how, off: ["denoiser.add1.long"] });
  assert.deepEqual(found.whole, whole);
  assert.notDeepEqual(found.now, whole);
  // What is shown is the one that was operated on.
  const { network, to } = bench.of("denoiser");
  assert.deepEqual(network.read(to).slice(), found.now.denoised);
  assert.deepEqual(bench.run(clean, how).now, whole);
});

test("whatever a denoiser gives is named by the classifier, operated on or not", () => {
  const bench = new Bench(entries, graphs);
  const { now } = bench.run(clean, { ...how, network: "other" });
  const other = new Network(description, graphs.other.weights).run(noisy);
  assert.deepEqual(now.denoised, other.denoised);
  assert.notDeepEqual(now.logits, other.logits);
  const cut = bench.run(clean, { ...how, network: "other", off: ["classifier.conv1.0"] });
  assert.deepEqual(cut.now.denoised, now.denoised);
  assert.notDeepEqual(cut.now.logits, now.logits);
  // What is switched off in one denoiser is not in another.
  const spared = bench.run(clean, { ...how, network: "other", off: ["denoiser.conv1.0"] });
  assert.deepEqual(spared.now.denoised, now.denoised);
});

test("names are ranked among those to choose from", () => {
  const ranked = rank(Float32Array.from([1, 9, 3, 2]), [0, 2, 3]);
  assert.deepEqual(
    ranked.map(({ place }) => place),
    [2, 3, 0],
  );
  assert.ok(Math.abs(ranked.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
});
