// @ts-check
// Decodes JPEG 2000 pictures, which browsers do not.

import { rint } from "../rounding.js";
import { decodeTile } from "./jpeg2000_tiles.js";
import { Cursor, printed, room, TornError, toEightBits, UnreadError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */
/** @typedef {import("./jpeg2000_tiles.js").Component} Component */
/** @typedef {import("./jpeg2000_tiles.js").Coding} Coding */
/** @typedef {import("./jpeg2000_tiles.js").Steps} Steps */
/** @typedef {import("./jpeg2000_tiles.js").Tile} Tile */

const STREAM = "\xff\x4f\xff\x51";
const BOXES = "\0\0\0\x0cjP  \r\n\x87\n";
// Marks of the stream.
const CODING = 0xff52;
const CODING_OF_ONE = 0xff53;
const STEPS = 0xff5c;
const STEPS_OF_ONE = 0xff5d;
const LIFTED = 0xff5e;
const PROGRESS = 0xff5f;
const ALL_HEADS = 0xff60;
const HEADS = 0xff61;
const TILE = 0xff90;
const DATA = 0xff93;
const END = 0xffd9;
const FIRST_OTHER = 0xff50;
// Colours by the number that a file gives them.
const INKS = 12;
const BRIGHTNESS = 18;
const BLOCKS_OF_ANOTHER_KIND = 64;
// Python's decoder takes 12 kB for each, however small it is.
const MOST_TILES = 10_000;
const MOST_LEVELS = 32;

/** @type {(bytes: Uint8Array) => boolean} */
export const isJpeg2000 = (bytes) => {
  const begin = String.fromCharCode(...bytes.subarray(0, 12));
  return begin.startsWith(STREAM) || begin === BOXES;
};

/**
 * @typedef {object} Look what the boxes around a stream tell
 * @property {number} bits above which a grey level is kept as one of 16; in a box 9 count as 8
 * @property {number} space of colours
 * @property {Uint8Array} [palette] red, green, blue, alpha of each place
 */

/**
 * Find the stream in its boxes.
 *
 * @param {Uint8Array} bytes
 * @returns {{ stream: Uint8Array, look: Look }}
 */
function unboxed(bytes) {
  /** @type {Look} */
  const look = { space: 0, bits: 8 };
  if (bytes[0] === 0xff) return { stream: bytes, look };
  look.bits = 9;
  const cursor = new Cursor(bytes, false);
  for (const { name, content } of boxes(cursor, bytes.length)) {
    if (name === "jp2c") return { stream: content, look };
    if (name !== "jp2h") continue;
    for (const inner of boxes(new Cursor(content, false), content.length)) {
      if (inner.name === "colr" && inner.content[0] === 1) {
        look.space = new Cursor(inner.content.subarray(3), false).u32();
      }
      if (inner.name === "pclr") look.palette = paletteOf(inner.content);
    }
  }
  throw new TornError("no stream");
}

/** @type {(cursor: Cursor, end: number) => Generator<{ name: string, content: Uint8Array }>} */
function* boxes(cursor, end) {
  while (cursor.at < end) {
    const start = cursor.at;
    let length = cursor.u32();
    const name = String.fromCharCode(...cursor.take(4));
    if (length === 1) {
      if (cursor.u32()) throw new TornError("no length");
      length = cursor.u32();
    }
    if (length === 0) length = end - start;
    const rest = length - (cursor.at - start);
    // Of the stream itself what is there is taken.
    const there = name === "jp2c" ? Math.min(rest, end - cursor.at) : rest;
    yield { name, content: cursor.take(there) };
  }
}

/** @type {(content: Uint8Array) => Uint8Array | undefined} */
function paletteOf(content) {
  const cursor = new Cursor(content, false);
  const [count, channels] = [cursor.u16(), cursor.u8()];
  if (cursor.take(channels).some((bits) => bits > 8)) return undefined;
  const palette = room(1024).fill(255);
  for (let i = 0; i < count && i < 256; i += 1) {
    palette.set(cursor.take(channels).subarray(0, channels === 4 ? 4 : 3), 4 * i);
  }
  return palette;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openJpeg2000(bytes) {
  const { stream, look } = unboxed(bytes);
  const cursor = new Cursor(stream, false);
  cursor.step(4);
  const size = sizeOf(new Cursor(cursor.take(cursor.u16() - 2), false));
  const { width, height } = size;
  return {
    format: "JPEG 2000",
    width,
    height,
    decode: () => decode(cursor, size, look),
  };
}

/**
 * @typedef {object} Size
 * @property {number} width
 * @property {number} height
 * @property {number} left where the picture begins on the grid
 * @property {number} top
 * @property {{ width: number, height: number, left: number, top: number }} tile
 * @property {Component[]} components
 */

/** @type {(cursor: Cursor) => Size} */
function sizeOf(cursor) {
  cursor.step(2);
  const [right, bottom, left, top] = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()];
  const tile = { width: cursor.u32(), height: cursor.u32(), left: cursor.u32(), top: cursor.u32() };
  const components = Array.from({ length: cursor.u16() }, () => {
    const [depth, across, down] = [cursor.u8(), cursor.u8(), cursor.u8()];
    return { bits: (depth & 127) + 1, across, down }; // with a sign or without: both are around 0
  });
  const isOdd = components.some(({ bits, across, down }) => bits > 16 || !across || !down);
  if (isOdd || !components.length || components.length > 4) {
    throw new UnreadError("JPEG 2000 of colours of its own");
  }
  if (right <= left || bottom <= top || !tile.width || !tile.height) throw new TornError("no size");
  return { width: right - left, height: bottom - top, left, top, tile, components };
}

/** @typedef {Pick<Tile, "order" | "layers" | "isMixed" | "hasMarks" | "hasEnds" | "coding" | "steps" | "lifted" | "progress">} Told */

/** @type {(cursor: Cursor, levels: number, hasPrecincts: boolean) => Coding} */
function codingOf(cursor, levels, hasPrecincts) {
  const [blockWidth, blockHeight] = [cursor.u8() + 2, cursor.u8() + 2];
  const [style, isWhole] = [cursor.u8(), cursor.u8() === 1];
  if (
    levels > MOST_LEVELS ||
    blockWidth > 10 ||
    blockHeight > 10 ||
    blockWidth + blockHeight > 12
  ) {
    throw new TornError("no blocks");
  }
  if (style & BLOCKS_OF_ANOTHER_KIND) throw new UnreadError("JPEG 2000 of high throughput");
  const precincts = Array.from({ length: levels + 1 }, () => (hasPrecincts ? cursor.u8() : 0xff));
  return { levels, blockWidth, blockHeight, style, isWhole, precincts };
}

/** @type {(cursor: Cursor) => Steps} */
function stepsOf(cursor) {
  const style = cursor.u8();
  const kind = style & 31;
  if (kind > 2) throw new TornError("no steps");
  const told = [];
  while (cursor.at < cursor.bytes.length) told.push(kind ? cursor.u16() : (cursor.u8() >> 3) << 11);
  return { kind, guards: style >> 5, told };
}

/**
 * Take in what a mark tells.
 *
 * @param {Told} told is changed
 * @param {number} mark
 * @param {Cursor} cursor of what follows it
 */
function hear(told, mark, cursor) {
  const count = told.coding.length;
  if (mark === CODING) {
    const style = cursor.u8();
    [told.order, told.layers, told.isMixed] = [cursor.u8(), cursor.u16(), cursor.u8() === 1];
    [told.hasMarks, told.hasEnds] = [(style & 2) !== 0, (style & 4) !== 0];
    told.coding.fill(codingOf(cursor, cursor.u8(), (style & 1) !== 0));
  } else if (mark === CODING_OF_ONE) {
    const n = cursor.u8();
    const style = cursor.u8();
    if (n < count) told.coding[n] = codingOf(cursor, cursor.u8(), (style & 1) !== 0);
  } else if (mark === STEPS) {
    told.steps.fill(stepsOf(cursor));
  } else if (mark === STEPS_OF_ONE) {
    const n = cursor.u8();
    if (n < count) told.steps[n] = stepsOf(cursor);
  } else if (mark === LIFTED) {
    const n = cursor.u8();
    if (cursor.u8() === 0 && n < count) told.lifted[n] = cursor.u8();
  } else if (mark === PROGRESS) {
    told.progress = [...told.progress];
    while (cursor.at < cursor.bytes.length) {
      const [firstResolution, firstComponent] = [cursor.u8(), cursor.u8()];
      const [layers, resolutions] = [Math.min(cursor.u16(), told.layers), cursor.u8()];
      const components = cursor.u8() || 256;
      const order = cursor.u8();
      told.progress.push({
        order,
        firstResolution,
        firstComponent,
        layers,
        resolutions,
        components,
      });
    }
  } else if (mark === ALL_HEADS || mark === FIRST_OTHER) {
    throw new UnreadError("JPEG 2000 of a kind of its own");
  }
}

/**
 * Read the stream up to its end: what it tells of all tiles, then each tile's own parts.
 *
 * @param {Cursor} cursor behind the size
 * @param {Size} size
 * @returns {Map<number, Tile>}
 */
function tilesOf(cursor, { width, height, left, top, tile: grid, components }) {
  const wide = Math.ceil((left + width - grid.left) / grid.width);
  const tall = Math.ceil((top + height - grid.top) / grid.height);
  if (grid.left > left || grid.top > top) throw new TornError("no tiles");
  if (wide * tall > MOST_TILES) throw new UnreadError("JPEG 2000 of a kind of its own");
  /** @type {Told} */
  const main = {
    ...{ order: 0, layers: 0, isMixed: false, hasMarks: false, hasEnds: false, progress: [] },
    coding: components.map(() => codingOf(new Cursor(room(4)), 0, false)),
    steps: components.map(() => ({ kind: 0, guards: 0, told: [] })),
    lifted: components.map(() => 0),
  };
  /** @type {Map<number, Tile>} */
  const tiles = new Map();
  while (cursor.at < cursor.bytes.length) {
    const start = cursor.at;
    const mark = cursor.u16();
    if (mark === END) break;
    if (mark !== TILE) {
      hear(main, mark, new Cursor(cursor.take(cursor.u16() - 2), false));
      continue;
    }
    cursor.step(2);
    const [index, length] = [cursor.u16(), cursor.u32()];
    cursor.step(2);
    if (index >= wide * tall) throw new TornError("no tile");
    const end = length ? start + length : cursor.bytes.length;
    if (end > cursor.bytes.length) throw new TornError("the end is missing");
    const [x, y] = [index % wide, Math.floor(index / wide)];
    const tile = tiles.get(index) ?? {
      ...main,
      coding: [...main.coding],
      steps: [...main.steps],
      lifted: [...main.lifted],
      parts: [],
      heads: [],
      area: {
        left: Math.max(left, grid.left + x * grid.width),
        top: Math.max(top, grid.top + y * grid.height),
        right: Math.min(left + width, grid.left + (x + 1) * grid.width),
        bottom: Math.min(top + height, grid.top + (y + 1) * grid.height),
      },
    };
    tiles.set(index, tile);
    for (let inner = cursor.u16(); inner !== DATA; inner = cursor.u16()) {
      const content = cursor.take(cursor.u16() - 2);
      if (inner === HEADS) tile.heads.push(content.subarray(1));
      else hear(tile, inner, new Cursor(content, false));
    }
    if (end < cursor.at) throw new TornError("no length");
    tile.parts.push(cursor.take(end - cursor.at));
  }
  if (tiles.size < wide * tall) throw new TornError("a tile is missing");
  return tiles;
}

/** @type {(cursor: Cursor, size: Size, look: Look) => Pixels} */
function decode(cursor, size, look) {
  const { width, height, left, top, components } = size;
  const channels = components.length;
  const isDeep = channels === 1 && components[0].bits > look.bits;
  const data = isDeep ? new Uint16Array(width * height) : room(channels * width * height);
  for (const tile of tilesOf(cursor, size).values()) {
    const found = decodeTile(tile, components);
    if (tile.isMixed && channels >= 3)
      unmix(
        found.map(({ values }) => values),
        tile.coding[0].isWhole,
      );
    const { area } = tile;
    found.forEach(({ values, area: own }, c) => {
      const { bits, across, down } = components[c];
      const toLevel = leveller(bits, isDeep ? 16 : 8);
      const wide = own.right - own.left;
      for (let y = area.top; y < area.bottom; y += 1) {
        const row = (Math.floor(y / down) - own.top) * wide - own.left;
        for (let x = area.left; x < area.right; x += 1) {
          const at = Math.max(0, row + Math.floor(x / across));
          data[((y - top) * width + x - left) * channels + c] = toLevel(values[at]);
        }
      }
    });
  }
  const shape = { width, height, channels };
  if (data instanceof Uint16Array) return { ...shape, data: toEightBits(data) };
  if (look.palette && channels <= 2) return { ...shape, data, palette: look.palette };
  if (channels === 4 && look.space === INKS) return { ...shape, channels: 3, data: printed(data) };
  const isSampled = channels === 3 && components[1].across > components[0].across;
  if (look.space === BRIGHTNESS || isSampled) brighten(data, channels);
  return { ...shape, data };
}

/** @type {(bits: number, wanted: number) => (value: number) => number} */
function leveller(bits, wanted) {
  const middle = 2 ** (bits - 1);
  const most = 2 ** bits - 1;
  const shift = 2 ** (wanted - bits);
  return (value) => {
    const level = Math.min(most, Math.max(0, rint(value) + middle));
    // Python rounds what it shortens; beyond the largest level that comes out as the smallest.
    return shift >= 1 ? level * shift : Math.floor((level + 1 / shift / 2) * shift);
  };
}

/**
 * Make colours of brightness with differences, as they were packed.
 *
 * @param {(Int32Array | Float32Array)[]} planes are changed
 * @param {boolean} isWhole
 */
function unmix([one, two, three], isWhole) {
  if (two.length !== one.length || three.length !== one.length)
    throw new TornError("unequal colours");
  for (let i = 0; i < one.length; i += 1) {
    const [y, blue, red] = [one[i], two[i], three[i]];
    if (isWhole) {
      const green = y - Math.floor((blue + red) / 4);
      [one[i], two[i], three[i]] = [red + green, green, blue + green];
    } else {
      one[i] = y + 1.402 * red;
      two[i] = y - 0.344_13 * blue - 0.714_14 * red;
      three[i] = y + 1.772 * blue;
    }
  }
}

/**
 * The same where the file tells that its colours are so.
 *
 * @param {Uint8Array} data is changed
 * @param {number} channels
 */
function brighten(data, channels) {
  for (let i = 0; i + 2 < data.length; i += channels) {
    const [y, blue, red] = [data[i], data[i + 1] - 128, data[i + 2] - 128];
    const mixed = [1.402 * red, -0.344_14 * blue - 0.714_14 * red, 1.772 * blue];
    for (let c = 0; c < 3; c += 1) {
      data[i + c] = Math.min(255, Math.max(0, y + Math.floor(Math.round(64 * mixed[c]) / 64)));
    }
  }
}
