// Promises of how names are learned beside those that the networks know.

import assert from "node:assert/strict";
import { test } from "node:test";
import { prepare } from "../../web/lib/learning.js";
import { generator } from "../../web/lib/random.js";

test("half of what stands in for known names is moved as noise moves it, each layer by itself", () => {
  const background = {
    layers: [2, 1],
    means: [Float32Array.of(0.6, 0.8, 1), Float32Array.of(0.8, 0.6, 1)],
    spread: new Float32Array(3),
    drift: [Float32Array.of(0.8, -0.6, 2)],
    precision: new Float32Array(4),
    limit: 1,
  };
  const example = { label: 0, copies: [Float32Array.of(1, 0, 1)] };
  const { center, scale, others } = prepare([example], 1, background, generator(1));
  const found = others.map((one) => Array.from(one, (value, j) => value * scale[j] + center[j]));
  const moved = [
    [1.4, 0.2],
    [1.6, 0],
  ].map((layer) => layer.map((value) => value / Math.hypot(...layer)));
  const wanted = [[0.6, 0.8], [0.8, 0.6], ...moved].map((layer) => [...layer, 1]);
  for (const [i, values] of wanted.entries()) {
    for (const [j, value] of values.entries()) assert.ok(Math.abs(found[i][j] - value) < 1e-5);
  }
});
