// Promises of the rounds against the network: fair dealing, honest counting, nothing hostile comes in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addNoise } from "../../web/lib/noise.js";
import { Parts } from "../../web/lib/parts.js";
import {
  deal,
  drown,
  LAST_ROUND,
  nextRound,
  PER_ROUND,
  read,
  readRecords,
  seedOf,
  tally,
  total,
  withAnswer,
  write,
} from "../../web/lib/rounds.js";
import { wilson } from "../../web/lib/wilson.js";
import { assertClose } from "./helpers.js";

const COUNT = 100;
const NAMES = 5;
const START = { round: 1, drawing: 1, answers: "" };
const readOver = (text, given = START) => read(new Parts(text), given, NAMES);
const full = "1".repeat(PER_ROUND);

/** Drawing i shows name i % 5; the network always says the first name, at the last level the right one. */
const CONTEST = {
  names: ["cat", "fish", "cup", "owl", "t-shirt"],
  levels: [0.5, 2],
  drawings: Array.from({ length: COUNT }, (_, i) => {
    const right = [0, 1, 2, 3, 4].map((name) => (name === i % 5 ? 9 : 1));
    return { label: i % 5, shares: [[9, 1, 1, 1, 1], right] };
  }),
};

test("no drawing comes again until all others have come; then all come in another order", () => {
  const rounds = Array.from({ length: 10 }, (_, i) => deal(i + 1, COUNT, 4));
  const placesOf = (some) => some.flat().map(({ place }) => place);
  const [first, second] = [placesOf(rounds.slice(0, 5)), placesOf(rounds.slice(5))];
  for (const places of [first, second]) assert.equal(new Set(places).size, COUNT);
  assert.notDeepEqual(first, second);
});

test("every level comes equally often in a round, in no fixed order", () => {
  const orders = new Set();
  for (let round = 1; round <= 20; round += 1) {
    const levels = deal(round, COUNT, 5).map(({ level }) => level);
    for (let level = 0; level < 5; level += 1) {
      assert.equal(levels.filter((one) => one === level).length, PER_ROUND / 5);
    }
    orders.add(String(levels));
  }
  assert.equal(orders.size, 20);
});

test("a round is the same for whoever asks", () => {
  assert.deepEqual(deal(7, COUNT, 5), deal(7, COUNT, 5));
});

test("a drawing that is left over by a round is dealt in another", () => {
  const dealt = Array.from({ length: 40 }, (_, i) => deal(i + 1, 47, 5)).flat();
  assert.equal(new Set(dealt.map(({ place }) => place)).size, 47);
});

test("a drawing has its own noise: gaussian, of its seed", () => {
  const pixels = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
  const clean = Float32Array.from(pixels, (value) => value / 255);
  assert.deepEqual(drown(pixels, 3, 1.5), addNoise(clean, 1.5, "gaussian", seedOf(3)));
  assert.notDeepEqual(drown(pixels, 3, 1.5), drown(pixels, 4, 1.5));
});

test("what was named right is counted by level, for both on the same drawings", () => {
  const cards = deal(3, COUNT, 2).slice(0, 12);
  const answers = cards.map(({ place }, i) => (i % 3 ? (place % 5) + 1 : ((place + 1) % 5) + 1));
  const counts = tally(CONTEST, { 3: answers.join("") });
  for (const [level, count] of counts.entries()) {
    const here = [...cards.keys()].filter((i) => cards[i].level === level);
    assert.equal(count.n, here.length);
    assert.equal(count.you, here.filter((i) => i % 3).length);
    const network = level ? here : here.filter((i) => cards[i].place % 5 === 0);
    assert.equal(count.network, network.length);
  }
  assert.deepEqual(total(counts), {
    n: 12,
    you: 8,
    network: counts[0].network + counts[1].network,
  });
});

test("rounds add up", () => {
  const [one, other, both] = [{ 1: full }, { 4: "12" }, { 1: full, 4: "12" }].map((records) =>
    total(tally(CONTEST, records)),
  );
  for (const key of ["n", "you", "network"]) assert.equal(both[key], one[key] + other[key]);
});

test("the next round is the first that is not finished", () => {
  assert.equal(nextRound({}), 1);
  assert.equal(nextRound({ 1: full, 2: "12" }), 2);
  assert.equal(nextRound({ 1: full, 2: "12" }, 2), 3);
  assert.equal(nextRound({ 1: full, 3: full }), 2);
  const all = Object.fromEntries(Array.from({ length: LAST_ROUND }, (_, i) => [i + 1, full]));
  assert.equal(nextRound(all), LAST_ROUND);
});

test("an answer is added to its round; a second answer to a drawing changes nothing", () => {
  const records = withAnswer({ 2: "31" }, { round: 2, drawing: 3, answers: "31" }, "5");
  assert.deepEqual(records, { 2: "315" });
  assert.deepEqual(withAnswer({}, START, "4"), { 1: "4" });
  for (const answers of ["", "3", "12", "3151"]) {
    const again = withAnswer(records, { round: 2, drawing: answers.length + 1, answers }, "1");
    assert.equal(again, records);
  }
});

test("answers that came with an address are never taken for the reader's own", () => {
  const records = { 1: "2" };
  assert.equal(withAnswer(records, { round: 5, drawing: 4, answers: "123" }, "1"), records);
});

test("what was kept is read again", () => {
  const records = { 1: full, 12: "2513" };
  assert.deepEqual(readRecords(JSON.stringify(records), NAMES), records);
});

for (const text of [
  null,
  "",
  "{",
  "null",
  "7",
  '"1234"',
  "[[1]]",
  '{"0":"1","1001":"1","x":"1","1.5":"2"}',
  '{"1":"6","2":"0","3":"1x","4":""}',
  `{"1":"${full}1"}`,
  '{"1":null,"2":{"a":1},"__proto__":"1","constructor":"1"}',
]) {
  test(`kept ${String(text).slice(0, 30)} is nothing`, () => {
    assert.deepEqual(readRecords(text, NAMES), {});
    assert.equal({}.polluted, undefined);
  });
}

for (const state of [
  START,
  { round: LAST_ROUND, drawing: 3, answers: "15" },
  { round: 2, drawing: 1, answers: "15" },
  { round: 2, drawing: PER_ROUND, answers: full },
]) {
  test(`${write(state)} is read again`, () => {
    const parts = new Parts(write(state));
    assert.deepEqual(read(parts, START, NAMES), state);
    assert.ok(parts.areUnderstood);
  });
}

test("an address can be read by people", () => {
  assert.equal(write({ round: 3, drawing: 3, answers: "24" }), "round=3&drawing=3&answers=24");
});

test("a round alone begins at its first drawing, whatever was answered to another", () => {
  const given = { round: 1, drawing: 3, answers: "12" };
  assert.deepEqual(readOver("round=4", given), { round: 4, drawing: 1, answers: "" });
});

for (const text of [
  "round=0",
  "round=1001",
  "round=1.5",
  "round=NaN",
  "drawing=2",
  "drawing=0",
  "answers=6",
  "answers=0",
  "answers=1,2",
  "answers=%00",
  "answers=١",
  `answers=${full}1`,
  `answers=${"1".repeat(1_000_000)}`,
  "__proto__=1&constructor=2",
  "<script>alert(1)</script>",
]) {
  test(`${text.slice(0, 40)} is answered with the start`, () => {
    const parts = new Parts(text);
    assert.deepEqual(read(parts, START, NAMES), START);
    assert.equal(parts.areUnderstood, false);
  });
}

test("no drawing beyond the first unnamed one is shown", () => {
  assert.equal(readOver("answers=12&drawing=9").drawing, 3);
  assert.equal(readOver("answers=12&drawing=2").drawing, 2);
});

test("an interval holds the share, is even about a half, ends at none or all", () => {
  assertClose(wilson(5, 10), [0.2366, 0.7634], 1e-4);
  assert.equal(wilson(0, 4)[0], 0);
  assert.equal(wilson(4, 4)[1], 1);
  assertClose(
    wilson(1, 4),
    wilson(3, 4)
      .map((end) => 1 - end)
      .reverse(),
    1e-12,
  );
});

test("what is no share has no interval", () => {
  for (const [right, n] of [
    [0, 0],
    [5, 4],
    [-1, 4],
    [Number.NaN, 4],
  ]) {
    assert.throws(() => wilson(right, n), RangeError);
  }
});
