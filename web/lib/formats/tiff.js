// @ts-check
// Decodes TIFF pictures, which browsers do not.

import { coloursOfLab } from "./lab.js";
import {
  Cursor,
  printed,
  room,
  spread,
  TornError,
  toEightBits,
  turned,
  UnreadError,
} from "./pixels.js";
import { JPEG, mayBeDifferences, PLAIN, unpack } from "./tiff_pieces.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */
/** @typedef {import("./pixels.js").Decode} Decode */

// What a file tells, by the numbers that TIFF gives it.
const WIDTH = 256;
const HEIGHT = 257;
const BITS = 258;
const PACKING = 259;
const LOOK = 262;
const FILL_ORDER = 266;
const STRIPS = { places: 273, counts: 279 };
const TILES = { places: 324, counts: 325 };
const ORIENTATION = 274;
const SAMPLES = 277;
const ROWS_PER_STRIP = 278;
const PLANES = 284;
const FAX_OPTIONS = 292;
const PREDICTOR = 317;
const COLOUR_MAP = 320;
const TILE_WIDTH = 322;
const TILE_HEIGHT = 323;
const EXTRA = 338;
const FORMAT = 339;
const JPEG_TABLES = 347;
// How the numbers of a pixel look.
const WHITE_IS_ZERO = 0;
const RGB = 2;
const PALETTE = 3;
const INKS = 5;
const BRIGHTNESS = 6;
const LAB = 8;
// Which numbers they are.
const SIGNED = 2;
const FLOAT = 3;
// Of what is no colour: alpha that the colours are multiplied by.
const MULTIPLIED = 1;
const MOST_SAMPLES = 6;
const MOST_TAGS = 4096;

/** How many bytes a number has, by the type that a tag gives; rational ones are not asked for. */
const SIZES = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
  [6, 1],
  [7, 1],
  [8, 2],
  [9, 4],
  [13, 4],
  [16, 8],
  [18, 8],
]);

const BEGINS = ["73,73,42,0", "77,77,0,42", "77,77,42,0", "73,73,0,42", "77,77,0,43", "73,73,43,0"];

/** @type {(bytes: Uint8Array) => boolean} whether a file begins as TIFF pictures do */
export const isTiff = (bytes) => BEGINS.includes(bytes.subarray(0, 4).join(","));

/**
 * Read what a file tells of its first picture.
 *
 * @param {Uint8Array} bytes
 * @returns {{ isLittle: boolean, tags: Map<number, number[]>, hasNext: () => boolean }} with whether
 *   another one follows
 */
function tagsOf(bytes) {
  const isLittle = bytes[0] === 73;
  const cursor = new Cursor(bytes, isLittle);
  const { view } = cursor;
  const isBig = bytes[2] === 43 || bytes[3] === 43;
  const long = () => (isBig ? Number(view.getBigUint64(cursor.step(8), isLittle)) : cursor.u32());
  cursor.at = isBig ? 8 : 4;
  const start = long();
  cursor.at = start;
  const count = isBig ? long() : cursor.u16();
  if (count > MOST_TAGS) throw new TornError("too many tags");
  const tags = new Map();
  for (let i = 0; i < count; i += 1) {
    const [tag, type] = [cursor.u16(), cursor.u16()];
    const many = long();
    const size = SIZES.get(type) ?? 0;
    const inPlace = cursor.step(isBig ? 8 : 4);
    const next = cursor.at;
    cursor.at = inPlace;
    const at = many * size > next - inPlace ? long() : inPlace;
    cursor.at = next;
    if (!size || at + many * size > bytes.length) continue;
    tags.set(
      tag,
      Array.from({ length: many }, (_, n) => {
        if (size === 1) return bytes[at + n];
        if (size === 2) return view.getUint16(at + 2 * n, isLittle);
        if (size === 4) return view.getUint32(at + 4 * n, isLittle);
        return Number(view.getBigUint64(at + 8 * n, isLittle));
      }),
    );
  }
  return { isLittle, tags, hasNext: () => ![0, start].includes(long()) };
}

/** @type {(bytes: Uint8Array) => boolean} whether a file holds more than its first picture */
export const hasNextPage = (bytes) => tagsOf(bytes).hasNext();

/** @type {(bytes: Uint8Array) => number | undefined} how a file says that its picture is to be turned */
export const orientationOf = (bytes) => tagsOf(bytes).tags.get(ORIENTATION)?.[0];

/**
 * @typedef {object} Page what a file tells of its first picture
 * @property {boolean} isLittle
 * @property {number} width
 * @property {number} height
 * @property {number} packing
 * @property {number} look
 * @property {number} bits of each number
 * @property {number} samples numbers of a pixel
 * @property {number} format
 * @property {number[]} extra what each number is that is no colour
 * @property {boolean} isFlat whether each colour has a plane of its own
 * @property {(tag: number, otherwise: number) => number} one
 * @property {(tag: number) => number[]} all
 */

/** @type {(bytes: Uint8Array) => Page} */
function pageOf(bytes) {
  const { isLittle, tags } = tagsOf(bytes);
  const all = (/** @type {number} */ tag) => tags.get(tag) ?? [];
  const one = (/** @type {number} */ tag, /** @type {number} */ otherwise) =>
    tags.get(tag)?.[0] ?? otherwise;
  const bits = tags.get(BITS) ?? [1];
  const samples = one(SAMPLES, 1);
  const page = {
    isLittle,
    all,
    one,
    width: one(WIDTH, 0),
    height: one(HEIGHT, 0),
    packing: one(PACKING, PLAIN),
    look: one(LOOK, WHITE_IS_ZERO),
    bits: bits[0],
    samples,
    format: one(FORMAT, 1),
    extra: all(EXTRA),
    isFlat: one(PLANES, 1) === 2,
  };
  if (!page.width || !page.height) throw new TornError("no size");
  if (samples < 1 || samples > MOST_SAMPLES || new Set(bits.slice(0, samples)).size > 1) {
    throw new UnreadError("TIFF of unequal colours");
  }
  return page;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 * @throws {Error} if it is torn
 */
export function openTiff(bytes) {
  const page = pageOf(bytes);
  const orientation = page.one(ORIENTATION, 1);
  const [width, height] =
    orientation >= 5 && orientation <= 8 ? [page.height, page.width] : [page.width, page.height];
  return {
    format: "TIFF",
    width,
    height,
    async decode(decode) {
      const pixels =
        page.packing === JPEG
          ? await decodePieces(bytes, page, decode)
          : coloured(page, await unpackPieces(bytes, page));
      return turned(pixels, orientation);
    },
  };
}

/**
 * @param {Uint8Array} bytes
 * @param {Page} page
 * @returns {Generator<{ packed: Uint8Array, top: number, left: number, plane: number, wide: number, tall: number }>}
 *   its strips or tiles: a strip as tall as what it shows, a tile as large as all
 */
function* pieces(bytes, { all, one, width, height, samples, isFlat }) {
  const isTiled = all(TILES.places).length > 0;
  const { places, counts } = isTiled ? TILES : STRIPS;
  const [wide, most] = isTiled
    ? [one(TILE_WIDTH, 0), one(TILE_HEIGHT, 0)]
    : [width, Math.min(one(ROWS_PER_STRIP, height), height)];
  if (!wide || !most || wide * most > 4 * Math.max(width * height, 65_536)) {
    throw new TornError("pieces without a size");
  }
  let piece = 0;
  for (let plane = 0; plane < (isFlat ? samples : 1); plane += 1) {
    for (let top = 0; top < height; top += most) {
      for (let left = 0; left < width; left += wide) {
        const at = all(places)[piece];
        if (at === undefined) throw new TornError("a piece is missing");
        // A file need not say how long they are.
        const end = at + (all(counts)[piece] ?? bytes.length);
        const packed = bytes.subarray(at, end);
        const tall = isTiled ? most : Math.min(most, height - top);
        yield { packed: filled(packed, one(FILL_ORDER, 1) === 2), top, left, plane, wide, tall };
        piece += 1;
      }
    }
  }
}

/** @type {(bytes: Uint8Array, isReversed: boolean) => Uint8Array} */
const filled = (bytes, isReversed) =>
  isReversed
    ? bytes.map((byte) => {
        let turned = 0;
        for (let bit = 0; bit < 8; bit += 1) turned = 2 * turned + ((byte >> bit) & 1);
        return turned;
      })
    : bytes;

/**
 * Unpack all pieces, each number a place in the result.
 *
 * @param {Uint8Array} bytes
 * @param {Page} page
 * @returns {Promise<Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array>}
 */
async function unpackPieces(bytes, page) {
  const { width, height, samples, bits, isFlat, packing, isLittle } = page;
  if (![1, 2, 4, 8, 12, 16, 32].includes(bits)) throw new UnreadError(`TIFF of ${bits} bits`);
  if (page.format === FLOAT && bits !== 32) throw new UnreadError(`TIFF of ${bits} bits`);
  const values = valuesFor(page, width * height * samples);
  const together = isFlat ? 1 : samples;
  const predictor = mayBeDifferences(packing) ? page.one(PREDICTOR, 1) : 1;
  const options = page.one(FAX_OPTIONS, 0);
  for (const { packed, top, left, plane, wide, tall } of pieces(bytes, page)) {
    const perRow = wide * together;
    const rowBytes = Math.ceil((perRow * bits) / 8);
    const count = rowBytes * tall;
    const piece = await unpack(packed, { packing, count, width: wide, height: tall, options });
    const byteOrder = predictor === 3 ? gathered(piece, rowBytes, perRow, together) : isLittle;
    const read = numbersOf(piece, bits, perRow, tall, byteOrder, page);
    if (predictor === 2) sum(read, perRow, together);
    const [across, down] = [Math.min(wide, width - left), Math.min(tall, height - top)];
    for (let y = 0; y < down; y += 1) {
      for (let x = 0; x < across; x += 1) {
        const to = ((top + y) * width + left + x) * samples + plane;
        const at = y * perRow + x * together;
        for (let c = 0; c < together; c += 1) values[to + c] = read[at + c];
      }
    }
  }
  return values;
}

/** @type {(page: Page, count: number) => any} */
function valuesFor({ bits, format }, count) {
  if (bits <= 8) return room(count);
  if (bits <= 16) return format === SIGNED ? new Int16Array(count) : new Uint16Array(count);
  // Of 32 bits Python takes the first for a sign, whatever the file says.
  return format === FLOAT ? new Float32Array(count) : new Int32Array(count);
}

/**
 * @param {Uint8Array} piece
 * @param {number} bits
 * @param {number} perRow
 * @param {number} rows
 * @param {boolean} isLittle
 * @param {Page} page
 */
function numbersOf(piece, bits, perRow, rows, isLittle, page) {
  if (bits === 8) return piece;
  if (bits < 8) return spread(piece, bits, perRow, rows);
  const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
  const values = valuesFor(page, perRow * rows);
  if (bits === 12) {
    const rowBytes = Math.ceil((perRow * bits) / 8);
    for (let i = 0; i < values.length; i += 1) {
      const [y, x] = [Math.floor(i / perRow), i % perRow];
      const at = y * rowBytes + ((3 * x) >> 1);
      const two = (piece[at] << 8) | piece[at + 1];
      values[i] = x % 2 ? two & 0xfff : two >> 4;
    }
    return values;
  }
  for (let i = 0; i < values.length; i += 1) {
    if (bits === 16) values[i] = view.getUint16(2 * i, isLittle);
    else if (page.format === FLOAT) values[i] = view.getFloat32(4 * i, isLittle);
    else values[i] = view.getUint32(4 * i, isLittle);
  }
  return values;
}

/**
 * Numbers were stored as differences from those of the pixel to the left.
 *
 * @param {Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array} values
 * @param {number} perRow
 * @param {number} step
 */
function sum(values, perRow, step) {
  for (let row = 0; row < values.length; row += perRow) {
    for (let i = row + step; i < row + perRow; i += 1) values[i] += values[i - step];
  }
}

/**
 * Fractions were stored byte by byte, first of all the highest, each as a difference.
 *
 * @param {Uint8Array} piece is changed
 * @param {number} rowBytes
 * @param {number} perRow
 * @param {number} step
 * @returns {boolean} that the last byte of a number comes first: it does not
 */
function gathered(piece, rowBytes, perRow, step) {
  for (let row = 0; row < piece.length; row += rowBytes) {
    const bytes = piece.slice(row, row + rowBytes);
    for (let i = step; i < rowBytes; i += 1) bytes[i] += bytes[i - step];
    for (let i = 0; i < rowBytes; i += 1) {
      piece[row + i] = bytes[(i % 4) * perRow + (i >> 2)];
    }
  }
  return false;
}

/**
 * Make colours of the numbers, as Pillow does.
 *
 * @param {Page} page
 * @param {any} values
 * @returns {Pixels}
 */
function coloured(page, values) {
  const { width, height, look, bits, samples, extra } = page;
  const shape = { width, height };
  const colours = samples - extra.length;
  // Further numbers of a pixel are of no use.
  const kept = (/** @type {number} */ channels) =>
    firstOf(highBytes(page, values), samples, channels);
  const isAlpha = [MULTIPLIED, 2, 999].includes(extra[0]);
  if (look <= 1 || (look === BRIGHTNESS && samples === 1)) {
    if (colours !== 1) throw new UnreadError("TIFF of unequal colours");
    if (isAlpha && bits === 8) return { ...shape, channels: 2, data: kept(2) };
    const grey = samples === 1 ? values : firstOf(values, samples, 1);
    if (bits > 8) return { ...shape, channels: 1, data: toEightBits(grey, page.format === FLOAT) };
    const unit = 255 / (2 ** bits - 1);
    const isInverse = look === WHITE_IS_ZERO;
    const data = room(grey.length);
    for (let i = 0; i < grey.length; i += 1) {
      data[i] = isInverse ? 255 - unit * grey[i] : unit * grey[i];
    }
    return { ...shape, channels: 1, data };
  }
  if (look === PALETTE && bits <= 8) {
    const map = page.all(COLOUR_MAP);
    const count = Math.floor(map.length / 3);
    const palette = room(4 * 2 ** bits).fill(255);
    for (let i = 0; i < count && 4 * i < palette.length; i += 1) {
      for (let c = 0; c < 3; c += 1) palette[4 * i + c] = map[c * count + i] >> 8;
    }
    if (!count) throw new TornError("no colours");
    const channels = isAlpha ? 2 : 1;
    return { ...shape, channels, palette, data: kept(channels) };
  }
  if (look === INKS && colours === 4 && bits >= 8) {
    return { ...shape, channels: 3, data: printed(kept(4)) };
  }
  if (look === RGB && bits >= 8 && bits <= 16) {
    // Four numbers of which none says what it is are taken for colours with alpha.
    const hasAlpha = isAlpha || (samples === 4 && extra.length === 0);
    if (!hasAlpha && samples >= 3) return { ...shape, channels: 3, data: kept(3) };
    if (samples >= 4) {
      const data = kept(4);
      if (extra[0] === MULTIPLIED) divide(data);
      return { ...shape, channels: 4, data };
    }
  }
  if (look === LAB && bits === 8 && samples >= 3) {
    return { ...shape, channels: 3, data: coloursOfLab(kept(3), true) };
  }
  throw new UnreadError("TIFF of colours of its own");
}

/** @type {(page: Page, values: any) => Uint8Array} */
const highBytes = ({ bits }, values) =>
  bits === 16 ? Uint8Array.from(values, (/** @type {number} */ value) => value >> 8) : values;

/**
 * @param {any} values
 * @param {number} samples
 * @param {number} count
 */
function firstOf(values, samples, count) {
  if (samples === count) return values;
  const kept = new values.constructor((values.length / samples) * count);
  for (let i = 0, at = 0; i < kept.length; i += count, at += samples) {
    for (let c = 0; c < count; c += 1) kept[i + c] = values[at + c];
  }
  return kept;
}

/**
 * Take back that colours were multiplied by alpha.
 *
 * @param {Uint8Array} data is changed
 */
function divide(data) {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let c = 0; c < 3; c += 1) data[i + c] = Math.min(255, (255 * data[i + c]) / alpha);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {Page} page
 * @param {Decode} decode
 * @returns {Promise<Pixels>}
 */
async function decodePieces(bytes, page, decode) {
  const { width, height, look, samples } = page;
  if (page.isFlat || page.bits !== 8 || samples === 2 || samples > 4) {
    throw new UnreadError("TIFF with JPEG in planes");
  }
  if (look === INKS) throw new UnreadError("TIFF with JPEG of printing inks");
  const data = room(4 * width * height);
  const tables = Uint8Array.from(page.all(JPEG_TABLES));
  for (const { packed, top, left, tall } of pieces(bytes, page)) {
    const piece = await decode(jpegOf(packed, tables, look));
    const [across, down] = [Math.min(piece.width, width - left), Math.min(tall, height - top)];
    if (piece.height < down) throw new TornError("the end is missing");
    for (let y = 0; y < down; y += 1) {
      const row = piece.data.subarray(4 * y * piece.width, 4 * (y * piece.width + across));
      data.set(row, 4 * ((top + y) * width + left));
    }
  }
  return { width, height, channels: 4, data };
}

// Says whether three colours are brightness with two differences.
const ADOBE = [0xff, 0xee, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0];

/**
 * Make a whole file of a piece: its tables are kept apart, what its colours mean is said elsewhere.
 *
 * @param {Uint8Array} packed
 * @param {Uint8Array} tables
 * @param {number} look
 * @returns {Uint8Array[]}
 */
function jpegOf(packed, tables, look) {
  if (packed[0] !== 0xff || packed[1] !== 0xd8) throw new TornError("no JPEG");
  const said = Uint8Array.from([...ADOBE, look === BRIGHTNESS ? 1 : 0]);
  // Each of both begins with a mark of two bytes, the tables end with one.
  const inner = tables.length > 4 ? tables.subarray(2, -2) : room(0);
  return [packed.subarray(0, 2), said, inner, packed.subarray(2)];
}
