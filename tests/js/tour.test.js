// Promises of the guided tour's cards: each is done by the act that it asks for, by nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CARDS,
  PAGES,
  readPlace,
  readProgress,
  stateOf,
  writeProgress,
} from "../../web/lib/tour.js";

const pick = (category, number) => ({ type: "pick", category, number });
const strokes = (...all) => ({ type: "strokes", strokes: all });
const A = [
  [1, 2],
  [3, 4],
];
const B = [
  [5, 6],
  [7, 8],
];
const FIVE = ["cat", "cup", "fish", "jacket", "pineapple"];
const MANY = Array.from({ length: 345 }, (_, i) => `name ${i}`);
const SAID = { chosen: [{ name: "cat", share: 0.9 }] };
const PLAYED = {
  ...{ drawing: pick("fish", 3), kind: "gaussian", level: 0.75, seed: 1, categories: FIVE },
  ...{ direct: SAID, chain: SAID },
};
const LOOKED = {
  ...{ network: "denoiser", layer: "conv1", layerTitle: "Convolution 1", map: 3, pixel: [4, 5] },
  ...{ off: 0, skips: 0, why: "", named: "cat", decibels: 22, whole: 22 },
};

// What a reader may do, as changes of what is told: of each page's every act once or more.
const ACTS = {
  playground: {
    draw: { drawing: strokes(A) },
    pick: { drawing: pick("cat", 3) },
    other: { drawing: pick("cup", 3) },
    clear: { drawing: strokes() },
    level: { level: 1.2 },
    little: { level: 0.9 },
    seed: { seed: 2 },
    salt: { kind: "salt_and_pepper" },
    speckle: { kind: "speckle" },
    all: { categories: MANY },
    few: { categories: FIVE.slice(0, 3) },
  },
  "look-inside": {
    layer: { layer: "conv5", layerTitle: "Convolution 5", pixel: [2, 2] },
    map: { map: 9 },
    pixel: { pixel: [4, 6] },
    block: { off: 1 },
    skip: { off: 1, skips: 1 },
    network: { network: "autoencoder", layer: "pool1", pixel: [1, 1] },
    other: { network: "classifier", layer: "conv2", pixel: [0, 1] },
    why: { why: "fish" },
    same: { why: "cat" },
    redraw: { named: "cup", decibels: 20 },
  },
};
const WANTED = [
  "draw",
  "pick",
  "level",
  "seed",
  "salt",
  "all",
  "layer",
  "pixel",
  "skip",
  null,
  "network",
  "why",
];

test("a dozen cards, on two pages in turn", () => {
  assert.equal(CARDS.length, 12);
  assert.deepEqual([...new Set(CARDS.map(({ page }) => page))], [...PAGES]);
});

for (const [i, { page, card }] of CARDS.entries()) {
  test(`card ${i + 1}, “${card.title}”, is done by its act alone`, () => {
    const start = page === "playground" ? PLAYED : LOOKED;
    for (const [act, change] of Object.entries(ACTS[page])) {
      const now = { ...start, ...change };
      assert.equal(card.isDone(now, start, start), act === WANTED[i], act);
      // Nothing more has been done.
      assert.ok(!card.isDone(now, now, start), act);
    }
    assert.ok(card.ask && card.where && card.see);
    assert.doesNotMatch(card.tell(start), /undefined|NaN|null/);
  });
}

test("mending is to switch on what was off, whatever it was", () => {
  const { card } = CARDS.find((one) => one.card.title === "Mend it");
  const cut = { ...LOOKED, off: 2, skips: 1 };
  assert.ok(card.isSo(LOOKED));
  assert.ok(!card.isDone({ ...cut, off: 1 }, cut, cut));
  assert.ok(card.isDone(LOOKED, cut, cut));
});

test("undoing brings strokes back, and draws nothing", () => {
  const { card } = CARDS[0];
  const [one, none] = [strokes(A), strokes()].map((drawing) => ({ ...PLAYED, drawing }));
  const two = { ...PLAYED, drawing: strokes(A, B) };
  assert.ok(!card.isDone(one, none, one));
  assert.ok(card.isDone(two, one, one));
  assert.ok(card.isDone(two, none, one));
});

test("what is told holds without an answer, too", () => {
  for (const { page, card } of CARDS) {
    const empty =
      page === "playground"
        ? { ...PLAYED, direct: null, chain: null }
        : { ...LOOKED, named: "nothing", decibels: Number.NaN, whole: Number.NaN };
    assert.doesNotMatch(card.tell(empty), /undefined|NaN|null/);
  }
});

test("the second page opens with the first one's drawing", () => {
  assert.equal(stateOf("look-inside", PLAYED), "pick=fish.3&level=0.5&seed=1");
  assert.equal(stateOf("look-inside", null), "");
  assert.equal(stateOf("playground", PLAYED), "");
});

test("how far it has come is kept as text, torn text is none", () => {
  for (const progress of [
    { place: 1, isOn: true },
    { place: 12, isOn: false },
  ]) {
    assert.deepEqual(readProgress(writeProgress(progress)), progress);
  }
  for (const torn of [null, "", "on", "on 0", "on 13", "off 3", "on 3 4", "on 1e1", "on -1"]) {
    assert.equal(readProgress(torn), null, torn);
  }
  assert.equal(readPlace("7"), 7);
  assert.equal(readPlace("__proto__"), null);
});
