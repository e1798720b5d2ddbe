// @ts-check
// Decodes bits that were packed by how probable each was: the arithmetic coder of JPEG 2000.

/** Of each state: the share of the less probable bit, the next state after the other, after it. */
const STATES = [
  [0x5601, 1, 1],
  [0x3401, 2, 6],
  [0x1801, 3, 9],
  [0x0ac1, 4, 12],
  [0x0521, 5, 29],
  [0x0221, 38, 33],
  [0x5601, 7, 6],
  [0x5401, 8, 14],
  [0x4801, 9, 14],
  [0x3801, 10, 14],
  [0x3001, 11, 17],
  [0x2401, 12, 18],
  [0x1c01, 13, 20],
  [0x1601, 29, 21],
  [0x5601, 15, 14],
  [0x5401, 16, 14],
  [0x5101, 17, 15],
  [0x4801, 18, 16],
  [0x3801, 19, 17],
  [0x3401, 20, 18],
  [0x3001, 21, 19],
  [0x2801, 22, 19],
  [0x2401, 23, 20],
  [0x2201, 24, 21],
  [0x1c01, 25, 22],
  [0x1801, 26, 23],
  [0x1601, 27, 24],
  [0x1401, 28, 25],
  [0x1201, 29, 26],
  [0x1101, 30, 27],
  [0x0ac1, 31, 28],
  [0x09c1, 32, 29],
  [0x08a1, 33, 30],
  [0x0521, 34, 31],
  [0x0441, 35, 32],
  [0x02a1, 36, 33],
  [0x0221, 37, 34],
  [0x0141, 38, 35],
  [0x0111, 39, 36],
  [0x0085, 40, 37],
  [0x0049, 41, 38],
  [0x0025, 42, 39],
  [0x0015, 43, 40],
  [0x0009, 44, 41],
  [0x0005, 45, 42],
  [0x0001, 45, 43],
  [0x5601, 46, 46],
];
const SHARES = Uint16Array.from(STATES, ([share]) => share);
const AFTER_LIKELY = Uint8Array.from(STATES, ([, next]) => next);
const AFTER_RARE = Uint8Array.from(STATES, ([, , next]) => next);
/** In these the rarer bit becomes the likelier one. */
const TURNING = [0, 6, 14];
const TURNS = Uint8Array.from(STATES, (_, i) => Number(TURNING.includes(i)));

/** Reads bits, each in a context of its own that learns how probable they are. */
export class ArithmeticDecoder {
  /** @param {Uint8Array} bytes behind whose end come ones */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.width = 0x8000;
    this.code = (bytes[0] ?? 0xff) << 16;
    this.left = 0;
    this.readByte();
    this.code *= 2 ** 7;
    this.left -= 7;
  }

  readByte() {
    const { bytes, at } = this;
    const next = bytes[at + 1] ?? 0xff;
    if ((bytes[at] ?? 0xff) !== 0xff) {
      this.at += 1;
      this.code += next << 8;
      this.left = 8;
    } else if (next > 0x8f) {
      this.code += 0xff00; // a mark ends the bits
      this.left = 8;
    } else {
      this.at += 1;
      this.code += next << 9;
      this.left = 7;
    }
  }

  /**
   * @param {Uint8Array} contexts of each its state, doubled, with the likelier bit added
   * @param {number} context
   * @returns {number} a bit
   */
  bit(contexts, context) {
    const both = contexts[context];
    const [state, likely] = [both >> 1, both & 1];
    const share = SHARES[state];
    this.width -= share;
    let isLikely = true;
    if (this.code >>> 16 < share) {
      isLikely = this.width < share;
      this.width = share;
    } else {
      this.code -= share << 16;
      if (this.width & 0x8000) return likely;
      isLikely = this.width >= share;
    }
    const bit = isLikely ? likely : 1 - likely;
    contexts[context] = isLikely
      ? 2 * AFTER_LIKELY[state] + likely
      : 2 * AFTER_RARE[state] + (TURNS[state] ? 1 - likely : likely);
    do {
      if (this.left === 0) this.readByte();
      this.width <<= 1;
      this.code = (this.code << 1) >>> 0;
      this.left -= 1;
    } while (!(this.width & 0x8000));
    return bit;
  }
}

/** Reads bits as they are; a byte of ones is followed by one of seven bits. */
export class BitReader {
  /** @param {Uint8Array} bytes behind whose end come ones */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.byte = 0;
    this.left = 0;
  }

  bit() {
    if (this.left === 0) {
      this.left = this.byte === 0xff ? 7 : 8;
      this.byte = this.bytes[this.at] ?? 0xff;
      this.at += 1;
    }
    this.left -= 1;
    return (this.byte >> this.left) & 1;
  }
}
