// Promises about the address of a page that opens networks: it brings all back, no nonsense does harm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { read, settle, write } from "../../web/lib/inspection.js";
import { layersOf } from "../../web/lib/layers.js";
import { Parts } from "../../web/lib/parts.js";
import { description } from "./small_networks.js";

const subjects = [
  { name: "denoiser", body: "denoiser", layers: layersOf(description, 0, 13) },
  { name: "classifier", body: "classifier", layers: layersOf(description, 13, 22) },
];
const { categories } = description;
const picks = [{ category: "The Mona Lisa", number: 3 }];
const known = { categories, picks, subjects };
const START = {
  drawing: { type: "strokes", strokes: [] },
  kind: "gaussian",
  level: 0.75,
  seed: 1,
  chosen: [0, 1],
  network: "denoiser",
  layer: "conv1",
  map: 0,
  pixel: [7, 7],
  off: [],
  why: "",
  patch: 4,
};

/** What an address comes to, with what in it made no sense. */
function reading(text) {
  const parts = new Parts(text);
  const inspection = read(parts, START, known);
  return { inspection, refused: [...parts.refused] };
}

test("an address brings back all that is looked at", () => {
  const looking = {
    ...START,
    drawing: { type: "pick", ...picks[0] },
    kind: "speckle",
    level: 1.25,
    seed: 77,
    chosen: [0, 1, 2, 3],
    network: "classifier",
    layer: "pool1",
    map: 1,
    pixel: [13, 2],
    off: ["denoiser.conv2.1", "denoiser.add2.short", "classifier.conv1.0"],
    why: "The Mona Lisa",
    patch: 14,
  };
  const text = write(looking, categories);
  assert.deepEqual(reading(text), { inspection: looking, refused: [] });
});

for (const part of [
  "network=nobody",
  "network=constructor",
  "layer=conv99",
  "layer=__proto__",
  "map=3",
  "map=-1",
  "map=1e1",
  "map=99999999999999999999",
  "pixel=14,0",
  "pixel=1",
  "pixel=1,2,3",
  "pixel=NaN,NaN",
  "off=",
  "off=denoiser.conv1.99",
  "off=<script>",
  `off=${"denoiser.conv1.0,".repeat(600)}x`,
  "why=unicorn",
  "level=7",
  "level=",
  "kind=toString",
  "seed=-1",
  "pick=cat.999",
  "strokes=AA!",
  "image=%00",
  "categories=dog,unicorn",
]) {
  test(`nonsense changes nothing, but is told: ${part.slice(0, 30)}`, () => {
    const { inspection, refused } = reading(`${part}&patch=7`);
    assert.deepEqual(refused, [part.split("=")[0]]);
    assert.deepEqual(inspection, { ...START, patch: 7 });
  });
}

test("only sides of patches that tile the image make sense", () => {
  for (const side of ["3", "0", "28", "4.0", " 4"]) {
    assert.deepEqual(reading(`patch=${side}`).refused, ["patch"]);
  }
});

test("a part that goes with a refused one is refused, too", () => {
  const { inspection, refused } = reading("network=nobody&layer=pool1");
  assert.deepEqual(refused, ["network", "layer"]);
  assert.deepEqual(inspection, START);
});

test("going to another layer, a map or a pixel that it lacks is exchanged for one that it has", () => {
  const found = settle({ ...START, layer: "conv4", map: 99, pixel: [13, 2] }, subjects);
  assert.deepEqual([found.layer, found.map, found.pixel], ["conv4", 0, [6, 2]]);
  assert.equal(settle({ ...START, network: "classifier", layer: "up2" }, subjects).layer, "conv1");
});
