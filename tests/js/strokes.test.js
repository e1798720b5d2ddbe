// Promises of the strokes: drawn, simplified, normalised as the data are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BOX, CANVAS, MARGIN, PEN_RADIUS, SIDE } from "../../web/lib/canvas.js";
import { pixelsOf } from "../../web/lib/drawn.js";
import { generator } from "../../web/lib/random.js";
import { rint } from "../../web/lib/rounding.js";
import { draw, normalise, simplify } from "../../web/lib/strokes.js";
import { meanOf } from "./helpers.js";

test("the canvas is Google's: a box, around it half a pen beyond the margin", () => {
  assert.deepEqual([BOX, MARGIN, CANVAS, SIDE], [256, 24, 304, 28]);
  assert.equal(PEN_RADIUS, (8 * 28) / 304);
});

test("halves are rounded to the even number, as numpy does", () => {
  const values = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, 0.51, -0.51, 3];
  assert.deepEqual(
    values.map((value) => rint(value) + 0),
    [0, 2, 2, 0, -2, -2, 0, 1, -1, 3],
  );
});

test("a straight line covers the pixels that the pen passes, a half where it half does", () => {
  // Across the middle: the pen is 16 of 304 units wide, which is 1.47 of 28 pixels, half above row 14.
  const image = draw([
    [
      [0, 255],
      [0, 0],
    ],
  ]);
  const row = (y) => [...image.subarray(y * SIDE, (y + 1) * SIDE)];
  for (const y of [13, 14]) {
    for (const grey of row(y).slice(4, 24)) assert.ok(Math.abs(grey - 255 * PEN_RADIUS) < 20);
  }
  for (const y of [0, 11, 16, 27]) assert.deepEqual(new Set(row(y)), new Set([0]));
  assert.deepEqual([row(14)[0], row(14)[27]], [0, 0]);
  assert.deepEqual(row(13), row(14));
});

test("a dot is the pen's round", () => {
  const image = draw([[[10], [10]]]);
  const area = meanOf(image) * SIDE * SIDE;
  assert.ok(Math.abs(area / 255 - Math.PI * PEN_RADIUS ** 2) < 0.1);
});

test("a stroke twice over is darker at its edges alone", () => {
  const stroke = [
    [0, 200],
    [0, 255],
  ];
  const [once, twice] = [draw([stroke]), draw([stroke, stroke])];
  for (let i = 0; i < once.length; i += 1) {
    assert.ok(twice[i] >= once[i]);
    if (once[i] === 0 || once[i] === 255) assert.equal(twice[i], once[i]);
  }
  assert.notDeepEqual(once, twice);
});

test("a drawing is centred wherever it begins to the right of the box's left edge", () => {
  const image = draw([
    [
      [0, 100, 100, 0, 0],
      [0, 0, 50, 50, 0],
    ],
  ]);
  const turned = Uint8Array.from(image).reverse();
  const away = Math.max(...image.map((grey, i) => Math.abs(grey - turned[i])));
  assert.ok(away <= 3);
});

test("points near a straight line go, the first with the last stay", () => {
  const points = [
    [0, 0],
    [5, 1],
    [10, 0],
    [10, 10],
  ];
  assert.deepEqual(simplify(points, 2), [
    [0, 0],
    [10, 0],
    [10, 10],
  ]);
  assert.deepEqual(simplify(points, 0.5), points);
  assert.deepEqual(simplify(points, 100), [
    [0, 0],
    [10, 10],
  ]);
  assert.deepEqual(simplify([[3, 4]], 2), [[3, 4]]);
});

test("a loop that ends where it began keeps its far point", () => {
  const loop = [
    [0, 0],
    [30, 0],
    [0, 0],
  ];
  assert.deepEqual(simplify(loop, 2), loop);
});

test("strokes of any size fill the box, their shape kept", () => {
  const found = normalise(
    [
      [
        [1000, 2000],
        [3000, 2000],
      ],
      [
        [3000, 3000],
        [1000, 2500],
      ],
    ],
    1,
  );
  assert.deepEqual(found, [
    [
      [0, 255],
      [0, 0],
    ],
    [
      [255, 0],
      [128, 64],
    ],
  ]);
});

test("a dot stays a dot", () => {
  const [[xs, ys]] = normalise(
    [
      [
        [50, 50],
        [51, 51],
      ],
    ],
    512,
  );
  assert.ok(Math.max(...xs, ...ys) <= 1);
});

test("a drawing that grows is drawn as if it were drawn anew", () => {
  const random = generator(3);
  const place = () => Math.floor(4096 * random());
  const strokes = [];
  for (let i = 0; i < 16; i += 1) {
    const stroke = [];
    strokes.push(stroke);
    // It grows point by point, now and then beyond the box of all that was there.
    for (let k = 0; k < 5; k += 1) {
      stroke.push(i < 8 ? [1000 + (place() >> 2), 1000 + (place() >> 2)] : [place(), place()]);
      const again = strokes.map((points) => points.map(([x, y]) => [x, y]));
      assert.deepEqual(pixelsOf(strokes), pixelsOf(again));
      assert.deepEqual(pixelsOf(again), draw(normalise(again, 512)));
    }
  }
  assert.deepEqual(pixelsOf(strokes.slice(0, 3)), draw(normalise(strokes.slice(0, 3), 512)));
  assert.equal(pixelsOf([]), null);
});

test("a stroke of as many points as a hand ever draws is simplified, drawn", () => {
  const line = Array.from({ length: 200_000 }, (_, i) => [i / 50, (i % 7) / 10]);
  assert.equal(simplify(line, 6).length, 2);
  assert.ok(pixelsOf([line]).some(Boolean));
  const zigzag = line.slice(0, 5000).map(([x], i) => [x, 100 * (i % 2)]);
  assert.ok(simplify(zigzag, 6).length > 4000);
});
