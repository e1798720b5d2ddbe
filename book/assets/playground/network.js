// Runs the networks that the build described: unpacks their weights, lays out memory, goes step by step.

"use strict";

(function (playground) {
  const { ROWS, COLUMNS, DEPTH } = playground.kernel;
  const BYTES = 4;
  const upTo = (length, step) => Math.ceil(length / step) * step;
  const product = (lengths) => lengths.reduce((total, length) => total * length, 1);

  function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  async function unzip(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // The value of each of the 65536 half-precision numbers.
  function halfValues() {
    const values = new Float32Array(65536);
    for (let half = 0; half < 65536; half += 1) {
      const exponent = (half >> 10) & 31;
      const fraction = half & 1023;
      const size = exponent
        ? 2 ** (exponent - 15) * (1 + fraction / 1024)
        : 2 ** -14 * (fraction / 1024);
      values[half] = half & 0x8000 ? -size : size;
    }
    return values;
  }

  async function unpackWeights({ content, weights }) {
    const bytes = await unzip(bytesOf(content));
    const count = bytes.length / 2;
    const values = halfValues();
    const floats = new Float32Array(count);
    // All high bytes come first: they repeat, and pack well.
    for (let i = 0; i < count; i += 1) floats[i] = values[(bytes[i] << 8) | bytes[count + i]];
    let start = 0;
    return weights.map((shape) => floats.subarray(start, (start += product(shape))));
  }

  class Network {
    constructor(description, weights, { plain = false } = {}) {
      this.description = description;
      this.weights = weights;
      this.used = 0;
      this.filled = [];
      this.patchSize = 0;
      this.productSize = 0;
      // A value keeps room for the rows that the kernel computes beyond it.
      this.values = description.shapes.map((shape) => {
        const width = upTo(shape.at(-1), COLUMNS);
        return { shape, start: this.take(product(shape) + (ROWS - 1) * width + COLUMNS) };
      });
      const steps = description.steps.map((step) => this.plan(step));
      this.patches = this.take(this.patchSize);
      this.products = this.take(this.productSize);
      this.kernel = playground.kernel.makeKernel(this.used, { plain });
      this.memory = this.kernel.memory;
      for (const fill of this.filled) fill(this.memory);
      this.steps = steps;
    }

    // Take memory for so many floats; what lies 16 bytes apart loads fastest.
    take(floats) {
      const start = this.used;
      this.used += upTo(floats, 4);
      return start;
    }

    shape(value) {
      return this.description.shapes[value];
    }

    plan(step) {
      const [source, other] = step.in.map((value) => this.values[value].start);
      const target = this.values[step.out].start;
      const from = this.shape(step.in[0]);
      const to = this.shape(step.out);
      const size = product(to);
      switch (step.op) {
        case "conv":
          return this.planConvolution(step, source, target, from, to);
        case "conv_transpose":
          return this.planTransposed(step, source, target, from, to);
        case "dense":
          return this.planDense(step, source, target, from, to);
        case "relu":
          return () => {
            const { memory } = this;
            for (let i = 0; i < size; i += 1) {
              const value = memory[source + i];
              memory[target + i] = value > 0 ? value : 0;
            }
          };
        case "sigmoid":
          return () => {
            const { memory } = this;
            for (let i = 0; i < size; i += 1) {
              memory[target + i] = 1 / (1 + Math.exp(-memory[source + i]));
            }
          };
        case "add":
          return () => {
            const { memory } = this;
            for (let i = 0; i < size; i += 1) {
              memory[target + i] = memory[source + i] + memory[other + i];
            }
          };
        case "add_row": {
          const row = this.weights[step.bias];
          return () => {
            const { memory } = this;
            for (let i = 0; i < size; i += 1) {
              memory[target + i] = memory[source + i] + row[i % row.length];
            }
          };
        }
        case "max_pool":
          return this.planMaxPool(step, source, target, from, to);
        case "mean":
          return () => {
            const { memory } = this;
            const [channels] = to;
            const area = product(from) / channels;
            for (let channel = 0; channel < channels; channel += 1) {
              let sum = 0;
              for (let i = 0; i < area; i += 1) sum += memory[source + i * channels + channel];
              memory[target + channel] = sum / area;
            }
          };
        default:
          throw new Error(`unknown step ${step.op}`);
      }
    }

    // Plan c = a b + bias, where a (rows x depth) is filled before each run; weights come in blocks.
    planProduct(kernel, bias, rows, depth, columns) {
      const deep = upTo(depth, DEPTH);
      const wide = upTo(columns, COLUMNS);
      const matrix = this.take(deep * wide);
      const offset = this.take(wide);
      this.filled.push((memory) => {
        const weights = this.weights[kernel];
        for (let k = 0; k < depth; k += 1) {
          for (let column = 0; column < columns; column += 1) {
            const block = Math.floor(column / COLUMNS);
            memory[matrix + (block * deep + k) * COLUMNS + (column % COLUMNS)] =
              weights[k * columns + column];
          }
        }
        if (bias !== undefined) memory.set(this.weights[bias], offset);
      });
      return {
        deep,
        wide,
        run: (a, c) =>
          this.kernel.multiply(
            a * BYTES, matrix * BYTES, offset * BYTES, c * BYTES, upTo(rows, ROWS), deep, wide),
      };
    }

    // Multiply to the target, or beside it where its rows are no multiple of the kernel's width.
    finishRows(plan, rows, columns, target) {
      if (plan.wide === columns) return (a) => plan.run(a, target);
      this.productSize = Math.max(this.productSize, upTo(rows, ROWS) * plan.wide);
      return (a) => {
        plan.run(a, this.products);
        for (let row = 0; row < rows; row += 1) {
          const start = this.products + row * plan.wide;
          this.memory.copyWithin(target + row * columns, start, start + columns);
        }
      };
    }

    planConvolution({ kernel, bias, strides, pads }, source, target, from, to) {
      const [height, width, channels] = from;
      const [outHeight, outWidth, outChannels] = to;
      const [tall, broad] = this.description.weights[kernel];
      const rows = outHeight * outWidth;
      const plan = this.planProduct(kernel, bias, rows, tall * broad * channels, outChannels);
      this.patchSize = Math.max(this.patchSize, upTo(rows, ROWS) * plan.deep);
      const finish = this.finishRows(plan, rows, outChannels, target);
      return () => {
        const { memory, patches } = this;
        memory.fill(0, patches, patches + rows * plan.deep);
        // The part of each patch that lies inside the image is copied line by line.
        for (let y = 0; y < outHeight; y += 1) {
          for (let x = 0; x < outWidth; x += 1) {
            const patch = patches + (y * outWidth + x) * plan.deep;
            const left = x * strides[1] - pads[1];
            const first = Math.max(0, -left);
            const last = Math.min(broad, width - left);
            for (let row = 0; row < tall; row += 1) {
              const line = y * strides[0] - pads[0] + row;
              if (line < 0 || line >= height) continue;
              const start = source + (line * width + left + first) * channels;
              memory.copyWithin(
                patch + (row * broad + first) * channels, start, start + (last - first) * channels);
            }
          }
        }
        finish(patches);
      };
    }

    planTransposed({ kernel, bias, strides, pads }, source, target, from, to) {
      const [height, width, channels] = from;
      const [outHeight, outWidth, outChannels] = to;
      const [, tall, broad] = this.description.weights[kernel];
      const rows = height * width;
      const columns = tall * broad * outChannels;
      const plan = this.planProduct(kernel, undefined, rows, channels, columns);
      this.productSize = Math.max(this.productSize, upTo(rows, ROWS) * plan.wide);
      this.patchSize = Math.max(this.patchSize, upTo(rows, ROWS) * plan.deep);
      const start = bias === undefined ? new Float32Array(outChannels) : this.weights[bias];
      return () => {
        const { memory, patches, products } = this;
        for (let row = 0; row < rows; row += 1) {
          const at = source + row * channels;
          memory.copyWithin(patches + row * plan.deep, at, at + channels);
          memory.fill(0, patches + row * plan.deep + channels, patches + (row + 1) * plan.deep);
        }
        plan.run(patches, products);
        for (let i = 0; i < outHeight * outWidth; i += 1) memory.set(start, target + i * outChannels);
        // Each pixel of the source has painted a patch; patches overlap and add up.
        for (let row = 0; row < rows; row += 1) {
          const top = Math.floor(row / width) * strides[0] - pads[0];
          const left = (row % width) * strides[1] - pads[1];
          for (let i = 0; i < tall * broad; i += 1) {
            const y = top + Math.floor(i / broad);
            const x = left + (i % broad);
            if (y < 0 || y >= outHeight || x < 0 || x >= outWidth) continue;
            const at = products + row * plan.wide + i * outChannels;
            const pixel = target + (y * outWidth + x) * outChannels;
            for (let c = 0; c < outChannels; c += 1) memory[pixel + c] += memory[at + c];
          }
        }
      };
    }

    planDense({ kernel, bias }, source, target, [depth], [columns]) {
      const plan = this.planProduct(kernel, bias, 1, depth, columns);
      this.patchSize = Math.max(this.patchSize, ROWS * plan.deep);
      const finish = this.finishRows(plan, 1, columns, target);
      return () => {
        this.memory.fill(0, this.patches, this.patches + ROWS * plan.deep);
        this.memory.copyWithin(this.patches, source, source + depth);
        finish(this.patches);
      };
    }

    planMaxPool({ size, strides, pads }, source, target, from, to) {
      const [height, width, channels] = from;
      const [outHeight, outWidth] = to;
      return () => {
        const { memory } = this;
        for (let y = 0; y < outHeight; y += 1) {
          for (let x = 0; x < outWidth; x += 1) {
            const pixel = target + (y * outWidth + x) * channels;
            memory.fill(-Infinity, pixel, pixel + channels);
            for (let i = 0; i < size[0] * size[1]; i += 1) {
              const row = y * strides[0] - pads[0] + Math.floor(i / size[1]);
              const column = x * strides[1] - pads[1] + (i % size[1]);
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              const at = source + (row * width + column) * channels;
              for (let c = 0; c < channels; c += 1) {
                if (memory[at + c] > memory[pixel + c]) memory[pixel + c] = memory[at + c];
              }
            }
          }
        }
      };
    }

    // Name a noisy image (784 numbers): everything that the graph gives, by its name.
    run(noisy) {
      const { inputs, outputs } = this.description;
      this.memory.set(noisy, this.values[inputs.noisy].start);
      for (const step of this.steps) step();
      return Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => {
          const { start, shape } = this.values[value];
          return [name, this.memory.slice(start, start + product(shape))];
        }),
      );
    }
  }

  // Probabilities of some categories, given the logits of all.
  function probabilities(logits, chosen) {
    const some = chosen.map((index) => logits[index]);
    const highest = Math.max(...some);
    const sizes = some.map((logit) => Math.exp(logit - highest));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    return sizes.map((size) => size / total);
  }

  async function load(description, options) {
    return new Network(description, await unpackWeights(description), options);
  }

  playground.network = { bytesOf, load, probabilities, unpackWeights, Network };
})((window.noisyPlayground ??= {}));
