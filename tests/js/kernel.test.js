// Promises of the kernel: it multiplies as one does by hand, with WebAssembly or without.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, DEPTH, makeKernel, ROWS } from "../../web/lib/kernel.js";
import { assertClose, randomFloats } from "./helpers.js";

/** Multiply matrices given row by row, laid out as the kernel wants them. */
function multiply(a, b, bias, [rows, depth, columns], plain) {
  const places = [0, rows * depth, 0, 0];
  places[2] = places[1] + depth * columns;
  places[3] = places[2] + columns;
  const kernel = makeKernel(places[3] + rows * columns, { plain });
  assert.equal(kernel.isPlain, plain);
  const { memory } = kernel;
  memory.set(a, places[0]);
  for (let k = 0; k < depth; k += 1) {
    for (let column = 0; column < columns; column += 1) {
      const block = Math.floor(column / COLUMNS);
      const place = (block * depth + k) * COLUMNS + (column % COLUMNS);
      memory[places[1] + place] = b[k * columns + column];
    }
  }
  memory.set(bias, places[2]);
  kernel.multiply(...places.map((place) => 4 * place), rows, depth, columns);
  return memory.slice(places[3], places[3] + rows * columns);
}

for (const plain of [false, true]) {
  const name = plain ? "plain JavaScript" : "WebAssembly";

  test(`${name} gives a product that was worked out by hand`, () => {
    const a = [1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, -2];
    const b = new Float32Array(DEPTH * COLUMNS);
    b.set([5, 6], 0);
    b.set([7, 8], COLUMNS);
    b.set([9, 10], 2 * COLUMNS);
    b.set([11, 12], 3 * COLUMNS);
    const bias = [100, 200, 0, 0, 0, 0, 0, 300];
    const c = multiply(a, b, bias, [4, 4, 8], plain);
    assert.deepEqual(
      [0, 1, 2, 3].map((row) => [...c.subarray(row * 8, row * 8 + 2), c[row * 8 + 7]]),
      [
        [119, 222, 300],
        [143, 250, 300],
        [109, 210, 300],
        [78, 176, 300],
      ],
    );
    assert.deepEqual([...c.subarray(2, 7)], [0, 0, 0, 0, 0]);
  });

  test(`${name} agrees with sums of double precision at many sizes`, () => {
    for (const [m, n, p] of [
      [1, 1, 1],
      [2, 3, 1],
      [5, 1, 3],
      [7, 9, 4],
      [1, 40, 5],
    ]) {
      const [rows, depth, columns] = [m * ROWS, n * DEPTH, p * COLUMNS];
      const a = randomFloats(rows * depth, 1);
      const b = randomFloats(depth * columns, 2);
      const bias = randomFloats(columns, 3);
      const expected = Float64Array.from({ length: rows * columns }, (_, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        let sum = bias[column];
        for (let k = 0; k < depth; k += 1) sum += a[row * depth + k] * b[k * columns + column];
        return sum;
      });
      assertClose(multiply(a, b, bias, [rows, depth, columns], plain), expected, 2e-5);
    }
  });
}

/** Add up products of rows in a memory that also holds what was there before. */
function accumulate(a, b, c, [rows, across, columns], plain) {
  const places = [0, a.length, a.length + b.length];
  const kernel = makeKernel(places[2] + c.length, { plain });
  for (const [i, numbers] of [a, b, c].entries()) kernel.memory.set(numbers, places[i]);
  kernel.accumulate(...places.map((place) => 4 * place), rows, across, columns);
  return kernel.memory.slice(places[2], places[2] + c.length);
}

test("products of rows are added to what was there, alike with WebAssembly or without", () => {
  for (const [rows, m, p] of [
    [1, 1, 1],
    [3, 2, 1],
    [49, 3, 4],
    [784, 1, 2],
  ]) {
    const [across, columns] = [m * ROWS, p * COLUMNS];
    const a = randomFloats(rows * across, 1);
    const b = randomFloats(rows * columns, 2);
    const c = randomFloats(across * columns, 3);
    const expected = Float64Array.from(c, (start, i) => {
      const [left, right] = [Math.floor(i / columns), i % columns];
      let sum = start;
      for (let k = 0; k < rows; k += 1) sum += a[k * across + left] * b[k * columns + right];
      return sum;
    });
    const sizes = [rows, across, columns];
    const found = accumulate(a, b, c, sizes, false);
    assertClose(found, expected, 1e-4);
    assert.deepEqual(found, accumulate(a, b, c, sizes, true));
  }
});

test("the memory is as large as was asked for", () => {
  for (const floats of [4, 16_384, 16_385]) {
    assert.ok(makeKernel(floats).memory.length >= floats);
    assert.equal(makeKernel(floats, { plain: true }).memory.length, floats);
  }
});
