// Promises about the address of a page that opens networks: it brings all back, no nonsense does harm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { read, settle, write } from "../../web/lib/inspection.js";
import { layersOf } from "../../web/lib/layers.js";
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
  assert.deepEqual(read(text, START, known), { inspection: looking, refused: [] });
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
  "pixel=14.0",
  "pixel=1",
  "pixel=1.2.3",
  "pixel=NaN.NaN",
  "off=denoiser.conv1.99",
  "off=<script>",
  `off=${"denoiser.conv1.0,".repeat(600)}x`,
  "why=unicorn",
  "patch=3",
  "patch=0",
  "level=7",
  "level=",
  "kind=toString",
  "seed=-1",
  "pick=cat.999",
  "strokes=AA!",
  "image=%00",
  "categories=cat,unicorn",
]) {
  test(`nonsense changes nothing, but is told: ${part.slice(0, 30)}`, () => {
    const { inspection, refused } = read(`${part}&why=cup`, START, known);
    const isWhy = part.startsWith("why");
    assert.deepEqual(refused, [part.split("=")[0]]);
    if (!isWhy && !part.startsWith("categories")) {
      assert.deepEqual(inspection, { ...START, why: "cup" });
    }
  });
}

test("a part that goes with a refused one is refused, too", () => {
  const { inspection, refused } = read("network=nobody&layer=pool1", START, known);
  assert.deepEqual(refused, ["network", "layer"]);
  assert.deepEqual(inspection, START);
});

test("going to another layer, a map or a pixel that it lacks is exchanged for one that it has", () => {
  const found = settle({ ...START, layer: "conv4", map: 99, pixel: [13, 2] }, subjects);
  assert.deepEqual([found.layer, found.map, found.pixel], ["conv4", 0, [6, 2]]);
  assert.equal(settle({ ...START, network: "classifier", layer: "up2" }, subjects).layer, "conv1");
});
