// @ts-check
// Multiplies matrices of 32-bit floats: in WebAssembly with SIMD that it writes itself, or without it.

// Rows and columns that one step of the kernel computes; matrices are padded to them.
export const ROWS = 4;
export const COLUMNS = 8;
// The depth is padded to what the inner loop does at once.
export const DEPTH = 4;
const BYTES = 4;
const PAGE = 65_536;
// What every WebAssembly module begins with.
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** @typedef {number[]} Bytes of WebAssembly code */

/**
 * Multiplies matrices that lie in one memory: c = a b + bias. All addresses are in bytes; rows are a
 * multiple of `ROWS`, the depth of `DEPTH`, the columns of `COLUMNS`. The rows of a follow each other,
 * as do those of c; b lies in blocks of `COLUMNS` columns, depth by depth, the bias column by column.
 *
 * @typedef {(...args: number[]) => void} Multiply takes a, b, bias, c, rows, depth, columns
 */

/**
 * Adds up products of rows: c = c + aᵀ b, as gradients of weights do. The rows of a follow each other, as
 * do those of b or of c; there may be any number of them. The columns of a are a multiple of `ROWS`, those
 * of b of `COLUMNS`.
 *
 * @typedef {(...args: number[]) => void} Accumulate takes a, b, c, rows, columns of a, columns of b
 */

/**
 * @typedef {object} Kernel
 * @property {Multiply} multiply
 * @property {Accumulate} accumulate
 * @property {Float32Array} memory that it multiplies in
 * @property {boolean} isPlain whether it does without WebAssembly
 */

// The codes of the few instructions used, from the WebAssembly specification.
const I32 = 0x7f;
const V128 = 0x7b;
const code = {
  loop: [0x03, 0x40],
  end: [0x0b],
  branchIf: (/** @type {number} */ depth) => [0x0d, depth],
  get: (/** @type {number} */ local) => [0x20, local],
  set: (/** @type {number} */ local) => [0x21, local],
  constant: (/** @type {number} */ value) => [0x41, ...signed(value)],
  add: [0x6a],
  subtract: [0x6b],
  multiply: [0x6c],
  isLess: [0x48],
  load: (/** @type {number} */ offset) => [0xfd, 0x00, 0x02, ...unsigned(offset)],
  loadToAllLanes: (/** @type {number} */ offset) => [0xfd, 0x09, 0x02, ...unsigned(offset)],
  store: (/** @type {number} */ offset) => [0xfd, 0x0b, 0x02, ...unsigned(offset)],
  addLanes: [0xfd, ...unsigned(0xe4)],
  multiplyLanes: [0xfd, ...unsigned(0xe6)],
};

/** @param {number} value */
function unsigned(value) {
  const bytes = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(byte | (rest ? 0x80 : 0));
  } while (rest);
  return bytes;
}

/** @param {number} value */
function signed(value) {
  const bytes = [];
  let rest = value;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

/** @param {Bytes} bytes */
const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
/** @type {(id: number, ...entries: (number | Bytes)[]) => Bytes} */
const section = (id, ...entries) => [id, ...sized([unsigned(entries.length), ...entries].flat())];
/** @param {string} name */
const named = (name) => sized([...name].map((letter) => letter.charCodeAt(0)));

/** @type {(make: (row: number) => Bytes) => Bytes} the code for each row of a step in turn */
const each = (make) => Array.from({ length: ROWS }, (_, row) => make(row)).flat();

/** @type {(local: number, by: Bytes) => Bytes} */
const increase = (local, by) => [...code.get(local), ...by, ...code.add, ...code.set(local)];

/**
 * Write the code of a function of 32-bit integers.
 *
 * @type {(locals: Bytes, body: Bytes) => Bytes}
 */
const functionOf = (locals, body) => sized([...locals, ...body, ...code.end]);

/** Write the code of `multiply`. */
function writeMultiply() {
  const [a, b, bias, c, rows, depth, columns] = [0, 1, 2, 3, 4, 5, 6];
  const [column, left, target, end, stride, outStride] = [7, 8, 9, 10, 11, 12];
  const at = [13, 14, 15, 16];
  const weight = 17;
  const firstVector = 18;
  /** @type {(row: number, half: number) => number} */
  const sum = (row, half) => firstVector + 2 * row + half;
  const weights = [firstVector + 8, firstVector + 9];
  const value = firstVector + 10;
  const { get, set, constant, load, store } = code;

  // Instructions stand as many on a line as belong together.
  /** @param {number} step */
  // biome-ignore format: each on a line of its own they could not be read
  const innerStep = (step) => [
    ...[0, 1].flatMap((half) => [
      ...get(weight), ...load((step * COLUMNS + half * 4) * BYTES), ...set(weights[half]),
    ]),
    ...each((row) => [
      ...get(at[row]), ...code.loadToAllLanes(step * BYTES), ...set(value),
      ...[0, 1].flatMap((half) => [
        ...get(sum(row, half)), ...get(value), ...get(weights[half]),
        ...code.multiplyLanes, ...code.addLanes, ...set(sum(row, half)),
      ]),
    ]),
  ];
  // biome-ignore format: as above
  const overDepth = [
    ...code.loop,
    ...Array.from({ length: DEPTH }, (_, step) => innerStep(step)).flat(),
    ...increase(weight, constant(DEPTH * COLUMNS * BYTES)),
    ...each((row) => increase(at[row], constant(DEPTH * BYTES))),
    ...get(at[0]), ...get(end), ...code.isLess, ...code.branchIf(0),
    ...code.end,
  ];
  // biome-ignore format: as above
  const overRows = [
    ...code.loop,
    ...each((row) =>
      row ? [...get(at[row - 1]), ...get(stride), ...code.add, ...set(at[row])] : []),
    ...get(at[1]), ...set(end),
    ...get(b), ...set(weight),
    ...each((row) => [0, 1].flatMap((half) => [
      ...get(bias), ...load(half * 16), ...set(sum(row, half)),
    ])),
    ...overDepth,
    ...each((row) => [
      ...[0, 1].flatMap((half) => [...get(target), ...get(sum(row, half)), ...store(half * 16)]),
      ...increase(target, get(outStride)),
    ]),
    // The last row's pointer has come to where the next rows begin.
    ...get(at[3]), ...set(at[0]),
    ...get(left), ...constant(ROWS), ...code.subtract, ...set(left),
    ...constant(0), ...get(left), ...code.isLess, ...code.branchIf(0),
    ...code.end,
  ];
  // biome-ignore format: as above
  const body = [
    ...get(depth), ...constant(BYTES), ...code.multiply, ...set(stride),
    ...get(columns), ...constant(BYTES), ...code.multiply, ...set(outStride),
    ...code.loop,
    ...get(a), ...set(at[0]),
    ...get(c), ...get(column), ...constant(BYTES), ...code.multiply, ...code.add, ...set(target),
    ...get(rows), ...set(left),
    ...overRows,
    ...get(weight), ...set(b),
    ...increase(bias, constant(COLUMNS * BYTES)),
    ...increase(column, constant(COLUMNS)),
    ...get(column), ...get(columns), ...code.isLess, ...code.branchIf(0),
    ...code.end,
  ];
  return functionOf([2, 11, I32, 11, V128], body);
}

/** Write the code of `accumulate`. */
function writeAccumulate() {
  const [a, b, c, rows, across, columns] = [0, 1, 2, 3, 4, 5];
  const [column, left, value, weight, target] = [6, 7, 8, 9, 10];
  const [aStride, bStride, place] = [11, 12, 13];
  const firstVector = 14;
  /** @type {(row: number, half: number) => number} */
  const sum = (row, half) => firstVector + 2 * row + half;
  const weights = [firstVector + 8, firstVector + 9];
  const factor = firstVector + 10;
  const { get, set, constant, load, store } = code;
  /** @type {(make: (row: number, half: number) => Bytes) => Bytes} */
  const throughTarget = (make) => [
    ...get(target),
    ...set(place),
    ...each((row) => [
      ...[0, 1].flatMap((half) => make(row, half)),
      ...increase(place, get(bStride)),
    ]),
  ];
  // biome-ignore format: as above
  const overRows = [
    ...code.loop,
    ...[0, 1].flatMap((half) => [...get(weight), ...load(half * 16), ...set(weights[half])]),
    ...each((row) => [
      ...get(value), ...code.loadToAllLanes(row * BYTES), ...set(factor),
      ...[0, 1].flatMap((half) => [
        ...get(sum(row, half)), ...get(factor), ...get(weights[half]),
        ...code.multiplyLanes, ...code.addLanes, ...set(sum(row, half)),
      ]),
    ]),
    ...increase(value, get(aStride)),
    ...increase(weight, get(bStride)),
    ...get(left), ...constant(1), ...code.subtract, ...set(left),
    ...constant(0), ...get(left), ...code.isLess, ...code.branchIf(0),
    ...code.end,
  ];
  // biome-ignore format: as above
  const overColumns = [
    ...code.loop,
    ...get(a), ...set(value),
    ...get(b), ...get(column), ...constant(BYTES), ...code.multiply, ...code.add, ...set(weight),
    ...get(c), ...get(column), ...constant(BYTES), ...code.multiply, ...code.add, ...set(target),
    ...get(rows), ...set(left),
    ...throughTarget((row, half) => [...get(place), ...load(half * 16), ...set(sum(row, half))]),
    ...overRows,
    ...throughTarget((row, half) => [...get(place), ...get(sum(row, half)), ...store(half * 16)]),
    ...increase(column, constant(COLUMNS)),
    ...get(column), ...get(columns), ...code.isLess, ...code.branchIf(0),
    ...code.end,
  ];
  // biome-ignore format: as above
  const body = [
    ...get(across), ...constant(BYTES), ...code.multiply, ...set(aStride),
    ...get(columns), ...constant(BYTES), ...code.multiply, ...set(bStride),
    ...code.loop,
    ...constant(0), ...set(column),
    ...overColumns,
    ...increase(a, constant(ROWS * BYTES)),
    ...each(() => increase(c, get(bStride))),
    ...get(across), ...constant(ROWS), ...code.subtract, ...set(across),
    ...constant(0), ...get(across), ...code.isLess, ...code.branchIf(0),
    ...code.end,
  ];
  return functionOf([2, 8, I32, 11, V128], body);
}

/** Write the module whose functions are `multiply`, which takes seven numbers, with `accumulate`, which takes six. */
function assemble() {
  /** @param {number} count */
  const takes = (count) => [0x60, ...sized(Array(count).fill(I32)), 0x00];
  return new Uint8Array([
    ...MAGIC,
    ...section(1, takes(7), takes(6)),
    ...section(2, [...named("page"), ...named("memory"), 0x02, 0x00, 0x01]),
    ...section(3, 0x00, 0x01),
    ...section(7, [...named("multiply"), 0x00, 0x00], [...named("accumulate"), 0x00, 0x01]),
    ...section(10, writeMultiply(), writeAccumulate()),
  ]);
}

const { fround } = Math;

/**
 * The same in plain JavaScript, bit by bit, for browsers that have no SIMD.
 *
 * @param {Float32Array} floats
 * @returns {Multiply}
 */
function plainMultiply(floats) {
  return (aBytes, bBytes, biasBytes, cBytes, rows, depth, columns) => {
    const [a, b] = [aBytes / BYTES, bBytes / BYTES];
    const [bias, c] = [biasBytes / BYTES, cBytes / BYTES];
    const sums = new Float32Array(COLUMNS);
    for (let column = 0; column < columns; column += COLUMNS) {
      const block = b + column * depth;
      for (let row = 0; row < rows; row += 1) {
        const from = a + row * depth;
        const start = bias + column;
        let s0 = floats[start];
        let s1 = floats[start + 1];
        let s2 = floats[start + 2];
        let s3 = floats[start + 3];
        let s4 = floats[start + 4];
        let s5 = floats[start + 5];
        let s6 = floats[start + 6];
        let s7 = floats[start + 7];
        for (let k = 0, w = block; k < depth; k += 1, w += COLUMNS) {
          const value = floats[from + k];
          s0 = fround(s0 + fround(value * floats[w]));
          s1 = fround(s1 + fround(value * floats[w + 1]));
          s2 = fround(s2 + fround(value * floats[w + 2]));
          s3 = fround(s3 + fround(value * floats[w + 3]));
          s4 = fround(s4 + fround(value * floats[w + 4]));
          s5 = fround(s5 + fround(value * floats[w + 5]));
          s6 = fround(s6 + fround(value * floats[w + 6]));
          s7 = fround(s7 + fround(value * floats[w + 7]));
        }
        sums.set([s0, s1, s2, s3, s4, s5, s6, s7]);
        floats.set(sums, c + row * columns + column);
      }
    }
  };
}

/**
 * The same for `accumulate`.
 *
 * @param {Float32Array} floats
 * @returns {Accumulate}
 */
function plainAccumulate(floats) {
  return (aBytes, bBytes, cBytes, rows, across, columns) => {
    const [a, b, c] = [aBytes / BYTES, bBytes / BYTES, cBytes / BYTES];
    for (let i = 0; i < across; i += 1) {
      for (let column = 0; column < columns; column += 4) {
        const target = c + i * columns + column;
        let s0 = floats[target];
        let s1 = floats[target + 1];
        let s2 = floats[target + 2];
        let s3 = floats[target + 3];
        let from = a + i;
        let w = b + column;
        for (let row = 0; row < rows; row += 1, from += across, w += columns) {
          const value = floats[from];
          s0 = fround(s0 + fround(value * floats[w]));
          s1 = fround(s1 + fround(value * floats[w + 1]));
          s2 = fround(s2 + fround(value * floats[w + 2]));
          s3 = fround(s3 + fround(value * floats[w + 3]));
        }
        floats[target] = s0;
        floats[target + 1] = s1;
        floats[target + 2] = s2;
        floats[target + 3] = s3;
      }
    }
  };
}

/**
 * Make a kernel over so many floats of memory.
 *
 * @param {number} floats
 * @param {{ plain?: boolean }} [options] `plain` asks for the one without WebAssembly
 * @returns {Kernel}
 */
export function makeKernel(floats, { plain = false } = {}) {
  if (!plain) {
    try {
      const memory = new WebAssembly.Memory({ initial: Math.ceil((floats * BYTES) / PAGE) });
      const module = new WebAssembly.Module(assemble());
      const functions = new WebAssembly.Instance(module, { page: { memory } }).exports;
      return {
        multiply: /** @type {Multiply} */ (functions.multiply),
        accumulate: /** @type {Accumulate} */ (functions.accumulate),
        memory: new Float32Array(memory.buffer),
        isPlain: false,
      };
    } catch {
      // An old browser, or one told to run no WebAssembly.
    }
  }
  const memory = new Float32Array(floats);
  return {
    multiply: plainMultiply(memory),
    accumulate: plainAccumulate(memory),
    memory,
    isPlain: true,
  };
}
