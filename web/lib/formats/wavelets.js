// @ts-check
// Puts a picture together from its wavelets: coarse parts with what is finer, step by step.

/** @typedef {Int32Array | Float32Array} Values */

/**
 * @typedef {object} Area whole places of a picture
 * @property {number} left
 * @property {number} top
 * @property {number} right the first beyond
 * @property {number} bottom
 */

// Steps of the smooth wavelets, the share that lies in low frequencies.
const STEPS = [0.443506852043971, 0.882911075530934, -0.052980118572961, -1.586134342059924];
const LOW = 1.230174104914001;

/**
 * @param {Float64Array} line low and high frequencies take turns, with room for four at each end
 * @param {number} start where it begins
 * @param {number} length
 */
function mirror(line, start, length) {
  const period = 2 * (length - 1);
  for (let i = 1; i <= 4; i += 1) {
    const before = i % period;
    line[start - i] = line[start + Math.min(before, period - before)];
    const after = (length - 1 + i) % period;
    line[start + length - 1 + i] = line[start + Math.min(after, period - after)];
  }
}

/**
 * Undo one step along a line.
 *
 * @param {Float64Array} line
 * @param {number} start
 * @param {number} length
 * @param {number} parity 1 if the first is of high frequencies
 * @param {boolean} isWhole whether the wavelets are of whole numbers
 */
function join(line, start, length, parity, isWhole) {
  if (length === 1) {
    const half = line[start] / 2;
    if (parity) line[start] = isWhole ? Math.trunc(half) : half;
    return;
  }
  mirror(line, start, length);
  const even = start + parity; // of low frequencies
  const [first, beyond] = [start, start + length];
  if (isWhole) {
    for (let i = even - 2 * parity; i <= beyond; i += 2) {
      line[i] -= Math.floor((line[i - 1] + line[i + 1] + 2) / 4);
    }
    for (let i = even - 1; i < beyond; i += 2) {
      if (i >= first) line[i] += Math.floor((line[i - 1] + line[i + 1]) / 2);
    }
    return;
  }
  for (let i = first - 4; i < beyond + 4; i += 1) {
    line[i] *= (i - even) % 2 === 0 ? LOW : 1 / LOW;
  }
  STEPS.forEach((step, n) => {
    const reach = 3 - n;
    for (let i = first - reach; i < beyond + reach; i += 1) {
      if (Math.abs(i - even) % 2 === n % 2) line[i] -= step * (line[i - 1] + line[i + 1]);
    }
  });
}

/**
 * Put four parts together, which take turns in `values`: low and high frequencies across, down.
 *
 * @param {Values} values of the area, is changed
 * @param {Area} area
 * @param {boolean} isWhole
 */
export function joinParts(values, { left, top, right, bottom }, isWhole) {
  const [width, height] = [right - left, bottom - top];
  const line = new Float64Array(Math.max(width, height) + 8);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) line[4 + x] = values[y * width + x];
    join(line, 4, width, left % 2, isWhole);
    for (let x = 0; x < width; x += 1) values[y * width + x] = line[4 + x];
  }
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) line[4 + y] = values[y * width + x];
    join(line, 4, height, top % 2, isWhole);
    for (let y = 0; y < height; y += 1) values[y * width + x] = line[4 + y];
  }
}
