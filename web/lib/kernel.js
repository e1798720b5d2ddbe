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
 * @typedef {object} Kernel
 * @property {Multiply} multiply
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

/** Write the module whose only function is `multiply`. */
function assemble() {
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
  /** @param {(row: number) => Bytes} make */
  const each = (make) => Array.from({ length: ROWS }, (_, row) => make(row)).flat();
  /** @type {(local: number, by: Bytes) => Bytes} */
  const increase = (local, by) => [...get(local), ...by, ...code.add, ...set(local)];

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
    ...code.end,
  ];
  const locals = [2, 11, I32, 11, V128];
  return new Uint8Array([
    ...MAGIC,
    ...section(1, [0x60, ...sized(Array(7).fill(I32)), 0x00]),
    ...section(2, [...named("page"), ...named("memory"), 0x02, 0x00, 0x01]),
    ...section(3, 0x00),
    ...section(7, [...named("multiply"), 0x00, 0x00]),
    ...section(10, sized([...locals, ...body])),
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
      const { multiply } = new WebAssembly.Instance(module, { page: { memory } }).exports;
      return {
        multiply: /** @type {Multiply} */ (multiply),
        memory: new Float32Array(memory.buffer),
        isPlain: false,
      };
    } catch {
      // An old browser, or one told to run no WebAssembly.
    }
  }
  const memory = new Float32Array(floats);
  return { multiply: plainMultiply(memory), memory, isPlain: true };
}
