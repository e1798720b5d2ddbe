// @ts-check
// Decodes bits that were packed by how probable each was: the arithmetic coder of JPEG 2000.

/** The share of the less probable bit, of each state. */
const SHARES = Uint16Array.of(
  0x5601,
  0x3401,
  0x1801,
  0x0ac1,
  0x0521,
  0x0221,
  0x5601,
  0x5401,
  0x4801,
  0x3801,
  0x3001,
  0x2401,
  0x1c01,
  0x1601,
  0x5601,
  0x5401,
  0x5101,
  0x4801,
  0x3801,
  0x3401,
  0x3001,
  0x2801,
  0x2401,
  0x2201,
  0x1c01,
  0x1801,
  0x1601,
  0x1401,
  0x1201,
  0x1101,
  0x0ac1,
  0x09c1,
  0x08a1,
  0x0521,
  0x0441,
  0x02a1,
  0x0221,
  0x0141,
  0x0111,
  0x0085,
  0x0049,
  0x0025,
  0x0015,
  0x0009,
  0x0005,
  0x0001,
  0x5601,
);
/** After the likelier bit comes the next state, but for these. */
const JUMPS = new Map([
  [5, 38],
  [13, 29],
  [45, 45],
  [46, 46],
]);
const AFTER_LIKELY = Uint8Array.from(SHARES, (_, i) => JUMPS.get(i) ?? i + 1);
/** After the rarer one comes, of the first states, one of these; of later ones that two before. */
const BACK = [1, 6, 9, 12, 29, 33, 6, 14, 14, 14, 17, 18, 20, 21, 14, 14, 15, 16, 17, 18, 19];
const AFTER_RARE = Uint8Array.from(SHARES, (_, i) => BACK[i] ?? (i === 46 ? i : i - 2));
/** In these the rarer bit becomes the likelier one. */
const TURNING = [0, 6, 14];
const TURNS = Uint8Array.from(SHARES, (_, i) => Number(TURNING.includes(i)));

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
