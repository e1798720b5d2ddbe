// @ts-check
// Unpacks pictures of black and white as fax machines pack them (CCITT T.4, T.6).

import { room, TornError } from "./pixels.js";

// Codes of runs, in hexadecimal behind a leading 1: of lengths 0 to 63, then 64 to 1728 in steps of 64.
const WHITE_RUNS =
  "135 47 17 18 1b 1c 1e 1f 33 34 27 28 48 43 74 75 6a 6b a7 8c 88 97 83 84 a8 ab 93 a4 98 " +
  "102 103 11a 11b 112 113 114 115 116 117 128 129 12a 12b 12c 12d 104 105 10a 10b 152 153 " +
  "154 155 124 125 158 159 15a 15b 14a 14b 132 133 134 3b 32 57 b7 136 137 164 165 168 167 " +
  "2cc 2cd 2d2 2d3 2d4 2d5 2d6 2d7 2d8 2d9 2da 2db 298 299 29a 58 29b";
const BLACK_RUNS =
  "437 a 7 6 b 13 12 23 45 44 84 85 87 104 107 218 417 418 408 867 868 86c 837 828 817 818 " +
  "10ca 10cb 10cc 10cd 1068 1069 106a 106b 10d2 10d3 10d4 10d5 10d6 10d7 106c 106d 10da 10db " +
  "1054 1055 1056 1057 1064 1065 1052 1053 1024 1037 1038 1027 1028 1058 1059 102b 102c 105a " +
  "1066 1067 40f 10c8 10c9 105b 1033 1034 1035 206c 206d 204a 204b 204c 204d 2072 2073 2074 " +
  "2075 2076 2077 2052 2053 2054 2055 205a 205b 2064 2065";
// Codes of 1792 to 2560 in steps of 64, of either colour.
const LONG_RUNS = "808 80c 80d 1012 1013 1014 1015 1016 1017 101c 101d 101e 101f";
const SHORT = 64;
const LONGEST_CODE = 13;

/** @param {string} codes @returns {Map<number, number>} run lengths by their codes */
const runsOf = (codes) =>
  new Map(
    [...codes.split(" "), ...LONG_RUNS.split(" ")].map((code, i) => [
      Number.parseInt(code, 16),
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
