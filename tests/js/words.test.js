// Promises of how a page words names or numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, textOf } from "../../web/lib/base64.js";
import { number, percent, title } from "../../web/lib/words.js";

test("a kind of noise is titled by its name", () => {
  assert.equal(title("salt_and_pepper"), "Salt and pepper");
  assert.equal(title("gaussian"), "Gaussian");
});

test("what is nearly certain is not called certain", () => {
  assert.deepEqual([0, 0.004, 0.5, 0.994, 0.995, 1].map(percent), [
    "0%",
    "0%",
    "50%",
    "99%",
    "> 99%",
    "100%",
  ]);
});

test("small numbers are written in letters", () => {
  assert.deepEqual([1, 2, 5, 10, 11, 345].map(number), ["1", "two", "five", "ten", "11", "345"]);
});

test("bytes become text that becomes the same bytes", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(bytesOf(textOf(bytes)), bytes);
  assert.throws(() => bytesOf("%"));
});
