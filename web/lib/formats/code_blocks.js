// @ts-check
// Decodes the blocks of coefficients that JPEG 2000 packs bit plane by bit plane.

import { ArithmeticDecoder, BitReader } from "./arithmetic.js";

// How a block was packed.
const BYPASS = 1;
const RESET = 2;
const EACH_ENDS = 4;
const APART = 8;
const MARKED = 32;
// Contexts: nine of significance, five of the sign, three of what follows, one of runs, one of none.
const SIGNS = 9;
const REFINEMENTS = 14;
const RUN = 17;
const EVEN = 18;
// Up to here all is packed by probability, though later bits may be as they are.
const FIRST_PASSES = 10;
const STRIPE = 4;

const SIGNIFICANT = 1;
const NEGATIVE = 2;
const REFINED = 4;
const VISITED = 8;

/** @typedef {"LL" | "HL" | "LH" | "HH"} Band what lies in it: low or high frequencies across, down */

/** @type {(h: number, v: number, d: number) => number} the context by neighbours beside, above, askew */
function acrossContext(h, v, d) {
  if (h === 2) return 8;
  if (h === 1) return v ? 7 : d ? 6 : 5;
  if (v) return 2 + v;
  return Math.min(d, 2);
}

/** @type {(h: number, v: number, d: number) => number} */
function askewContext(h, v, d) {
  const straight = Math.min(h + v, 2);
  if (d >= 3) return 8;
  if (d === 2) return straight ? 7 : 6;
  return 3 * d + straight;
}

/** Contexts by all three numbers: d + 5 * (v + 3 * h). @type {(of: typeof acrossContext) => Uint8Array} */
const tableOf = (of) =>
  Uint8Array.from({ length: 45 }, (_, i) => of(Math.floor(i / 15), Math.floor(i / 5) % 3, i % 5));
const ACROSS = tableOf(acrossContext);
/** @type {Record<Band, Uint8Array>} */
const CONTEXTS = {
  LL: ACROSS,
  LH: ACROSS,
  HL: tableOf((h, v, d) => acrossContext(v, h, d)),
  HH: tableOf(askewContext),
};

/** @typedef {{ passes: number, bytes: Uint8Array }} Segment what was packed without a break */

/** @param {number} style @param {number} passes so far @returns {number} how many come in the next segment */
export function passesOfSegment(style, passes) {
  if (style & EACH_ENDS) return 1;
  if (!(style & BYPASS)) return Number.POSITIVE_INFINITY;
  if (passes === 0) return FIRST_PASSES;
  return (passes - FIRST_PASSES) % 3 === 0 ? 2 : 1;
}

/**
 * Decode a block's coefficients.
 *
 * @param {object} block
 * @param {number} block.width
 * @param {number} block.height
 * @param {number} block.planes of bits
 * @param {Segment[]} block.segments
 * @param {number} block.style
 * @param {Band} block.band
 * @returns {Int32Array} doubled, the lowest bit being half of what was not packed
 */
export function decodeBlock({ width, height, planes, segments, style, band }) {
  const values = new Int32Array(width * height);
  const stride = width + 2;
  // With a border of nothing.
  const flags = new Uint8Array(stride * (height + 2));
  const table = CONTEXTS[band];
  const contexts = new Uint8Array(EVEN + 1);
  const reset = () => {
    contexts.fill(0);
    [contexts[0], contexts[RUN], contexts[EVEN]] = [2 * 4, 2 * 3, 2 * 46];
  };
  reset();
  const isApart = (style & APART) !== 0;
  /** @type {ArithmeticDecoder} */
  let packed = new ArithmeticDecoder(new Uint8Array());
  /** @type {BitReader | undefined} */
  let plain;
  let plane = planes - 1;

  // What is significant around a place; the stripe below counts for nothing if stripes stand apart.
  let [h, v, d] = [0, 0, 0];
  /** @type {(at: number, isLast: boolean) => void} */
  const lookAround = (at, isLast) => {
    h = (flags[at - 1] & 1) + (flags[at + 1] & 1);
    v = flags[at - stride] & 1;
    d = (flags[at - stride - 1] & 1) + (flags[at - stride + 1] & 1);
    if (isLast && isApart) return;
    v += flags[at + stride] & 1;
    d += (flags[at + stride - 1] & 1) + (flags[at + stride + 1] & 1);
  };
  /** @type {(at: number) => number} */
  const signAt = (at) => (flags[at] & SIGNIFICANT ? (flags[at] & NEGATIVE ? -1 : 1) : 0);
  /** @type {(at: number, isLast: boolean) => number} */
  const readSign = (at, isLast) => {
    if (plain) return plain.bit();
    const across = Math.max(-1, Math.min(1, signAt(at - 1) + signAt(at + 1)));
    const below = isLast && isApart ? 0 : signAt(at + stride);
    const down = Math.max(-1, Math.min(1, signAt(at - stride) + below));
    const turn = across < 0 || (across === 0 && down < 0) ? -1 : 1;
    const context = across ? 3 + turn * down : Math.abs(down);
    return packed.bit(contexts, SIGNS + context) ^ Number(turn < 0);
  };
  /** @type {(at: number, to: number, isLast: boolean) => void} */
  const becomeSignificant = (at, to, isLast) => {
    const isNegative = readSign(at, isLast);
    flags[at] |= SIGNIFICANT | (isNegative ? NEGATIVE : 0);
    values[to] = (isNegative ? -3 : 3) * 2 ** plane;
  };

  /** @type {(visit: (at: number, to: number, isLast: boolean) => void) => void} */
  const scan = (visit) => {
    for (let top = 0; top < height; top += STRIPE) {
      const end = Math.min(top + STRIPE, height);
      for (let x = 0; x < width; x += 1) {
        for (let y = top; y < end; y += 1) {
          visit((y + 1) * stride + x + 1, y * width + x, y === top + STRIPE - 1);
        }
      }
    }
  };
  const spread = () =>
    scan((at, to, isLast) => {
      if (flags[at] & SIGNIFICANT) return;
      lookAround(at, isLast);
      if (h + v + d === 0) return;
      flags[at] |= VISITED;
      const bit = plain ? plain.bit() : packed.bit(contexts, table[d + 5 * (v + 3 * h)]);
      if (bit) becomeSignificant(at, to, isLast);
    });
  const refine = () =>
    scan((at, to, isLast) => {
      if ((flags[at] & (SIGNIFICANT | VISITED)) !== SIGNIFICANT) return;
      let bit;
      if (plain) bit = plain.bit();
      else {
        let context = 2;
        if (!(flags[at] & REFINED)) {
          lookAround(at, isLast);
          context = Number(h + v + d > 0);
        }
        bit = packed.bit(contexts, REFINEMENTS + context);
      }
      flags[at] |= REFINED;
      const half = 2 ** plane;
      values[to] += values[to] < 0 === (bit === 1) ? -half : half;
    });
  /** @type {(at: number, isLast: boolean) => boolean} */
  const isQuiet = (at, isLast) => {
    if (flags[at] & (SIGNIFICANT | VISITED)) return false;
    lookAround(at, isLast);
    return h + v + d === 0;
  };
  const cleanUp = () => {
    for (let top = 0; top < height; top += STRIPE) {
      const end = Math.min(top + STRIPE, height);
      for (let x = 0; x < width; x += 1) {
        let y = top;
        const first = (top + 1) * stride + x + 1;
        let isRun = end - top === STRIPE;
        for (let i = 0; isRun && i < STRIPE; i += 1) {
          isRun = isQuiet(first + i * stride, i === STRIPE - 1);
        }
        if (isRun) {
          if (!packed.bit(contexts, RUN)) continue;
          y += 2 * packed.bit(contexts, EVEN);
          y += packed.bit(contexts, EVEN);
          becomeSignificant((y + 1) * stride + x + 1, y * width + x, y === top + STRIPE - 1);
          y += 1;
        }
        for (; y < end; y += 1) {
          const at = (y + 1) * stride + x + 1;
          if (flags[at] & (SIGNIFICANT | VISITED)) continue;
          const isLast = y === top + STRIPE - 1;
          lookAround(at, isLast);
          if (packed.bit(contexts, table[d + 5 * (v + 3 * h)])) {
            becomeSignificant(at, y * width + x, isLast);
          }
        }
      }
    }
    if (style & MARKED) for (let i = 0; i < 4; i += 1) packed.bit(contexts, EVEN);
    for (let i = 0; i < flags.length; i += 1) flags[i] &= ~VISITED;
  };

  const passes = [cleanUp, spread, refine];
  let pass = 0;
  for (const { passes: count, bytes } of segments) {
    const isPlain = (style & BYPASS) !== 0 && pass >= FIRST_PASSES && pass % 3 !== 0;
    plain = isPlain ? new BitReader(bytes) : undefined;
    if (!isPlain) packed = new ArithmeticDecoder(bytes);
    for (let i = 0; i < count && plane >= 0; i += 1, pass += 1) {
      passes[pass % 3]();
      if (style & RESET) reset();
      if (pass % 3 === 0) plane -= 1;
    }
  }
  return values;
}
