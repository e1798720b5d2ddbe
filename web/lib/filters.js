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
 * @typedef {object} Places between which two pixels of a line those of another lie
 * @property {Int32Array} low
 * @property {Int32Array} high
 * @property {Float64Array} part of the way from the one to the other
 */

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
  const moved = new Float64Array(values);
  const middle = moved.length >> 1;
  const upper = select(moved, moved.length, middle);
  if (moved.length % 2) return upper;
  let lower = -Infinity;
  for (let i = 0; i < middle; i += 1) if (moved[i] > lower) lower = moved[i];
  return (lower + upper) / 2;
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

// Below this a blur is none.
const NO_BLUR = 1e-15;

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
 * Weigh the pixels above, below each of some rows. Whole rows are added, as they lie in memory.
 *
 * @param {Plane} source
 * @param {number} sigma
 * @param {Border} border
 * @param {ArrayLike<number>} rows
 * @returns {Plane} these rows alone
 */
function blurredDown({ height, width, values }, sigma, border, rows) {
  const { radius, weights } = gaussianWeights(sigma);
  const blurred = plane(rows.length, width);
  for (let y = 0; y < rows.length; y += 1) {
    const sums = blurred.values.subarray(y * width, (y + 1) * width);
    for (let k = 0; k < weights.length; k += 1) {
      const weight = weights[k];
      const start = beyond[border](rows[y] + k - radius, height) * width;
      for (let x = 0; x < width; x += 1) sums[x] += weight * values[start + x];
    }
  }
  return blurred;
}

/**
 * Weigh the pixels on the left, on the right of each of some columns.
 *
 * @param {Plane} source
 * @param {number} sigma
 * @param {Border} border
 * @param {ArrayLike<number>} columns
 * @returns {Plane} these columns alone
 */
function blurredAcross({ height, width, values }, sigma, border, columns) {
  const { radius, weights } = gaussianWeights(sigma);
  const blurred = plane(height, columns.length);
  const padded = new Float64Array(width + 2 * radius);
  const sources = Int32Array.from(padded, (_, i) => beyond[border](i - radius, width));
  for (let y = 0; y < height; y += 1) {
    for (let i = 0; i < padded.length; i += 1) padded[i] = values[y * width + sources[i]];
    for (let x = 0; x < columns.length; x += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += weights[k] * padded[columns[x] + k];
      blurred.values[y * columns.length + x] = sum;
    }
  }
  return blurred;
}

/** @param {number} length */
const all = (length) => Int32Array.from({ length }, (_, i) => i);

/**
 * Blur with a Gaussian kernel, cut off at four of its standard deviations.
 *
 * @param {Plane} source
 * @param {number[]} sigmas standard deviations down, across, in pixels
 * @param {Border} [border] what lies beyond
 * @returns {Plane} the source itself where it is blurred neither way
 */
export function gaussian(source, [down, across], border = "reflect") {
  const { height, width } = source;
  const tall = down > NO_BLUR ? blurredDown(source, down, border, all(height)) : source;
  return across > NO_BLUR ? blurredAcross(tall, across, border, all(width)) : tall;
}

/**
 * Between which two of `from` pixels each of `length` new ones lies, how far from the first.
 *
 * @param {number} length
 * @param {number} from
 * @returns {Places}
 */
function places(length, from) {
  const low = new Int32Array(length);
  const high = new Int32Array(length);
  const part = new Float64Array(length);
  for (let i = 0; i < length; i += 1) {
    const place = Math.abs((i + 0.5) * (from / length) - 0.5);
    const first = Math.floor(place);
    low[i] = beyond.mirror(first, from);
    high[i] = beyond.mirror(first + 1, from);
    part[i] = place - first;
  }
  return { low, high, part };
}

/**
 * Of the pixels along a side those alone that a smaller picture is made of.
 *
 * @param {Places} places
 */
function fewest({ low, high, part }) {
  const used = Int32Array.from(new Set([...low, ...high])).sort();
  const among = new Map([...used].map((place, i) => [place, i]));
  const moved = (/** @type {Int32Array} */ one) => one.map((place) => among.get(place) ?? 0);
  return { used, low: moved(low), high: moved(high), part };
}

/**
 * Resize linearly; what is made smaller is blurred first, if it shall be smooth, though only in the rows
 * and columns that are used then.
 *
 * @param {Plane} source
 * @param {number[]} size height, width
 * @param {{ smooth?: boolean }} [options]
 * @returns {Plane}
 */
export function resize(source, [height, width], { smooth = true } = {}) {
  const [down, across] = [source.height / height, source.width / width].map((factor) =>
    smooth ? Math.max(0, (factor - 1) / 2) : 0,
  );
  let from = source;
  let rows = places(height, source.height);
  let columns = places(width, source.width);
  if (down > NO_BLUR) {
    const { used, ...moved } = fewest(rows);
    from = blurredDown(from, down, "mirror", used);
    rows = moved;
  }
  if (across > NO_BLUR) {
    const { used, ...moved } = fewest(columns);
    from = blurredAcross(from, across, "mirror", used);
    columns = moved;
  }
  const { values } = from;
  const resized = plane(height, width);
  for (let y = 0; y < height; y += 1) {
    const above = rows.low[y] * from.width;
    const below = rows.high[y] * from.width;
    const lower = rows.part[y];
    for (let x = 0; x < width; x += 1) {
      const low = columns.low[x];
      const high = columns.high[x];
      const part = columns.part[x];
      const top = values[above + low] * (1 - part) + values[above + high] * part;
      const bottom = values[below + low] * (1 - part) + values[below + high] * part;
      resized.values[y * width + x] = top * (1 - lower) + bottom * lower;
    }
  }
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
 * Each value has its place among all, sorted. What the square holds is counted by these places while it
 * moves along a row (Huang): in groups, too, so that the middle one is found in a few steps.
 *
 * @param {Plane} source
 * @param {number} side of the square, odd
 * @returns {Plane}
 */
export function medianFilter({ height, width, values }, side) {
  const filtered = plane(height, width);
  const half = side >> 1;
  const middle = (side * side) >> 1;
  const sorted = new Float64Array(values).sort();
  const ranks = Int32Array.from(values, (value) => firstAt(sorted, value));
  const held = new Int32Array(values.length);
  const groups = new Int32Array((values.length >> 6) + 1);
  /** @type {(y: number, x: number, change: number) => void} */
  const count = (y, x, change) => {
    const column = Math.min(Math.max(x, 0), width - 1);
    for (let dy = -half; dy <= half; dy += 1) {
      const rank = ranks[Math.min(Math.max(y + dy, 0), height - 1) * width + column];
      held[rank] += change;
      groups[rank >> 6] += change;
    }
  };
  for (let y = 0; y < height; y += 1) {
    held.fill(0);
    groups.fill(0);
    for (let dx = -half; dx <= half; dx += 1) count(y, dx, 1);
    for (let x = 0; x < width; x += 1) {
      let [below, group] = [0, 0];
      while (below + groups[group] <= middle) {
        below += groups[group];
        group += 1;
      }
      let rank = group << 6;
      while (below + held[rank] <= middle) {
        below += held[rank];
        rank += 1;
      }
      filtered.values[y * width + x] = sorted[rank];
      count(y, x - half, -1);
      count(y, x + half + 1, 1);
    }
  }
  return filtered;
}

/**
 * Where a value first stands among sorted ones.
 *
 * @type {(sorted: Float64Array, value: number) => number}
 */
function firstAt(sorted, value) {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const between = (low + high) >> 1;
    if (sorted[between] < value) low = between + 1;
    else high = between;
  }
  return low;
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
  const [downs, acrosses] = [0, 1].map((axis) => Int32Array.from(neighbours, (one) => one[axis]));
  const waiting = new Int32Array(values.length);
  let groups = 0;
  for (let start = 0; start < values.length; start += 1) {
    if (!values[start] || numbers[start]) continue;
    groups += 1;
    numbers[start] = groups;
    waiting[0] = start;
    for (let left = 1; left; ) {
      left -= 1;
      const place = waiting[left];
      const y = Math.floor(place / width);
      const x = place - y * width;
      for (let k = 0; k < downs.length; k += 1) {
        const row = y + downs[k];
        const column = x + acrosses[k];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const other = row * width + column;
        if (values[other] && !numbers[other]) {
          numbers[other] = groups;
          waiting[left] = other;
          left += 1;
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
  Float64Array.from({ length: height }, (_, y) => values[y * width]),
  Float64Array.from({ length: height }, (_, y) => values[(y + 1) * width - 1]),
];

/** @param {Plane} picture its outermost pixels, the corners twice */
export const outermost = (picture) =>
  Float64Array.from(sidesOf(picture).flatMap((side) => [...side]));

/** @param {Plane} picture */
export function sum({ values }) {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += values[i];
  return total;
}

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
  for (let i = 0; i < numbers.length; i += 1) {
    if (image.values[i] > high) isStrong[numbers[i]] = 1;
  }
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
  const squares = map({ height, width, values }, (value) => (value ? far : 0));
  const longest = Math.max(height, width);
  const space = {
    heights: new Float64Array(longest),
    peaks: new Int32Array(longest),
    borders: new Float64Array(longest + 1),
  };
  for (let x = 0; x < width; x += 1) envelope(squares.values, x, width, height, space);
  for (let y = 0; y < height; y += 1) envelope(squares.values, y * width, 1, width, space);
  return map(squares, Math.sqrt);
}

/**
 * @param {Float64Array} squares changed in place
 * @param {number} start
 * @param {number} step
 * @param {number} length
 * @param {{ heights: Float64Array, peaks: Int32Array, borders: Float64Array }} space to work in
 */
function envelope(squares, start, step, length, { heights, peaks, borders }) {
  for (let i = 0; i < length; i += 1) heights[i] = squares[start + i * step];
  let last = 0;
  peaks[0] = 0;
  borders[0] = -Infinity;
  borders[1] = Infinity;
  for (let i = 1; i < length; i += 1) {
    const own = heights[i] + i * i;
    let peak = peaks[last];
    let meet = (own - heights[peak] - peak * peak) / (2 * (i - peak));
    while (meet <= borders[last]) {
      last -= 1;
      peak = peaks[last];
      meet = (own - heights[peak] - peak * peak) / (2 * (i - peak));
    }
    last += 1;
    borders[last] = meet;
    peaks[last] = i;
    borders[last + 1] = Infinity;
  }
  let at = 0;
  for (let i = 0; i < length; i += 1) {
    while (borders[at + 1] < i) at += 1;
    const away = i - peaks[at];
    squares[start + i * step] = away * away + heights[peaks[at]];
  }
}

/**
 * Close what is darker than all around it and thin: the least of the greatest around each place.
 *
 * @param {Plane} channel
 * @param {number} by pixels to each side
 */
export const closed = (channel, by) => least(greatest(channel, by), by);

/** Open what is lighter, as `closed` closes what is darker. @type {(channel: Plane, by: number) => Plane} */
export const opened = (channel, by) => greatest(least(channel, by), by);

/** The greatest around each place, so many pixels to each side. @type {(source: Plane, by: number) => Plane} */
function greatest({ height, width, values }, by) {
  const across = plane(height, width);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let best = -Infinity;
      const last = y * width + Math.min(x + by, width - 1);
      for (let i = y * width + Math.max(x - by, 0); i <= last; i += 1) {
        if (values[i] > best) best = values[i];
      }
      across.values[y * width + x] = best;
    }
  }
  const found = plane(height, width);
  for (let y = 0; y < height; y += 1) {
    const rows = [Math.max(y - by, 0), Math.min(y + by, height - 1)];
    for (let x = 0; x < width; x += 1) {
      let best = -Infinity;
      for (let row = rows[0]; row <= rows[1]; row += 1) {
        const value = across.values[row * width + x];
        if (value > best) best = value;
      }
      found.values[y * width + x] = best;
    }
  }
  return found;
}

/** The least around each place, so many pixels to each side. @type {(source: Plane, by: number) => Plane} */
const least = (source, by) =>
  map(
    greatest(
      map(source, (value) => -value),
      by,
    ),
    (value) => -value,
  );
