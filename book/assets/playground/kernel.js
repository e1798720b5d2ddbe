// Multiplies matrices of 32-bit floats: writes its own WebAssembly with SIMD, or does without it.

"use strict";

(function (playground) {
  // Rows and columns that one step of the kernel computes; matrices are padded to them.
  const ROWS = 4;
  const COLUMNS = 8;
  // The depth is padded to what the inner loop does at once.
  const DEPTH = 4;
  const BYTES = 4;

  // The codes of the few instructions used, from the WebAssembly specification.
  const I32 = 0x7f;
  const V128 = 0x7b;
  const code = {
    loop: [0x03, 0x40],
    end: [0x0b],
    branchIf: (depth) => [0x0d, depth],
    get: (local) => [0x20, local],
    set: (local) => [0x21, local],
    constant: (value) => [0x41, ...signed(value)],
    add: [0x6a],
    subtract: [0x6b],
    multiply: [0x6c],
    isLess: [0x48],
    load: (offset) => [0xfd, 0x00, 0x02, ...unsigned(offset)],
    loadToAllLanes: (offset) => [0xfd, 0x09, 0x02, ...unsigned(offset)],
    store: (offset) => [0xfd, 0x0b, 0x02, ...unsigned(offset)],
    addLanes: [0xfd, ...unsigned(0xe4)],
    multiplyLanes: [0xfd, ...unsigned(0xe6)],
  };

  function unsigned(value) {
    const bytes = [];
    do {
      const rest = value >>> 7;
      bytes.push((value & 0x7f) | (rest ? 0x80 : 0));
      value = rest;
    } while (value);
    return bytes;
  }

  function signed(value) {
    const bytes = [];
    for (;;) {
      const byte = value & 0x7f;
      value >>= 7;
      const isLast = (value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40);
      bytes.push(isLast ? byte : byte | 0x80);
      if (isLast) return bytes;
    }
  }

  const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
  const section = (id, ...entries) => [id, ...sized([...unsigned(entries.length), ...entries.flat()])];
  const named = (name) => sized([...name].map((letter) => letter.charCodeAt(0)));

  // multiply(a, b, bias, c, rows, depth, columns): c = a b + bias, all addresses in bytes. The rows
  // of a and c follow each other; b and bias lie in blocks of 8 columns, depth by depth.
  function assemble() {
    const [a, b, bias, c, rows, depth, columns] = [0, 1, 2, 3, 4, 5, 6];
    const [column, left, target, end, stride, outStride] = [7, 8, 9, 10, 11, 12];
    const at = [13, 14, 15, 16];
    const weight = 17;
    const firstVector = 18;
    const sum = (row, half) => firstVector + 2 * row + half;
    const weights = [firstVector + 8, firstVector + 9];
    const value = firstVector + 10;
    const { get, set, constant, load, store } = code;
    const each = (make) => Array.from({ length: ROWS }, (_, row) => make(row)).flat();
    const increase = (local, by) => [...get(local), ...by, ...code.add, ...set(local)];

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
    const overDepth = [
      ...code.loop,
      ...Array.from({ length: DEPTH }, (_, step) => innerStep(step)).flat(),
      ...increase(weight, constant(DEPTH * COLUMNS * BYTES)),
      ...each((row) => increase(at[row], constant(DEPTH * BYTES))),
      ...get(at[0]), ...get(end), ...code.isLess, ...code.branchIf(0),
      ...code.end,
    ];
    const overRows = [
      ...code.loop,
      ...each((row) => (row ? [...get(at[row - 1]), ...get(stride), ...code.add, ...set(at[row])] : [])),
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
      0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
      ...section(1, [0x60, ...sized(Array(7).fill(I32)), 0x00]),
      ...section(2, [...named("page"), ...named("memory"), 0x02, 0x00, 0x01]),
      ...section(3, [0x00]),
      ...section(7, [...named("multiply"), 0x00, 0x00]),
      ...section(10, sized([...locals, ...body])),
    ]);
  }

  // The same in plain JavaScript, for browsers that have no SIMD.
  function plainMultiply(memory) {
    return (a, b, bias, c, rows, depth, columns) => {
      const floats = new Float32Array(memory.buffer);
      [a, b, bias, c] = [a, b, bias, c].map((address) => address / BYTES);
      const sums = new Float32Array(COLUMNS);
      for (let column = 0; column < columns; column += COLUMNS) {
        const block = b + column * depth;
        for (let row = 0; row < rows; row += 1) {
          const from = a + row * depth;
          let s0 = floats[bias + column], s1 = floats[bias + column + 1];
          let s2 = floats[bias + column + 2], s3 = floats[bias + column + 3];
          let s4 = floats[bias + column + 4], s5 = floats[bias + column + 5];
          let s6 = floats[bias + column + 6], s7 = floats[bias + column + 7];
          for (let k = 0, w = block; k < depth; k += 1, w += COLUMNS) {
            const value = floats[from + k];
            s0 += value * floats[w];
            s1 += value * floats[w + 1];
            s2 += value * floats[w + 2];
            s3 += value * floats[w + 3];
            s4 += value * floats[w + 4];
            s5 += value * floats[w + 5];
            s6 += value * floats[w + 6];
            s7 += value * floats[w + 7];
          }
          sums.set([s0, s1, s2, s3, s4, s5, s6, s7]);
          floats.set(sums, c + row * columns + column);
        }
      }
    };
  }

  // A kernel over so many floats of memory; `plain` asks for the one without WebAssembly.
  function makeKernel(floats, { plain = false } = {}) {
    const sizes = { ROWS, COLUMNS, DEPTH };
    if (!plain) {
      try {
        const pages = Math.ceil((floats * BYTES) / 65536);
        const memory = new WebAssembly.Memory({ initial: pages });
        const module = new WebAssembly.Module(assemble());
        const { multiply } = new WebAssembly.Instance(module, { page: { memory } }).exports;
        return { multiply, memory: new Float32Array(memory.buffer), isPlain: false, ...sizes };
      } catch {
        // An old browser, or one told to run no WebAssembly.
      }
    }
    const memory = { buffer: new ArrayBuffer(floats * BYTES) };
    return {
      multiply: plainMultiply(memory),
      memory: new Float32Array(memory.buffer),
      isPlain: true,
      ...sizes,
    };
  }

  playground.kernel = { makeKernel, ROWS, COLUMNS, DEPTH };
})((window.noisyPlayground ??= {}));
