// Promises of the noise: its distribution, its seeds, its levels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PIXELS, SIDE } from "../../web/lib/canvas.js";
import { addNoise, KINDS, MAX_LEVEL } from "../../web/lib/noise.js";
import { generator, normal } from "../../web/lib/random.js";
import { deviationOf, meanOf } from "./helpers.js";

const flat = (value) => new Float32Array(PIXELS).fill(value);
/** Many noisy images of one grey, one after the other. */
const many = (value, level, kind, count = 60) =>
  Array.from({ length: count }, (_, seed) => [...addNoise(flat(value), level, kind, seed)]).flat();

test("random numbers lie evenly between 0 and 1, never on them", () => {
  const random = generator(3);
  const numbers = Array.from({ length: 50_000 }, random);
  assert.ok(Math.min(...numbers.slice(0, 10_000)) > 0);
  assert.ok(numbers.every((number) => number > 0 && number < 1));
  assert.ok(Math.abs(meanOf(numbers) - 0.5) < 0.006);
  assert.ok(Math.abs(deviationOf(numbers) - Math.sqrt(1 / 12)) < 0.004);
});

test("normal numbers have mean 0, deviation 1, two thirds within one deviation", () => {
  const random = generator(4);
  const numbers = Array.from({ length: 50_000 }, () => normal(random));
  assert.ok(Math.abs(meanOf(numbers)) < 0.02);
  assert.ok(Math.abs(deviationOf(numbers) - 1) < 0.015);
  assert.ok(Math.abs(meanOf(numbers.map((one) => Number(Math.abs(one) < 1))) - 0.6827) < 0.01);
});

test("one seed after another gives numbers that have nothing to do with each other", () => {
  const [one, other] = [7, 8].map((seed) => Array.from({ length: 20_000 }, generator(seed)));
  const product = meanOf(one.map((number, i) => (number - 0.5) * (other[i] - 0.5)));
  assert.ok(Math.abs(product) < 12e-4);
});

test("gaussian noise brightens by half its level with half its level as deviation", () => {
  const noisy = many(0.4, 0.2, "gaussian");
  assert.ok(Math.abs(meanOf(noisy) - 0.5) < 0.002);
  assert.ok(Math.abs(deviationOf(noisy) - 0.1) < 0.002);
});

test("salt with pepper replaces half its level of the pixels, as often by black as by white", () => {
  const noisy = many(0.5, 0.6, "salt_and_pepper");
  const share = (value) => meanOf(noisy.map((pixel) => Number(pixel === value)));
  assert.ok(Math.abs(share(0) - 0.15) < 0.01);
  assert.ok(Math.abs(share(1) - 0.15) < 0.01);
  assert.ok(Math.abs(share(0.5) - 0.7) < 0.01);
});

test("speckle leaves paper as it is; elsewhere it grows with the ink", () => {
  assert.ok(many(0, 1, "speckle", 2).every((pixel) => pixel === 0));
  const noisy = many(0.5, 0.2, "speckle");
  assert.ok(Math.abs(meanOf(noisy) - 0.5) < 0.002);
  assert.ok(Math.abs(deviationOf(noisy) - 0.1) < 0.002);
});

test("missing strips are whole rows, a quarter of the level of them", () => {
  const noisy = many(0.7, 0.8, "missing_strips", 200);
  const rows = Array.from({ length: noisy.length / SIDE }, (_, i) =>
    noisy.slice(i * SIDE, (i + 1) * SIDE),
  );
  assert.ok(rows.every((row) => new Set(row).size === 1));
  assert.ok(Math.abs(meanOf(rows.map(([pixel]) => Number(pixel === 0))) - 0.2) < 0.02);
});

for (const kind of Object.keys(KINDS)) {
  test(`${kind}: level 0 changes nothing`, () => {
    const image = Float32Array.from({ length: PIXELS }, (_, i) => i / PIXELS);
    assert.deepEqual(addNoise(image, 0, kind, 5), image);
  });

  test(`${kind}: a seed gives its noise again, another gives another`, () => {
    const [one, again, other] = [1, 1, 2].map((seed) => addNoise(flat(0.5), 1, kind, seed));
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
  });

  test(`${kind}: every pixel stays between 0 and 1, even at the highest level`, () => {
    for (const value of [0, 0.5, 1]) {
      const noisy = many(value, MAX_LEVEL, kind, 5);
      assert.ok(noisy.every((pixel) => pixel >= 0 && pixel <= 1));
    }
  });

  test(`${kind}: a higher level is the same noise, only more of it`, () => {
    const [low, high] = [0.5, 1].map((level) => addNoise(flat(0.5), level, kind, 9));
    const changed = [low, high].map((image) => image.map((pixel) => Math.abs(pixel - 0.5)));
    const less = changed[0].filter((away, i) => away > changed[1][i] + 1e-6).length;
    // Gaussian noise also brightens, which may take some pixels back.
    assert.ok(less <= (kind === "gaussian" ? PIXELS / 5 : 0));
  });
}

test("levels out of range are refused with the range", () => {
  for (const level of [-0.1, MAX_LEVEL + 0.1, Number.NaN]) {
    assert.throws(() => addNoise(flat(0), level, "gaussian", 1), { message: /between 0 and 2/ });
  }
});

test("an unknown kind is refused with those that there are, prototype names too", () => {
  for (const kind of ["snow", "toString", "__proto__"]) {
    assert.throws(() => addNoise(flat(0), 1, kind, 1), { message: /gaussian, salt_and_pepper/ });
  }
});
