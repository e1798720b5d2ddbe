// Promises about the inside of networks: what a layer's number is, comes from, sees, hangs on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SIDE } from "../../web/lib/canvas.js";
import { decibels } from "../../web/lib/decibels.js";
import { explain } from "../../web/lib/explain.js";
import { layersOf } from "../../web/lib/layers.js";
import { Network, pathOf } from "../../web/lib/network.js";
import { blank, blankEach, PATCHES } from "../../web/lib/occlusion.js";
import { receptiveField } from "../../web/lib/receptive_field.js";
import { nameOfMap, nameOfWay, surgeryOf } from "../../web/lib/surgery.js";
import { assertClose } from "./helpers.js";
import { description, floats, image } from "./small_networks.js";

const denoiser = { body: "denoiser", layers: layersOf(description, 0, 13) };
const classifier = { body: "classifier", layers: layersOf(description, 13, 22) };
const everyLayer = [...denoiser.layers, ...classifier.layers];
const layer = (id, of = denoiser) => of.layers.find((one) => one.id === id);
const opened = () => new Network(description, floats);
const surgery = (...names) => surgeryOf(names, [denoiser, classifier]);

test("steps are grouped into layers, each with its bias, its activation, its name", () => {
  assert.deepEqual(
    denoiser.layers.map(({ id, activation }) => [id, activation]),
    [
      ["conv1", "relu"],
      ["conv2", "relu"],
      ["conv3", null],
      ["add1", null],
      ["conv4", "relu"],
      ["up1", null],
      ["add2", null],
      ["up2", "sigmoid"],
    ],
  );
  assert.deepEqual(
    classifier.layers.map(({ id }) => id),
    ["conv1", "pool1", "pool2", "pool3", "upsample1", "mean1", "dense1"],
  );
  assert.deepEqual(layer("up2").bias, [9]);
  assert.deepEqual([layer("up2").sum, layer("up2").out], [12, 13]);
});

test("a residual block is told from a skip connection, each with where its ways part", () => {
  const { join: block } = layer("add1");
  const { join: skip } = layer("add2");
  assert.deepEqual(block, { isBlock: true, short: 0, long: 1, from: "conv1" });
  assert.deepEqual(skip, { isBlock: false, short: 0, long: 1, from: "add1" });
  assert.deepEqual(
    denoiser.layers.filter(({ block: end }) => end === "add1").map(({ id }) => id),
    ["conv2", "conv3", "add1"],
  );
});

test("what several take is not swallowed by the activation of one of them", () => {
  const shared = {
    ...description,
    shapes: [[2], [2], [2], [2]],
    steps: [
      { op: "dense", in: [0], out: 1, kernel: 0 },
      { op: "relu", in: [1], out: 2 },
      { op: "add", in: [1, 2], out: 3 },
    ],
  };
  const found = layersOf(shared, 0, 3);
  assert.deepEqual(
    found.map(({ id, out }) => [id, out]),
    [
      ["dense1", 1],
      ["relu1", 2],
      ["add1", 3],
    ],
  );
});

for (const off of [[], ["denoiser.conv2.1", "denoiser.add1.short", "denoiser.add2.long"]]) {
  const how = off.length ? "operated on" : "whole";
  test(`every map's numbers equal sums worked out by hand from the weights, ${how}`, () => {
    const network = opened();
    const cuts = surgery(...off);
    network.run(image, cuts);
    for (const one of everyLayer) {
      const [height, width, channels] = one.shape;
      const values = network.read(one.out);
      for (let channel = 0; channel < channels; channel += 1) {
        const places = [
          [0, 0],
          [height - 1, width - 1],
          [Math.floor(height / 2), Math.floor(width / 3)],
        ];
        for (const [y, x] of places) {
          const { result } = explain(network, one, channel, y, x, cuts);
          const found = values[(y * width + x) * channels + channel];
          assertClose([result], [found], 1e-4);
        }
      }
    }
  });
}

test("a convolution's number is told by its window, its weights, its bias", () => {
  const network = opened();
  network.run(image);
  const { parts, bias, sum, result } = explain(network, layer("conv1"), 2, 0, 3);
  const [part] = parts;
  assert.deepEqual([part.top, part.left, part.height, part.width], [-1, 5, 4, 4]);
  assert.deepEqual(part.values.slice(0, 4), [0, 0, 0, 0]); // the margin above
  assert.deepEqual(part.values.slice(4, 8), [...image.slice(5, 9)]);
  assert.equal(part.weights[5], floats[0][5 * 3 + 2]);
  const byHand = part.values.reduce((total, value, i) => total + value * part.weights[i], bias);
  assertClose([sum, result], [byHand, Math.max(byHand, 0)]);
});

test("surgery of nothing changes nothing, bit by bit", () => {
  const [whole, operated] = [opened(), opened()];
  whole.run(image);
  operated.run(image, surgery());
  assert.deepEqual(operated.memory, whole.memory);
});

test("after surgery the network is whole again, bit by bit", () => {
  const network = opened();
  const before = network.run(image);
  const after = network.run(image, surgery("denoiser.conv1.0", "denoiser.add1.long"));
  assert.notDeepEqual(after.denoised, before.denoised);
  assert.deepEqual(network.run(image), before);
});

test("a map that is switched off holds zeros, its neighbours what they held", () => {
  const network = opened();
  network.run(image);
  const before = network.read(2).slice();
  network.run(image, surgery(nameOfMap("denoiser", layer("conv1"), 1)));
  const after = network.read(2);
  const expected = before.map((value, i) => (i % 3 === 1 ? 0 : value));
  assert.deepEqual([...after], [...expected]);
});

test("a block that is switched off hands on what it was given, a shortcut only what it makes", () => {
  const network = opened();
  network.run(image, surgery(nameOfWay("denoiser", layer("add1"), "long")));
  assert.deepEqual([...network.read(6)], [...network.read(2)]);
  network.run(image, surgery(nameOfWay("denoiser", layer("add1"), "short")));
  assert.deepEqual([...network.read(6)], [...network.read(5)]);
  // What is hidden from one layer is there for the others.
  assert.ok(network.read(2).some(Boolean));
});

test("a skip connection that is switched off leaves what comes from below", () => {
  const network = opened();
  network.run(image, surgery(nameOfWay("denoiser", layer("add2"), "short")));
  assert.deepEqual([...network.read(10)], [...network.read(9)]);
});

test("names of parts that there are not mean nothing", () => {
  const names = ["denoiser.conv1.3", "denoiser.up2.0", "nobody.conv1.0", "denoiser.conv1.short"];
  for (const name of [...names, "denoiser.conv1.0.0", "", "denoiser.add1.constructor"]) {
    assert.deepEqual(surgery(name), { maps: [], inputs: [] });
  }
});

test("a part of a network runs on its own, over a value that is given", () => {
  const network = opened();
  const { denoised, logits } = network.run(image);
  network.compute(13, new Float32Array(SIDE * SIDE), pathOf(description, 13, 22));
  assert.notDeepEqual(network.read(22).slice(), logits);
  network.compute(13, denoised, pathOf(description, 13, 22));
  assert.deepEqual(network.read(22).slice(), logits);
});

test("a pixel sees exactly those input pixels that can change it", () => {
  // Of one sign, nothing is lost in a ReLU, nor by cancelling.
  const sized = floats.map((weights) => weights.map((weight) => Math.abs(weight) + 0.1));
  const positive = new Network(description, sized);
  for (const [id, y, x] of [
    ["conv1", 0, 13],
    ["conv2", 6, 6],
    ["add1", 2, 9],
    ["conv4", 3, 0],
    ["up1", 7, 4],
    ["add2", 13, 13],
  ]) {
    const { out, shape } = layer(id);
    const at = (y * shape[1] + x) * shape[2];
    positive.run(image);
    const before = positive.read(out)[at];
    const seen = [];
    for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
      positive.run(image.map((value, i) => (i === pixel ? value + 100 : value)));
      if (positive.read(out)[at] !== before) seen.push(pixel);
    }
    const [rows, columns] = [seen.map((i) => Math.floor(i / SIDE)), seen.map((i) => i % SIDE)];
    assert.deepEqual(receptiveField(description, out, { y, x }, 0), {
      top: Math.min(...rows),
      bottom: Math.max(...rows) + 1,
      left: Math.min(...columns),
      right: Math.max(...columns) + 1,
    });
  }
});

test("what averages sees everything, what is cut off sees nothing", () => {
  const whole = { top: 0, bottom: SIDE, left: 0, right: SIDE };
  assert.deepEqual(receptiveField(description, 22, { y: 0, x: 0 }, 13), whole);
  const cuts = surgery("denoiser.add2.long");
  const field = (given) => receptiveField(description, 10, { y: 6, x: 6 }, 0, given);
  assert.ok(field(cuts).bottom - field(cuts).top < field().bottom - field().top);
  const blind = surgery("denoiser.add2.long", "denoiser.add1.long", "denoiser.add1.short");
  assert.equal(field(blind), null);
});

test("blanking nothing changes nothing", () => {
  const network = opened();
  const { denoised, logits } = network.run(image);
  assert.deepEqual(blank(denoised, 5, 5, 0), denoised);
  network.compute(13, blank(denoised, 5, 5, 0), pathOf(description, 13, 22));
  assert.deepEqual(network.read(22).slice(), logits);
  const paper = new Float32Array(SIDE * SIDE);
  const question = { given: 13, wanted: 22, picture: paper, side: 7 };
  const answers = [...blankEach(network, question)].map(({ answer }) => [...answer]);
  assert.equal(new Set(answers.map(String)).size, 1);
});

test("patches tile the image, each blank in its turn", () => {
  for (const side of PATCHES) {
    const question = { given: 13, wanted: 22, picture: image, side };
    const found = [...blankEach(opened(), question)];
    assert.equal(found.length, (SIDE / side) ** 2);
    const { top, left, answer } = found[found.length - 1];
    const network = opened();
    network.run(image);
    network.compute(13, blank(image, top, left, side), pathOf(description, 13, 22));
    assert.deepEqual(answer, network.read(22).slice());
    const blanked = blank(image, top, left, side).filter((value, i) => value !== image[i]);
    assert.ok(blanked.length <= side * side);
  }
});

test("decibels are those of the mean squared error", () => {
  assertClose([decibels([0, 1, 0, 1], [0.1, 0.9, 0.1, 0.9])], [20]);
  assert.equal(decibels([0, 1], [0, 1]), Number.POSITIVE_INFINITY);
});
