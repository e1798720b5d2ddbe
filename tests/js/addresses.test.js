// Promises of the states of explorables in an address: they come back whole, nothing hostile comes in.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  PRESETS as DOUBTS,
  read as readDoubt,
  shift,
  write as writeDoubt,
} from "../../web/lib/doubt.js";
import { readDrawing, shorten } from "../../web/lib/drawn.js";
import {
  join,
  numbersWithin,
  numberWithin,
  oneOf,
  Parts,
  wholeWithin,
} from "../../web/lib/parts.js";
import { PRESETS, place, presetOf, read, write } from "../../web/lib/sliding.js";

const PICKS = [{ category: "cat", number: 3 }];
const START = {
  drawing: { type: "pick", ...PICKS[0] },
  filter: PRESETS.upright,
  stride: 1,
  padding: "none",
  relu: false,
  pool: false,
  at: [11, 17],
  whole: false,
};
const NAMES = ["cat", "fish", "coffee cup"];
const DOUBT = { logits: [1, 0, -1.5], temperature: 1, right: 0 };

test("a part is taken once it makes sense; what is left was not understood", () => {
  const parts = new Parts("a=1&b=x&c=3");
  assert.equal(parts.take("a", numberWithin(0, 5), 0), 1);
  assert.equal(parts.take("b", numberWithin(0, 5), 2), 2);
  assert.equal(parts.take("d", numberWithin(0, 5), 4), 4);
  assert.deepEqual([...parts.refused], ["b", "c"]);
  assert.equal(parts.areUnderstood, false);
  assert.equal(new Parts("").areUnderstood, true);
});

test("parts of which nobody knows any are foreign: a place on the page", () => {
  for (const [text, isForeign] of [
    ["", true],
    ["main-content", true],
    ["other=1&nothing", true],
    ["a=1", false],
    ["a=makes-no-sense&other=2", false],
  ]) {
    const parts = new Parts(text);
    parts.take("a", numberWithin(0, 5), 0);
    assert.equal(parts.areForeign, isForeign, text);
  }
});

test("strokes too long for an address are left out of it, but kept by the page", () => {
  const strokes = "ABCD".repeat(10_001);
  const text = `strokes=${strokes}&level=1`;
  assert.equal(shorten(text), "level=1");
  assert.equal(shorten(`strokes=${strokes.slice(4)}&level=1`).length, 8 + 40_000 + 8);
  const given = { type: "strokes", strokes: [] };
  assert.equal(readDrawing(new Parts(text), [], given), given);
  const kept = readDrawing(new Parts(text, { isOwn: true }), [], given);
  assert.equal(kept.strokes[0].length, 10_001);
});

test("readers of numbers refuse what is none, or beyond the range", () => {
  const number = numberWithin(-2, 2);
  assert.deepEqual([number("-2"), number(" 1.5 "), number("0")], [-2, 1.5, 0]);
  for (const text of ["", " ", "x", "NaN", "2.1", "-Infinity", "1e999", "1,1"]) {
    assert.equal(number(text), undefined, text);
  }
  assert.equal(wholeWithin(0, 5)("2"), 2);
  assert.equal(wholeWithin(0, 5)("2.5"), undefined);
  assert.deepEqual(numbersWithin(2, 0, 5)("1,2"), [1, 2]);
  for (const text of ["1", "1,2,3", "1,", "1,x", ",".repeat(100_000)]) {
    assert.equal(numbersWithin(2, 0, 5)(text), undefined, text.slice(0, 10));
  }
  assert.equal(oneOf(["on", "off"])("off"), "off");
  assert.equal(oneOf(["on", "off"])("toString"), undefined);
});

test("parts are written so that people can read them", () => {
  assert.equal(join({ pick: "coffee cup.3", at: "1,2", on: 1 }), "pick=coffee+cup.3&at=1,2&on=1");
});

for (const [name, change] of [
  ["every preset by its name", { filter: PRESETS.blur }],
  ["a filter of one's own", { filter: [1, -2.5, 0, 0.1, 9, -9, 0, 0, 0.25] }],
  ["stride, padding", { stride: 2, padding: "same", at: [13, 13] }],
  ["switches", { relu: true, pool: true, whole: true }],
  ["the first place", { at: [0, 0] }],
  ["strokes", { drawing: { type: "strokes", strokes: [[[1, 2]]] } }],
]) {
  test(`slide a filter: ${name}: what is written is read again`, () => {
    const state = { ...START, ...change };
    const parts = new Parts(write(state));
    assert.deepEqual(read(parts, START, PICKS), state);
    assert.ok(parts.areUnderstood);
  });
}

for (const text of [
  "filter=toString",
  "filter=__proto__",
  "filter=1,2,3",
  "filter=1,2,3,4,5,6,7,8,10",
  "filter=1,2,3,4,5,6,7,8,NaN",
  "stride=3",
  "stride=0",
  "padding=valid",
  "relu=true",
  "pool=1",
  "at=1",
  "at=-1,0",
  "at=0,28",
  "map=all",
  "pick=cat.4",
  "unknown=1",
]) {
  test(`slide a filter: ${text} is answered with the start, not understood`, () => {
    const parts = new Parts(text);
    assert.deepEqual(read(parts, START, PICKS), START);
    assert.equal(parts.areUnderstood, false);
  });
}

test("a window's place is kept on the map, whatever its size", () => {
  assert.deepEqual(read(new Parts("at=20,27&stride=2"), START, PICKS).at, [12, 12]);
  assert.deepEqual(place(START, -3, 99), [0, 25]);
  assert.deepEqual(place({ ...START, padding: "same" }, 1.4, 99), [1, 27]);
});

test("a preset is known by its weights", () => {
  for (const [name, filter] of Object.entries(PRESETS)) {
    assert.equal(presetOf([...filter]), name);
  }
  assert.equal(presetOf([0, 0, 0, 0, 0, 0, 0, 0, 1]), undefined);
});

test("softmax: what is written is read again", () => {
  const state = { logits: [-25, 0.1, 25], temperature: 0.3, right: 2 };
  const text = writeDoubt(state, NAMES);
  assert.equal(text, "logits=-25,0.1,25&temperature=0.3&right=coffee+cup");
  assert.deepEqual(readDoubt(new Parts(text), DOUBT, NAMES), state);
});

for (const text of [
  "logits=1,2",
  "logits=1,2,26",
  "logits=1,2,x",
  "temperature=0",
  "temperature=-1",
  "temperature=99",
  "right=constructor",
  "right=",
  "right=3",
]) {
  test(`softmax: ${text} is answered with the start, not understood`, () => {
    const parts = new Parts(text);
    assert.deepEqual(readDoubt(parts, DOUBT, NAMES), DOUBT);
    assert.equal(parts.areUnderstood, false);
  });
}

test("presets are sure of the right name, of another, of none", () => {
  for (let right = 0; right < 5; right += 1) {
    const [good, bad, even] = ["sure_and_right", "sure_and_wrong", "undecided"].map((name) =>
      DOUBTS[name](right, 5),
    );
    assert.equal(good.indexOf(Math.max(...good)), right);
    assert.notEqual(bad.indexOf(Math.max(...bad)), right);
    assert.equal(new Set(even).size, 1);
    for (const logits of [good, bad, even]) assert.equal(logits.length, 5);
  }
});

test("all logits are shifted, or none", () => {
  assert.deepEqual(shift([1, -2.3, 24], 1), [2, -1.3, 25]);
  assert.equal(shift([1, -2.3, 24.5], 1), null);
});
