// Promises about how layers are called: a reader knows each by what it does, what it is made of.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  blocksOf,
  figure,
  mapsOf,
  rangeOf,
  signed,
  titleOf,
  workOf,
} from "../../web/lib/layer_words.js";
import { layersOf } from "../../web/lib/layers.js";
import { description } from "./small_networks.js";

const denoiser = layersOf(description, 0, 13);
const classifier = layersOf(description, 13, 22);

test("each layer of a network has a title of its own", () => {
  for (const layers of [denoiser, classifier]) {
    const titles = layers.map((layer) => titleOf(layer, layers));
    assert.equal(new Set(titles).size, titles.length);
  }
  assert.deepEqual([...blocksOf(denoiser)], [["add1", 1]]);
  const titles = denoiser.map((layer) => titleOf(layer, denoiser));
  assert.deepEqual(titles.slice(0, 5), [
    "Convolution 1",
    "Convolution 2 (block 1)",
    "Convolution 3 (block 1)",
    "Sum after block 1",
    "Convolution 4",
  ]);
  assert.equal(titles[6], "Sum with the skip connection");
  assert.equal(titleOf(classifier[0], classifier), "Convolution");
});

test("between which numbers colours lie is told however small they are, a picture's from 0", () => {
  assert.equal(rangeOf(0.974, true), "−0.97 to 0.97");
  assert.equal(rangeOf(0.00312, true), "−0.00312 to 0.00312");
  assert.equal(rangeOf(12, false), "0 to 12.00");
});

test("what a layer does is told with its window, its stride, its learned numbers", () => {
  assert.equal(
    workOf(denoiser[0], description),
    "A window of 4 × 4 over one map, moved 2 pixels at a time, then ReLU. 51 learned numbers.",
  );
  assert.match(workOf(denoiser[7], description), /^Each pixel of 3 maps paints .* sigmoid\. 49 /);
  assert.match(workOf(classifier[1], description), /largest of each window of 2 × 2\.$/);
  assert.match(workOf(classifier[6], description), /all 2 numbers before it\. 12 learned numbers/);
  for (const layer of [...denoiser, ...classifier]) assert.ok(workOf(layer, description));
});

test("maps are counted with their size, lone numbers as numbers", () => {
  assert.equal(mapsOf(denoiser[0]), "3 maps of 14 × 14");
  assert.equal(mapsOf(denoiser[7]), "1 map of 28 × 28");
  assert.equal(mapsOf(classifier[5]), "2 numbers");
});

test("a number has a minus sign or none, never that of a zero", () => {
  assert.equal(figure(-1.234), "−1.23");
  assert.equal(figure(-0.001), "0.00");
  assert.equal(signed(-0.001), "+0.00");
  assert.equal(signed(2, 1), "+2.0");
});
