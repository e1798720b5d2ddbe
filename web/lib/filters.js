// @ts-check
// Filters on planes of numbers, as scipy.ndimage has them.

/**
 * @typedef {object} Plane
 * @property {number} height
 * @property {number} width
 * @property {Float64Array} values row by row
 */
/** @typedef {"reflect" | "mirror"} Border */

/**
 * @param {number} height
 * @param {number} width
 * @param {Float64Array} [values] row by row; zeros if left out
 * @returns {Plane}
 */
export const plane = (height, width, values = new Float64Array(height * width)) => ({
  height,
  width,
  values,
});

/**
 * @param {Plane} source
 * @param {(value: number, place: number) => number} change
 * @returns {Plane}
 */
export function map({ height, width, values }, change) {
  // A loop, since Float64Array.from goes through an iterator.
  const changed = new Float64Array(values.length);
  for (let place = 0; place < changed.length; place += 1) {
    changed[place] = change(values[place], place);
  }
  return plane(height, width, changed);
}

/**
 * @param {ArrayLike<number>} values
 * @returns {number} the middle one, or the mean of the two in the middle
 */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// What lies beyond the border: "reflect" repeats the last pixel, "mirror" does not.
/** @type {Record<Border, (place: number, length: number) => number>} */
const beyond = {
  reflect(place, length) {
    const period = 2 * length;
    const inside = ((place % period) + period) % period;
    return inside < length ? inside : period - 1 - inside;
  },
  mirror(place, length) {
    if (length === 1) return 0;
    const period = 2 * length - 2;
    const inside = ((place % period) + period) % period;
    return inside < length ? inside : period - inside;
  },
};

/** @param {number} sigma */
function gaussianWeights(sigma) {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp((-0.5 * (i - radius) ** 2) / sigma ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { radius, weights: weights.map((weight) => weight / total) };
}

/**
 * Weigh each pixel's neighbours along some lines.
 *
 * @param {Float64Array} values changed in place
 * @param {{ length: number, step: number }} along pixels of a line, how far apart in memory
 * @param {{ count: number, apart: number }} lines how many, how far apart in memory
 * @param {number} sigma
 * @param {Border} border
 */
function blurLines(values, { length, step }, { count, apart }, sigma, border) {
  const { radius, weights } = gaussianWeights(sigma);
  const padded = new Float64Array(length + 2 * radius);
  const sources = Int32Array.from(padded, (_, i) => beyond[border](i - radius, length));
  for (let line = 0; line < count; line += 1) {
    const start = line * apart;
    for (let i = 0; i < padded.length; i += 1) padded[i] = values[start + sources[i] * step];
    for (let i = 0; i < length; i += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += weights[k] * padded[i + k];
      values[start + i * step] = sum;
    }
  }
}

/**
 * Blur with a Gaussian kernel, cut off at four of its standard deviations.
 *
 * @param {Plane} source
 * @param {number[]} sigmas standard deviations down, across, in pixels
 * @param {Border} [border] what lies beyond
 * @returns {Plane}
 */
export function gaussian({ height, width, values }, [down, across], border = "reflect") {
  const blurred = Float64Array.from(values);
  const columns = { length: height, step: width };
  const rows = { length: width, step: 1 };
  if (down > 1e-15) blurLines(blurred, columns, { count: width, apart: 1 }, down, border);
  if (across > 1e-15) blurLines(blurred, rows, { count: height, apart: width }, across, border);
  return plane(height, width, blurred);
}

/**
 * Between which two of `from` pixels each of `length` new ones lies, how far from the first.
 *
 * @param {number} length
 * @param {number} from
 */
function places(length, from) {
  return Array.from({ length }, (_, i) => {
    const place = Math.abs((i + 0.5) * (from / length) - 0.5);
    const low = Math.floor(place);
    return {
      low: beyond.mirror(low, from),
      high: beyond.mirror(low + 1, from),
      part: place - low,
    };
  });
}

/**
 * Resize linearly; what is made smaller is blurred first, if it shall be smooth.
 *
 * @param {Plane} source
 * @param {number[]} size height, width
 * @param {{ smooth?: boolean }} [options]
 * @returns {Plane}
 */
export function resize(source, [height, width], { smooth = true } = {}) {
  const sigmas = [source.height / height, source.width / width].map((factor) =>
    Math.max(0, (factor - 1) / 2),
  );
  const { values } = smooth ? gaussian(source, sigmas, "mirror") : source;
  const rows = places(height, source.height);
  const columns = places(width, source.width);
  const resized = plane(height, width);
  rows.forEach((row, y) => {
    const [above, below] = [row.low * source.width, row.high * source.width];
    columns.forEach(({ low, high, part }, x) => {
      const top = values[above + low] * (1 - part) + values[above + high] * part;
      const bottom = values[below + low] * (1 - part) + values[below + high] * part;
      resized.values[y * width + x] = top * (1 - row.part) + bottom * row.part;
    });
  });
  return resized;
}

/**
 * The number that would stand at a place if the first `count` were sorted; they are moved about.
 *
 * @type {(values: Float64Array, count: number, place: number) => number}
 */
function select(values, count, place) {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i += 1;
      while (values[j] > pivot) j -= 1;
      if (i <= j) {
        const value = values[i];
        values[i] = values[j];
        values[j] = value;
        i += 1;
        j -= 1;
      }
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else break;
  }
  return values[place];
}

/**
 * The median of a square around each pixel; beyond the border the last pixel goes on.
 *
 * @param {Plane} source
 * @param {number} side of the square, odd
 * @returns {Plane}
 */
export function medianFilter({ height, width, values }, side) {
  const filtered = plane(height, width);
  const half = side >> 1;
  const around = new Float64Array(side * side);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let count = 0;
      for (let dy = -half; dy <= half; dy += 1) {
        const row = Math.min(Math.max(y + dy, 0), height - 1) * width;
        for (let dx = -half; dx <= half; dx += 1) {
          around[count] = values[row + Math.min(Math.max(x + dx, 0), width - 1)];
          count += 1;
        }
      }
      filtered.values[y * width + x] = select(around, count, count >> 1);
    }
  }
  return filtered;
}

/** The four neighbours that share an edge, as steps down, across. */
export const STRAIGHT = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
];
/** All eight neighbours, clockwise from above. */
export const ALL_AROUND = [
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
];

/**
 * Give each group of pixels that hang together a number from 1; what is 0 has the number 0.
 *
 * @param {Plane} mask
 * @param {number[][]} neighbours `STRAIGHT` or `ALL_AROUND`
 * @returns {{ numbers: Int32Array, groups: number }}
 */
export function label({ height, width, values }, neighbours) {
  const numbers = new Int32Array(values.length);
  let groups = 0;
  /** @type {number[]} */
  const waiting = [];
  for (let start = 0; start < values.length; start += 1) {
    if (!values[start] || numbers[start]) continue;
    groups += 1;
    numbers[start] = groups;
    waiting.push(start);
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      const [y, x] = [Math.floor(place / width), place % width];
      for (const [dy, dx] of neighbours) {
        const [row, column] = [y + dy, x + dx];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const other = row * width + column;
        if (values[other] && !numbers[other]) {
          numbers[other] = groups;
          waiting.push(other);
        }
      }
    }
  }
  return { numbers, groups };
}

/**
 * Grow a mask by squares of so many pixels to each side; beyond the border is nothing.
 *
 * @param {Plane} mask
 * @param {number} by
 * @returns {Plane} of 0, 1
 */
export function grown({ height, width, values }, by) {
  const wide = new Float64Array(values.length);
  const tall = plane(height, width);
  for (let y = 0; y < height; y += 1) {
    let last = -Infinity;
    for (let x = 0; x < width + by; x += 1) {
      if (x < width && values[y * width + x]) last = x;
      if (x >= by && x - last <= 2 * by) wide[y * width + x - by] = 1;
    }
  }
  for (let x = 0; x < width; x += 1) {
    let last = -Infinity;
    for (let y = 0; y < height + by; y += 1) {
      if (y < height && wide[y * width + x]) last = y;
      if (y >= by && y - last <= 2 * by) tall.values[(y - by) * width + x] = 1;
    }
  }
  return tall;
}

/**
 * The top, bottom, left, right side of a picture: its outermost pixels.
 *
 * @param {Plane} picture
 */
export const sidesOf = ({ height, width, values }) => [
  values.subarray(0, width),
  values.subarray((height - 1) * width),
  values.filter((_, i) => i % width === 0),
  values.filter((_, i) => i % width === width - 1),
];

/** @param {Plane} picture its outermost pixels, the corners twice */
export const outermost = (picture) =>
  Float64Array.from(sidesOf(picture).flatMap((side) => [...side]));

/** @param {Plane} picture */
export const sum = ({ values }) => values.reduce((a, b) => a + b, 0);

/** @param {Plane} mask @returns {Plane} of 0, 1 */
export const not = (mask) => map(mask, (value) => Number(!value));

/**
 * A mask with all that it encloses.
 *
 * @param {Plane} mask
 * @returns {Plane} of 0, 1
 */
export function filled(mask) {
  const { height, width } = mask;
  const { numbers, groups } = label(not(mask), STRAIGHT);
  const isOutside = new Uint8Array(groups + 1);
  for (let x = 0; x < width; x += 1) {
    isOutside[numbers[x]] = 1;
    isOutside[numbers[(height - 1) * width + x]] = 1;
  }
  for (let y = 0; y < height; y += 1) {
    isOutside[numbers[y * width]] = 1;
    isOutside[numbers[y * width + width - 1]] = 1;
  }
  isOutside[0] = 0;
  return map(mask, (_, i) => Number(!isOutside[numbers[i]]));
}

/**
 * The mask of pixels above the lower threshold that hang together with one above the higher.
 *
 * @param {Plane} image
 * @param {number} low
 * @param {number} high
 * @returns {Plane} of 0, 1
 */
export function hysteresis(image, low, high) {
  const weak = map(image, (value) => Number(value > low));
  const { numbers, groups } = label(weak, STRAIGHT);
  const isStrong = new Uint8Array(groups + 1);
  image.values.forEach((value, place) => {
    if (value > high) isStrong[numbers[place]] = 1;
  });
  isStrong[0] = 0;
  return map(weak, (_, place) => isStrong[numbers[place]]);
}

/**
 * How far each pixel of a mask is from the nearest outside it: exact, first along columns, then along
 * rows as the lower envelope of parabolas (Felzenszwalb, Huttenlocher). The border is not outside.
 *
 * @param {Plane} mask
 * @returns {Plane} in pixels
 */
export function distances({ height, width, values }) {
  const far = (height + width) ** 2;
  const squares = Float64Array.from(values, (value) => (value ? far : 0));
  for (let x = 0; x < width; x += 1) envelope(squares, x, width, height);
  for (let y = 0; y < height; y += 1) envelope(squares, y * width, 1, width);
  return plane(height, width, squares.map(Math.sqrt));
}

/** @type {(squares: Float64Array, start: number, step: number, length: number) => void} */
function envelope(squares, start, step, length) {
  const heights = Float64Array.from({ length }, (_, i) => squares[start + i * step]);
  const peaks = new Int32Array(length);
  const borders = new Float64Array(length + 1);
  let last = 0;
  borders[0] = -Infinity;
  borders[1] = Infinity;
  for (let i = 1; i < length; i += 1) {
    /** @param {number} peak */
    const meet = (peak) => (heights[i] + i * i - heights[peak] - peak * peak) / (2 * (i - peak));
    while (meet(peaks[last]) <= borders[last]) last -= 1;
    borders[last + 1] = meet(peaks[last]);
    last += 1;
    peaks[last] = i;
    borders[last + 1] = Infinity;
  }
  let at = 0;
  for (let i = 0; i < length; i += 1) {
    while (borders[at + 1] < i) at += 1;
    squares[start + i * step] = (i - peaks[at]) ** 2 + heights[peaks[at]];
  }
}

/**
 * Close what is darker than all around it and thin: the least of the greatest around each place.
 *
 * @param {Plane} channel
 * @param {number} by pixels to each side
 */
export const closed = (channel, by) => foremost(foremost(channel, by, Math.max), by, Math.min);

/**
 * The greatest or the least around each place.
 *
 * @param {Plane} source
 * @param {number} by
 * @param {(one: number, other: number) => number} choose
 */
export function foremost(source, by, choose) {
  const { height, width } = source;
  const across = map(source, (value, i) => {
    const x = i % width;
    let best = value;
    for (let to = Math.max(x - by, 0); to <= Math.min(x + by, width - 1); to += 1) {
      best = choose(best, source.values[i - x + to]);
    }
    return best;
  });
  return map(across, (value, i) => {
    const y = Math.floor(i / width);
    let best = value;
    for (let to = Math.max(y - by, 0); to <= Math.min(y + by, height - 1); to += 1) {
      best = choose(best, across.values[i + (to - y) * width]);
    }
    return best;
  });
}
