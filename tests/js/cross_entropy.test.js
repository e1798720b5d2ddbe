// Promises of the way from logits to a loss.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crossEntropy, softmaxSteps, surprise } from "../../web/lib/cross_entropy.js";
import { probabilities } from "../../web/lib/probabilities.js";
import { decimal, lossText, threeDigits } from "../../web/lib/words.js";
import { assertClose, randomFloats } from "./helpers.js";

const close = (found, expected, tolerance = 1e-12) => assertClose([found], [expected], tolerance);

test("two logits whose difference is log 3 share three to one", () => {
  const { powers, total, shares } = softmaxSteps([Math.log(3), 0], 1);
  assertClose(powers, [3, 1], 1e-12);
  close(total, 4);
  assertClose(shares, [0.75, 0.25], 1e-12);
});

test("the shares are those that the networks' logits are turned into", () => {
  const logits = [...randomFloats(7, 1)].map((value) => 20 * value);
  assertClose(softmaxSteps(logits, 1).shares, probabilities(logits, [...logits.keys()]), 1e-12);
});

test("what is added to all logits changes no share, no loss", () => {
  const logits = [2, -1, 0.5];
  const more = logits.map((logit) => logit + 7);
  assertClose(softmaxSteps(more, 1).shares, softmaxSteps(logits, 1).shares, 1e-12);
  close(crossEntropy(more, 1, 2), crossEntropy(logits, 1, 2));
});

test("a high temperature evens shares out, a low one sharpens them; their order stays", () => {
  const logits = [2, 1, -1];
  const [cold, plain, warm] = [0.2, 1, 5].map((t) => softmaxSteps(logits, t).shares);
  assert.ok(cold[0] > plain[0] && plain[0] > warm[0] && warm[0] > 1 / 3);
  for (const [a, b, c] of [cold, plain, warm]) assert.ok(a > b && b > c);
});

test("the loss is the surprise at the right name's share", () => {
  const logits = [2, -1, 0.5];
  const { shares } = softmaxSteps(logits, 1.7);
  for (const right of [0, 1, 2]) close(crossEntropy(logits, 1.7, right), surprise(shares[right]));
  close(surprise(1), 0);
  close(surprise(1 / Math.E), 1);
  close(crossEntropy([0, 0, 0, 0, 0], 1, 3), Math.log(5));
});

test("a loss is exact where the share is too small for a number", () => {
  assert.equal(softmaxSteps([25, -25, 0], 0.05).shares[1], 0);
  close(crossEntropy([25, -25, 0], 0.05, 1), 1000);
  assert.ok(Object.is(crossEntropy([25, -25], 0.1, 0), 0));
});

test("numbers are worded with a true minus, without zeros at the end", () => {
  assert.deepEqual(
    [-1.5, 2, -0.001, 0.126, -1 / 9].map((value) => decimal(value)),
    ["−1.5", "2", "0", "0.13", "−0.11"],
  );
  assert.equal(decimal(0.1264, 3), "0.126");
});

test("very large or small numbers are worded by powers of ten", () => {
  assert.deepEqual(
    [7.389, 0.1353, 54_321.4, 1096.6, 0.0009, 7.2e10, 1.39e-11, 0].map(threeDigits),
    ["7.39", "0.135", "54321", "1097", "9.00 × 10⁻⁴", "7.20 × 10¹⁰", "1.39 × 10⁻¹¹", "0"],
  );
});

test("a small loss is not worded as none", () => {
  assert.deepEqual([0.00364, 0.126, 4.567, 0].map(lossText), ["0.004", "0.13", "4.57", "0"]);
});
