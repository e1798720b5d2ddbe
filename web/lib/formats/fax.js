// @ts-check
// Unpacks pictures of two tones as fax machines pack them (CCITT T.4, T.6).

import { room, TornError } from "./pixels.js";

// Codes of runs, in hexadecimal behind a leading 1: of lengths 0 to 63, then 64 to 1728 in steps of 64.
const WHITE_RUNS =
  "x135 x47 x17 x18 x1b x1c x1e x1f x33 x34 x27 x28 x48 x43 x74 x75 x6a x6b xa7 x8c x88 x97 x83 x84 xa8 xab x93 xa4 x98 " +
  "x102 x103 x11a x11b x112 x113 x114 x115 x116 x117 x128 x129 x12a x12b x12c x12d x104 x105 x10a x10b x152 x153 " +
  "x154 x155 x124 x125 x158 x159 x15a x15b x14a x14b x132 x133 x134 x3b x32 x57 xb7 x136 x137 x164 x165 x168 x167 " +
  "x2cc x2cd x2d2 x2d3 x2d4 x2d5 x2d6 x2d7 x2d8 x2d9 x2da x2db x298 x299 x29a x58 x29b";
const BLACK_RUNS =
  "x437 xa x7 x6 xb x13 x12 x23 x45 x44 x84 x85 x87 x104 x107 x218 x417 x418 x408 x867 x868 x86c x837 x828 x817 x818 " +
  "x10ca x10cb x10cc x10cd x1068 x1069 x106a x106b x10d2 x10d3 x10d4 x10d5 x10d6 x10d7 x106c x106d x10da x10db " +
  "x1054 x1055 x1056 x1057 x1064 x1065 x1052 x1053 x1024 x1037 x1038 x1027 x1028 x1058 x1059 x102b x102c x105a " +
  "x1066 x1067 x40f x10c8 x10c9 x105b x1033 x1034 x1035 x206c x206d x204a x204b x204c x204d x2072 x2073 x2074 " +
  "x2075 x2076 x2077 x2052 x2053 x2054 x2055 x205a x205b x2064 x2065";
// Codes of x1792 to x2560 in steps of 64, of either colour.
const LONG_RUNS = "x808 x80c x80d x1012 x1013 x1014 x1015 x1016 x1017 x101c x101d x101e x101f";
const SHORT = 64;
const LONGEST_CODE = 13;

/** @param {string} codes @returns {Map<number, number>} run lengths by their codes */
const runsOf = (codes) =>
  new Map(
    [...codes.split(" "), ...LONG_RUNS.split(" ")].map((code, i) => [
      Number(`0${code}`),
      i < SHORT ? i : SHORT * (i - SHORT + 1),
    ]),
  );

const RUNS = [runsOf(WHITE_RUNS), runsOf(BLACK_RUNS)];
const PASS = "pass";
const ACROSS = "across";
/** How a row goes on, by a code behind a leading 1: how far its edge lies right of the one above. */
const MODES = new Map(
  /** @type {[number, number | string][]} */ ([
    [0b1_0001, PASS],
    [0b1_001, ACROSS],
    [0b1_1, 0],
    [0b1_011, 1],
    [0b1_000011, 2],
    [0b1_0000011, 3],
    [0b1_010, -1],
    [0b1_000010, -2],
    [0b1_0000010, -3],
  ]),
);

/** @typedef {"rows" | "group 3" | "group 4"} Packing rows that begin a byte, or anywhere */

class Bits {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** @param {number} [ahead] */
  peek(ahead = 0) {
    const at = this.at + ahead;
    return (this.bytes[at >> 3] >> (7 - (at & 7))) & 1;
  }

  get isOver() {
    return this.at >= 8 * this.bytes.length;
  }

  next() {
    if (this.isOver) throw new TornError("the end is missing");
    const bit = this.peek();
    this.at += 1;
    return bit;
  }

  /**
   * @template T
   * @param {Map<number, T>} codes
   * @returns {T}
   */
  code(codes) {
    let code = 1;
    for (let i = 0; i < LONGEST_CODE; i += 1) {
      code = 2 * code + this.next();
      const found = codes.get(code);
      if (found !== undefined) return found;
    }
    throw new TornError("no code");
  }

  /** @param {number} colour 1 black @returns {number} the length of a run */
  run(colour) {
    let [length, piece] = [0, SHORT];
    while (piece >= SHORT) {
      piece = this.code(RUNS[colour]);
      length += piece;
    }
    return length;
  }

  /** @param {number} count of bits @returns {boolean} whether it skipped the mark between two rows */
  skipMark(count = 11) {
    for (let i = 0; i < count; i += 1) if (this.peek(i)) return false;
    if (this.at + count >= 8 * this.bytes.length) return false;
    while (!this.isOver && !this.next());
    return true;
  }

  /** Go on where a byte begins. */
  align() {
    this.at = Math.ceil(this.at / 8) * 8;
  }
}

/**
 * @param {Bits} bits
 * @param {number} width
 * @returns {number[]} where its colour changes, white first
 */
function plainRow(bits, width) {
  const edges = [];
  let at = 0;
  for (let colour = 0; at < width; colour = 1 - colour) {
    at = Math.min(width, at + bits.run(colour));
    edges.push(at);
  }
  return edges;
}

/**
 * @param {Bits} bits
 * @param {number} width
 * @param {number[]} above where the row above changes its colour
 * @returns {number[]}
 */
function rowBelow(bits, width, above) {
  /** @type {number[]} */
  const edges = [];
  // Where it stands; at its start that is left of the first pixel.
  let [at, colour, next] = [-1, 0, 0];
  while (at < width) {
    // The first edge above, to the right, that changes to the other colour.
    while (next > 0 && above[next - 1] > at) next -= 1;
    while (next < above.length && (above[next] <= at || next % 2 !== colour)) next += 1;
    const [first, second] = [above[next] ?? width, above[next + 1] ?? width];
    const mode = bits.code(MODES);
    if (mode === PASS) {
      at = second;
    } else if (mode === ACROSS) {
      at = Math.max(at, 0);
      for (const paint of [colour, 1 - colour]) {
        at = Math.min(width, at + bits.run(paint));
        edges.push(at);
      }
    } else {
      const edge = first + Number(mode);
      if (edge < Math.max(at, 0) || edge > width) throw new TornError("an edge lies nowhere");
      edges.push(edge);
      at = edge;
      colour = 1 - colour;
    }
  }
  return edges;
}

/**
 * @param {Uint8Array} packed
 * @param {number} width
 * @param {number} height
 * @param {Packing} packing
 * @param {boolean} [isMixed] whether group 3 says of each row if it stands on the one above
 * @returns {Uint8Array} a bit a pixel, 1 black, each row beginning a byte
 * @throws {TornError}
 */
export function unpackFax(packed, width, height, packing, isMixed = false) {
  const bits = new Bits(packed);
  const rowBytes = Math.ceil(width / 8);
  const result = room(rowBytes * height);
  /** @type {number[]} */
  let edges = [];
  for (let y = 0; y < height; y += 1) {
    let standsAlone = packing !== "group 4";
    if (packing === "group 3") {
      bits.skipMark();
      if (isMixed) standsAlone = bits.next() === 1;
    }
    edges = standsAlone ? plainRow(bits, width) : rowBelow(bits, width, edges);
    if (packing === "rows") bits.align();
    for (let i = 0; i < edges.length; i += 2) {
      for (let x = edges[i]; x < (edges[i + 1] ?? width); x += 1) {
        result[y * rowBytes + (x >> 3)] |= 128 >> (x & 7);
      }
    }
  }
  return result;
}
