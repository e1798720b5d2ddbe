// Promises of reading pictures, from the bytes of each pixel on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PIXELS, SIDE } from "../../web/lib/canvas.js";
import { colours, grey } from "../../web/lib/colours.js";
import { PictureError, readPicture } from "../../web/lib/pictures.js";
import { generator, normal } from "../../web/lib/random.js";
import { assertClose, meanOf } from "./helpers.js";

/**
 * Paint a picture: a colour of red, green, blue, alpha for each place.
 *
 * @param {number} width
 * @param {number} height
 * @param {(x: number, y: number) => number[]} colour
 */
function picture(width, height, colour) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data.set(colour(x, y), 4 * (y * width + x));
  }
  return { data, width, height };
}

/** Whether a place lies on a ring with a stroke to its right, in a square of this side. */
function isInk(x, y, side, pen = side / 16) {
  const [dx, dy] = [x - 0.4 * side, y - 0.5 * side];
  const onRing = Math.abs(Math.hypot(dx, dy) - 0.25 * side) < pen / 2;
  return onRing || (Math.abs(dy) < pen / 2 && dx > 0.25 * side && dx < 0.5 * side);
}

// Pixels a side of most pictures here.
const SIZE = 120;
const BLACK = [0, 0, 0, 255];
const WHITE = [255, 255, 255, 255];
/** The ring, as dark ink on light paper. */
const drawn = (side, ink = BLACK, paper = WHITE) =>
  picture(side, side, (x, y) => (isInk(x, y, side) ? ink : paper));

/** How alike two images are, 1 for the same. */
function likeness(one, other) {
  const [a, b] = [one, other].map((image) => {
    const mean = meanOf(image);
    return Float64Array.from(image, (value) => value - mean);
  });
  const product = (p, q) => p.reduce((sum, value, i) => sum + value * q[i], 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

const read = (source) => readPicture(source).image;
const plain = read(drawn(SIZE));

test("ink is centred, fills the image as the data do, is white on black", () => {
  const inked = [...plain.keys()].filter((i) => plain[i] > 0.5);
  const rows = inked.map((i) => Math.floor(i / SIDE));
  const columns = inked.map((i) => i % SIDE);
  for (const places of [rows, columns]) {
    assert.ok(Math.abs(Math.min(...places) + Math.max(...places) - (SIDE - 1)) <= 1);
  }
  assert.ok(Math.max(...columns) - Math.min(...columns) >= 23);
  assert.ok(plain.every((value) => value >= 0 && value < 1 + 1e-9));
  assert.equal(plain[0], 0);
});

for (const [name, other] of [
  ["light on dark", () => drawn(SIZE, WHITE, BLACK)],
  ["red on blue", () => drawn(SIZE, [220, 30, 30, 255], [40, 60, 160, 255])],
  ["black on nothing", () => drawn(SIZE, BLACK, [0, 0, 0, 0])],
  ["white on nothing", () => drawn(SIZE, WHITE, [255, 255, 255, 0])],
  ["larger than ink needs", () => drawn(810)],
  [
    "in a corner of the paper",
    () => picture(300, 240, (x, y) => (x < SIZE && y < SIZE && isInk(x, y, SIZE) ? BLACK : WHITE)),
  ],
  [
    "under light from one side",
    () =>
      picture(SIZE, SIZE, (x, y) => {
        const light = 255 - 0.8 * x;
        const value = isInk(x, y, SIZE) ? 0.3 * light : light;
        return [value, value, value, 255];
      }),
  ],
  [
    "with a camera's noise",
    () => {
      const random = generator(5);
      return picture(SIZE, SIZE, (x, y) => {
        const value = (isInk(x, y, SIZE) ? 60 : 220) + 6 * normal(random);
        return [value, value, value, 255];
      });
    },
  ],
  [
    "with a speck of dust",
    () =>
      picture(SIZE, SIZE, (x, y) =>
        isInk(x, y, SIZE) || Math.hypot(x - 110, y - 110) < 0.9 ? BLACK : WHITE,
      ),
  ],
]) {
  test(`the same drawing is read the same ${name}`, () => {
    const found = read(other());
    assert.ok(likeness(found, plain) > 0.9, `${likeness(found, plain)}`);
  });
}

test("a thick pen is read as a thin one", () => {
  const thick = picture(SIZE, SIZE, (x, y) => (isInk(x, y, SIZE, SIZE / 8) ? BLACK : WHITE));
  const [ink, same] = [read(thick), plain].map(meanOf);
  assert.ok(Math.abs(ink - same) < 0.25 * same);
});

test("a picture of an image's size is taken as it is", () => {
  const levels = Uint8ClampedArray.from({ length: PIXELS }, (_, i) => (37 * i) % 256);
  const source = picture(SIDE, SIDE, (x, y) => {
    const level = levels[y * SIDE + x];
    return [level, level, level, 255];
  });
  assertClose(
    read(source),
    Float64Array.from(levels, (level) => level / 255),
    1e-9,
  );
});

test("a blank picture is refused in words, whatever its colour", () => {
  for (const colour of [WHITE, BLACK, [90, 120, 30, 255], [0, 0, 0, 0]]) {
    const blank = picture(120, 90, () => colour);
    assert.throws(
      () => read(blank),
      (error) => {
        assert.ok(error instanceof PictureError);
        return /no ink/.test(error.message);
      },
    );
  }
});

test("colours are weighed as the eye does", () => {
  const [red, green, blue] = [0, 1, 2].map((channel) => {
    const source = picture(3, 2, () => [0, 1, 2].map((c) => (c === channel ? 255 : 0)).concat(255));
    return grey(colours(source)).values[0];
  });
  assertClose([red, green, blue], [0.299, 0.587, 0.114], 1e-9);
});

test("a large picture is averaged down to 800 pixels, its shape kept", () => {
  const checks = picture(1600, 400, (x, y) => ((x + y) % 2 ? WHITE : BLACK));
  const [red] = colours(checks);
  assert.deepEqual([red.height, red.width], [200, 800]);
  assert.ok(red.values.every((value) => Math.abs(value - 0.5) < 0.01));
});
