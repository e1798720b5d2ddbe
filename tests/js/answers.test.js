// Promises of checked answers: a page judges as Python does, by the table that both are held to.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { judgeChoice, judgeNumber, phrases, readNumbers } from "../../web/lib/answers.js";

const CASES = JSON.parse(readFileSync(new URL("exercise_cases.json", import.meta.url), "utf-8"));

for (const { key, answers } of CASES) {
  for (const { answer, right, said } of answers) {
    test(`${key.name}: ${JSON.stringify(answer)} is ${right ? "right" : "wrong"}`, () => {
      const judged = key.choices ? judgeChoice(key, answer) : judgeNumber(key, answer);
      assert.deepEqual(judged, { right, said });
    });
  }
}

test("every reading of what a person may have written, the likeliest first", () => {
  assert.deepEqual(readNumbers("1,250"), [1250, 1.25]);
  assert.deepEqual(readNumbers("1.250"), [1.25, 1250]);
  assert.deepEqual(readNumbers("0,250"), [0.25]);
  assert.deepEqual(readNumbers("12 %"), [0.12, 12]);
  assert.deepEqual(readNumbers("12 %", "%"), [12]);
  assert.deepEqual(readNumbers("1,250.5"), [1250.5]);
  assert.deepEqual(readNumbers("1.250,5 dB", "dB"), [1250.5]);
});

for (const text of ["", " ", "-", ".", ",", "1e", "e5", "1-2", "--1", "0x10", "NaN", "Infinity"]) {
  test(`${JSON.stringify(text)} is no number`, () => {
    assert.deepEqual(readNumbers(text), []);
  });
}

test("code stands between backticks, of which a single one is only itself", () => {
  assert.deepEqual(phrases("the `mean` of"), [
    { text: "the ", isCode: false },
    { text: "mean", isCode: true },
    { text: " of", isCode: false },
  ]);
  assert.deepEqual(phrases("a ` b"), [{ text: "a ` b", isCode: false }]);
});
