// @ts-check
// Decodes the icons of Windows or of macOS: of the pictures in one, the largest.

import { bitmapOf, decodeBitmap } from "./bmp.js";
import { isDeep, openDeepPng } from "./deep_png.js";
import { isJpeg2000, openJpeg2000 } from "./jpeg2000.js";
import { Cursor, room, rowsOf, spread, TornError } from "./pixels.js";

/** @typedef {import("./pixels.js").Opened} Opened */
/** @typedef {import("./pixels.js").Pixels} Pixels */

const PNG = "137,80,78,71,13,10,26,10";
const MOST_ICONS = 65_535;
/** @type {(bytes: Uint8Array) => boolean} */
const isPng = (bytes) => bytes.subarray(0, 8).join(",") === PNG;

/**
 * A PNG picture in an icon, whose size is known before the browser unpacks it.
 *
 * @param {Uint8Array} bytes
 * @param {string} format
 * @returns {Opened}
 */
function openPng(bytes, format) {
  const own = isDeep(bytes) ? openDeepPng(bytes) : undefined;
  if (own) return { ...own, format };
  const cursor = new Cursor(bytes, false);
  cursor.at = 16;
  const [width, height] = [cursor.u32(), cursor.u32()];
  return { format, width, height, decode: (decode) => decode([bytes]) };
}

/** @type {(bytes: Uint8Array) => boolean} whether a file begins as an icon of Windows */
export const isIco = (bytes) => bytes.subarray(0, 4).join(",") === "0,0,1,0";

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openIco(bytes) {
  const cursor = new Cursor(bytes);
  cursor.at = 4;
  const entries = Array.from({ length: cursor.u16() }, () => {
    const [width, height, colours] = [cursor.u8() || 256, cursor.u8() || 256, cursor.u8()];
    cursor.step(3);
    const [bits, size, at] = [cursor.u16(), cursor.u32(), cursor.u32()];
    const depth = bits || Math.ceil(Math.log2(colours || 1)) || 256;
    return { area: width * height, depth, bits, size, at };
  });
  const [largest] = entries.sort((a, b) => b.area - a.area || a.depth - b.depth);
  if (!largest) throw new TornError("no icon");
  const { at, size, bits } = largest;
  if (isPng(bytes.subarray(at, at + 8))) return openPng(bytes.subarray(at), "ICO");
  const bitmap = bitmapOf(bytes, at);
  bitmap.height = Math.floor(bitmap.height / 2); // below it stands its mask
  const { width, height } = bitmap;
  return {
    format: "ICO",
    width,
    height,
    decode() {
      const pixels = decodeBitmap(bytes, bitmap);
      const data = new Uint8Array(rowsOf(pixels, 0, height).buffer);
      const alpha =
        bits === 32
          ? fourths(bytes, bitmap.start, width * height)
          : maskOf(bytes, at + size, width, height);
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          data[4 * (y * width + x) + 3] = alpha[(height - 1 - y) * width + x];
        }
      }
      return { width, height, channels: 4, data };
    },
  };
}

/** @type {(bytes: Uint8Array, start: number, count: number) => Uint8Array} */
function fourths(bytes, start, count) {
  const from = new Cursor(bytes);
  from.at = start;
  const pixels = from.take(4 * count);
  return room(count).map((_, i) => pixels[4 * i + 3]);
}

/** @type {(bytes: Uint8Array, end: number, width: number, height: number) => Uint8Array} */
function maskOf(bytes, end, width, height) {
  const rowBytes = 4 * Math.ceil(width / 32);
  const start = end - rowBytes * height;
  if (start < 0 || end > bytes.length) throw new TornError("no mask");
  const all = spread(bytes.subarray(start, end), 1, 8 * rowBytes, height);
  return room(width * height).map(
    (_, i) => 255 * (1 - all[Math.floor(i / width) * 8 * rowBytes + (i % width)]),
  );
}

/** What the icons of macOS hold, from the largest: pixels a side, the names of its parts. */
const SIDES = /** @type {[number, string[]][]} */ ([
  [1024, ["ic10"]],
  [512, ["ic09"]],
  [512, ["ic14"]],
  [256, ["ic08"]],
  [256, ["ic13"]],
  [128, ["ic07", "it32", "t8mk"]],
  [64, ["icp6"]],
  [48, ["ih32", "h8mk"]],
  [64, ["ic12"]],
  [32, ["icp5", "il32", "l8mk"]],
  [32, ["ic11"]],
  [16, ["icp4", "is32", "s8mk"]],
]);

/** @type {(bytes: Uint8Array) => boolean} whether a file begins as an icon of macOS */
export const isIcns = (bytes) => String.fromCharCode(...bytes.subarray(0, 4)) === "icns";

/**
 * @param {Uint8Array} bytes
 * @returns {Opened}
 */
export function openIcns(bytes) {
  const cursor = new Cursor(bytes, false);
  cursor.at = 4;
  const end = cursor.u32();
  /** @type {Map<string, Uint8Array>} */
  const parts = new Map();
  while (cursor.at < end) {
    const name = String.fromCharCode(...cursor.take(4));
    const length = cursor.u32() - 8;
    if (length < 0 || parts.size > MOST_ICONS) throw new TornError("no length");
    parts.set(name, cursor.take(length));
  }
  const there = SIDES.filter(([, all]) => all.some((name) => parts.has(name)));
  if (!there.length) throw new TornError("no icon");
  const [side, names] = there[0];
  const whole = names[0].startsWith("ic") && parts.get(names[0]);
  if (whole) {
    if (!isPng(whole) && !isJpeg2000(whole)) throw new TornError("no picture");
    const opened = isPng(whole) ? openPng(whole, "ICNS") : openJpeg2000(whole);
    // Python takes what is a fraction of a size that is told.
    const fits = there.some(([one]) => Math.floor(one / opened.width) === one / opened.height);
    return {
      ...opened,
      format: "ICNS",
      within: opened.format,
      decode(decode) {
        if (!fits) throw new TornError("another size");
        return opened.decode(decode);
      },
    };
  }
  const colours = names
    .map((name) => (name.endsWith("32") ? parts.get(name) : undefined))
    .find(Boolean);
  const mask = names
    .map((name) => (name.endsWith("mk") ? parts.get(name) : undefined))
    .find(Boolean);
  if (!colours) throw new TornError("no colours");
  return {
    format: "ICNS",
    width: side,
    height: side,
    decode() {
      const count = side * side;
      const planes = side === 128 ? colours.subarray(4) : colours;
      const data = unpackPlanes(planes, count, 4);
      if (mask && mask.length < count) throw new TornError("no mask");
      for (let i = 0; i < count; i += 1) data[4 * i + 3] = mask ? mask[i] : 255;
      return { width: side, height: side, channels: 4, data };
    },
  };
}

/**
 * Red, green, blue come one after the other, in runs or as they are; if all are as they are, pixel by pixel.
 *
 * @param {Uint8Array} packed
 * @param {number} count of pixels
 * @param {number} step
 */
function unpackPlanes(packed, count, step) {
  const data = room(step * count);
  const cursor = new Cursor(packed);
  if (packed.length === 3 * count) {
    for (let i = 0; i < 3 * count; i += 1) data[step * Math.floor(i / 3) + (i % 3)] = packed[i];
    return data;
  }
  for (let c = 0; c < 3; c += 1) {
    let to = 0;
    while (to < count) {
      const byte = cursor.u8();
      const isRun = byte >= 128;
      const length = isRun ? byte - 125 : byte + 1;
      if (to + length > count) throw new TornError("too many pixels");
      const values = cursor.take(isRun ? 1 : length);
      for (let i = 0; i < length; i += 1, to += 1) data[step * to + c] = values[isRun ? 0 : i];
    }
  }
  return data;
}
