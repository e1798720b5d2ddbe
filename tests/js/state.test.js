// Promises of the state in an address: it comes back whole, nothing hostile comes in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PIXELS } from "../../web/lib/canvas.js";
import { GRID } from "../../web/lib/drawn.js";
import { KINDS } from "../../web/lib/noise.js";
import { Parts } from "../../web/lib/parts.js";
import { read, write } from "../../web/lib/state.js";

const CATEGORIES = ["cat", "fish", "coffee cup", "t-shirt", "The Eiffel Tower"];
const PICKS = [
  { category: "fish", number: 3 },
  { category: "coffee cup", number: 8 },
];
const START = {
  drawing: { type: "pick", category: "fish", number: 3 },
  kind: "gaussian",
  level: 0.75,
  seed: 1,
  chosen: [0, 1],
};
const readOver = (text) => read(new Parts(text), START, CATEGORIES, PICKS);

const levels = Uint8Array.from({ length: PIXELS }, (_, i) => (i * 7919) % 256);
for (const [name, change] of [
  ["a pick with a space in its name", { drawing: { type: "pick", ...PICKS[1] } }],
  [
    "strokes to the edge of the grid",
    {
      drawing: {
        type: "strokes",
        strokes: [
          [
            [0, GRID - 1],
            [63, 64],
          ],
          [[2048, 1]],
        ],
      },
    },
  ],
  ["an empty surface", { drawing: { type: "strokes", strokes: [] } }],
  ["an image of every grey", { drawing: { type: "image", pixels: levels } }],
  ["every category", { chosen: [0, 1, 2, 3, 4] }],
  ["some categories in an order of their own", { chosen: [4, 2, 3] }],
  ["the ends of the level", { level: 2 }],
  ["no noise", { level: 0 }],
  ["the largest seed", { seed: 2 ** 31 - 1 }],
]) {
  test(`${name}: what is written is read again`, () => {
    const state = { ...START, ...change };
    const parts = new Parts(write(state, CATEGORIES));
    assert.deepEqual(read(parts, START, CATEGORIES, PICKS), state);
    assert.ok(parts.areUnderstood);
  });
}

test("categories with commas or quotation marks in their names come back", () => {
  const own = ["salt, pepper", 'a 5" nail', "cat", '"quoted"', "猫、犬", ","];
  for (const chosen of [
    [0, 2],
    [5, 3],
    [4, 1, 0],
  ]) {
    const parts = new Parts(write({ ...START, chosen }, own));
    assert.deepEqual(read(parts, START, own, PICKS).chosen, chosen);
  }
});

test("every kind of noise comes back", () => {
  for (const kind of Object.keys(KINDS)) {
    assert.equal(readOver(write({ ...START, kind }, CATEGORIES)).kind, kind);
  }
});

test("an address can be read by people", () => {
  const state = { ...START, chosen: [2, 0], drawing: { type: "pick", ...PICKS[1] } };
  assert.equal(
    write(state, CATEGORIES),
    "pick=coffee+cup.8&kind=gaussian&level=0.75&seed=1&categories=coffee+cup,cat",
  );
});

test("an address of letters that any address may hold", () => {
  const state = { ...START, drawing: { type: "image", pixels: levels } };
  assert.match(write(state, CATEGORIES), /^[\w=&.,+-]+$/);
});

test("an empty address changes nothing", () => {
  assert.deepEqual(readOver(""), START);
});

for (const text of [
  "pick=fish.999",
  "pick=fish",
  "pick=constructor.3",
  "pick=fish.3.3",
  "strokes=AA!&seed=-1",
  "strokes=AAAAA",
  "strokes=..",
  "strokes=%00%00%00%00",
  `strokes=${"A".repeat(50_000)}`,
  "image=%00",
  "image=AAAA",
  `image=${"A".repeat(2_000_000)}`,
  "kind=toString",
  "kind=__proto__",
  "kind=hasOwnProperty",
  "kind=",
  "level=7",
  "level=-1",
  "level=NaN",
  "level=Infinity",
  "level=",
  "level=1e999",
  "seed=1.5",
  "seed=-3",
  "seed=2147483648",
  "seed=",
  "categories=",
  "categories=cat",
  "categories=cat,cat",
  "categories=length,__proto__,constructor",
  "__proto__=1&constructor=2&unknown=3",
  "%E0%A4%A",
  "&&&===#?",
  "<script>alert(1)</script>",
]) {
  test(`${text.slice(0, 40)} is answered with the start`, () => {
    const parts = new Parts(text);
    assert.deepEqual(read(parts, START, CATEGORIES, PICKS), START);
    assert.equal(parts.areUnderstood, false);
    assert.equal({}.polluted, undefined);
  });
}

test("what makes sense is taken beside what does not", () => {
  const state = readOver("level=9&kind=speckle&seed=x&categories=cat,nothing,t-shirt&pick=cup.1");
  assert.deepEqual(state, { ...START, kind: "speckle", chosen: [0, 3] });
});

test("reading leaves the state that it was given as it was", () => {
  const given = structuredClone(START);
  read(new Parts("level=1&categories=all&strokes="), given, CATEGORIES, PICKS);
  assert.deepEqual(given, START);
});

test("an image in the address goes before strokes, strokes before a pick", () => {
  const image = write({ ...START, drawing: { type: "image", pixels: levels } }, CATEGORIES);
  assert.equal(readOver(`pick=coffee+cup.8&strokes=AAAA&${image}`).drawing.type, "image");
  assert.equal(readOver("pick=coffee+cup.8&strokes=AAAA").drawing.type, "strokes");
});
