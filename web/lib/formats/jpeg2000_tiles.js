// @ts-check
// Takes the tiles of a JPEG 2000 picture apart: into parts by frequency, then into packed blocks.

import { BitReader } from "./arithmetic.js";
import { decodeBlock, passesOfSegment } from "./code_blocks.js";
import { TornError } from "./pixels.js";
import { joinParts } from "./wavelets.js";

/** @typedef {import("./wavelets.js").Area} Area */
/** @typedef {import("./wavelets.js").Values} Values */
/** @typedef {import("./code_blocks.js").Band} BandName */

/**
 * @typedef {object} Coding how a component of a tile is packed
 * @property {number} levels of wavelets
 * @property {number} blockWidth as a power of two
 * @property {number} blockHeight
 * @property {number} style
 * @property {boolean} isWhole whether the wavelets are of whole numbers
 * @property {number[]} precincts of each resolution, as powers of two: across in the lower 4 bits, down in the next
 */

/**
 * @typedef {object} Steps how coefficients were rounded
 * @property {number} kind 0 not at all, 1 told once, 2 told of each band
 * @property {number} guards bits above
 * @property {number[]} told exponent in the higher bits, 11 of the fraction
 */

/**
 * @typedef {object} Progress in which order packets come
 * @property {number} order
 * @property {number} firstResolution
 * @property {number} firstComponent
 * @property {number} layers the first beyond
 * @property {number} resolutions
 * @property {number} components
 */

/**
 * @typedef {object} Tile
 * @property {Area} area
 * @property {number} order
 * @property {number} layers
 * @property {boolean} isMixed whether colours are told as brightness with differences
 * @property {boolean} hasMarks whether packets may begin with a mark
 * @property {boolean} hasEnds whether a packet's head ends with one
 * @property {Coding[]} coding of each component
 * @property {Steps[]} steps of each component
 * @property {number[]} lifted by how many bits what matters most was lifted, of each component
 * @property {Progress[]} progress
 * @property {Uint8Array[]} parts
 * @property {Uint8Array[]} heads of packets, where they come apart
 */

/** @typedef {{ bits: number, across: number, down: number }} Component */

/**
 * @typedef {object} Block
 * @property {number} left in its band's values
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {boolean} isKnown whether some of it has come
 * @property {number} empty planes above
 * @property {number} lengthBits
 * @property {number} passes
 * @property {{ most: number, passes: number, parts: Uint8Array[] }[]} segments
 */

/**
 * @typedef {object} Band
 * @property {BandName} name
 * @property {Area} area
 * @property {number} right whether of high frequencies across
 * @property {number} below
 * @property {number} index among all
 */

/** @typedef {{ wide: number, blocks: Block[], included: TagTree, empty: TagTree }} Field the blocks of a band in a precinct */

/**
 * @typedef {object} Precinct
 * @property {number} component
 * @property {number} resolution
 * @property {number} x where it is in the picture
 * @property {number} y
 * @property {number} layer the next
 * @property {{ band: Band, field: Field }[]} fields
 */

// What could be, yet only fills the memory.
const MOST_BLOCKS = 1_000_000;
const MOST_PLANES = 29;
const MARK = 0x91;
const END = 0x92;

const ceilDiv = (/** @type {number} */ a, /** @type {number} */ b) => Math.ceil(a / b);

/** Tells numbers of a grid's places, each by how much it is above the least of four. */
class TagTree {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    /** @type {{ width: number, values: Uint16Array, known: Uint8Array }[]} */
    this.levels = [];
    for (let [w, h] = [width, height]; ; [w, h] = [ceilDiv(w, 2), ceilDiv(h, 2)]) {
      this.levels.push({ width: w, values: new Uint16Array(w * h), known: new Uint8Array(w * h) });
      if (w * h <= 1) break;
    }
  }

  /**
   * @param {HeadReader} head
   * @param {number} x
   * @param {number} y
   * @param {number} beyond reads no farther than whether it is below this
   * @returns {number} the number, or `beyond` if it is no less
   */
  read(head, x, y, beyond) {
    let least = 0;
    for (let n = this.levels.length - 1; n >= 0; n -= 1) {
      const { width, values, known } = this.levels[n];
      const at = (y >> n) * width + (x >> n);
      values[at] = Math.max(values[at], least);
      while (!known[at] && values[at] < beyond) {
        if (head.bit()) known[at] = 1;
        else values[at] += 1;
      }
      least = values[at];
    }
    return Math.min(least, beyond);
  }
}

/** Reads a packet's head, which ends. */
class HeadReader extends BitReader {
  /** @override */
  bit() {
    if (this.left === 0 && this.at >= this.bytes.length) throw new TornError("the end is missing");
    return super.bit();
  }

  /** @param {number} count */
  number(count) {
    let value = 0;
    for (let i = 0; i < count; i += 1) value = 2 * value + this.bit();
    return value;
  }

  /** @returns {number} where the head ends */
  end() {
    return this.byte === 0xff && this.at > 0 ? this.at + 1 : this.at;
  }
}

/**
 * @param {Area} area
 * @param {number} size
 * @param {number} [right]
 * @param {number} [below]
 * @returns {Area}
 */
function reduced(area, size, right = 0, below = 0) {
  const half = size / 2;
  return {
    left: ceilDiv(area.left - right * half, size),
    top: ceilDiv(area.top - below * half, size),
    right: ceilDiv(area.right - right * half, size),
    bottom: ceilDiv(area.bottom - below * half, size),
  };
}

/** @type {(area: Area, down: number, across: number) => Area} */
const sampled = ({ left, top, right, bottom }, down, across) => ({
  left: ceilDiv(left, across),
  top: ceilDiv(top, down),
  right: ceilDiv(right, across),
  bottom: ceilDiv(bottom, down),
});

/** @type {(resolution: number, levels: number, area: Area) => Band[]} */
function bandsOf(resolution, levels, area) {
  if (resolution === 0) {
    return [{ name: "LL", area: reduced(area, 2 ** levels), right: 0, below: 0, index: 0 }];
  }
  const size = 2 ** (levels - resolution + 1);
  return /** @type {[BandName, number, number][]} */ ([
    ["HL", 1, 0],
    ["LH", 0, 1],
    ["HH", 1, 1],
  ]).map(([name, right, below], i) => ({
    name,
    area: reduced(area, size, right, below),
    right,
    below,
    index: 3 * (resolution - 1) + 1 + i,
  }));
}

/** @type {(band: Area, precinct: Area, width: number, height: number) => Field} */
function fieldOf(band, precinct, width, height) {
  const left = Math.max(band.left, precinct.left);
  const top = Math.max(band.top, precinct.top);
  const right = Math.max(left, Math.min(band.right, precinct.right));
  const bottom = Math.max(top, Math.min(band.bottom, precinct.bottom));
  const isEmpty = right === left || bottom === top;
  const [firstX, firstY] = [Math.floor(left / width), Math.floor(top / height)];
  const wide = isEmpty ? 0 : ceilDiv(right, width) - firstX;
  const tall = isEmpty ? 0 : ceilDiv(bottom, height) - firstY;
  if (wide * tall > MOST_BLOCKS) throw new TornError("too many blocks");
  const blocks = Array.from({ length: wide * tall }, (_, i) => {
    const [x, y] = [firstX + (i % wide), firstY + Math.floor(i / wide)];
    const [x0, y0] = [Math.max(left, x * width), Math.max(top, y * height)];
    return {
      left: x0 - band.left,
      top: y0 - band.top,
      width: Math.min(right, (x + 1) * width) - x0,
      height: Math.min(bottom, (y + 1) * height) - y0,
      isKnown: false,
      empty: 0,
      lengthBits: 3,
      passes: 0,
      segments: [],
    };
  });
  return { wide, blocks, included: new TagTree(wide, tall), empty: new TagTree(wide, tall) };
}

/**
 * @param {Tile} tile
 * @param {number} n of the component
 * @param {Component} component
 * @param {Area} area of the component's tile
 * @returns {Precinct[]}
 */
function precinctsOf(tile, n, component, area) {
  const { levels, precincts, blockWidth, blockHeight } = tile.coding[n];
  /** @type {Precinct[]} */
  const found = [];
  let blocks = 0;
  for (let r = 0; r <= levels; r += 1) {
    const scale = 2 ** (levels - r);
    const whole = reduced(area, scale);
    if (whole.right <= whole.left || whole.bottom <= whole.top) continue;
    const [wide, tall] = [2 ** (precincts[r] & 15), 2 ** (precincts[r] >> 4)];
    if (r > 0 && (wide < 2 || tall < 2)) throw new TornError("no precinct");
    const half = r ? 2 : 1;
    const [width, height] = [
      Math.min(2 ** blockWidth, wide / half),
      Math.min(2 ** blockHeight, tall / half),
    ];
    const bands = bandsOf(r, levels, area);
    const [firstX, firstY] = [Math.floor(whole.left / wide), Math.floor(whole.top / tall)];
    const [endX, endY] = [ceilDiv(whole.right, wide), ceilDiv(whole.bottom, tall)];
    if ((endX - firstX) * (endY - firstY) > MOST_BLOCKS) throw new TornError("too many blocks");
    for (let py = firstY; py < endY; py += 1) {
      for (let px = firstX; px < endX; px += 1) {
        const part = {
          left: (px * wide) / half,
          top: (py * tall) / half,
          right: ((px + 1) * wide) / half,
          bottom: ((py + 1) * tall) / half,
        };
        const fields = bands.map((band) => ({
          band,
          field: fieldOf(band.area, part, width, height),
        }));
        blocks += fields.reduce((sum, { field }) => sum + field.blocks.length, 1);
        if (blocks > MOST_BLOCKS) throw new TornError("too many blocks");
        const x = Math.max(tile.area.left, px * wide * scale * component.across);
        const y = Math.max(tile.area.top, py * tall * scale * component.down);
        found.push({ component: n, resolution: r, x, y, layer: 0, fields });
      }
    }
  }
  return found;
}

/** By what packets come one after the other; layers take turns first, second or last. */
const ORDERS =
  /** @type {{ layersAt: number, by: ("component" | "resolution" | "x" | "y")[] }[]} */ ([
    { layersAt: 0, by: ["resolution", "component"] },
    { layersAt: 1, by: ["resolution", "component"] },
    { layersAt: 2, by: ["resolution", "y", "x", "component"] },
    { layersAt: 2, by: ["y", "x", "component", "resolution"] },
    { layersAt: 2, by: ["component", "y", "x", "resolution"] },
  ]);

/**
 * @param {Precinct[]} precincts
 * @param {Progress} progress
 * @returns {Generator<Precinct>} whose next packet comes
 */
function* packetsOf(precincts, progress) {
  const { order, firstResolution, firstComponent, layers, resolutions, components } = progress;
  const how = ORDERS[order];
  if (!how) throw new TornError("no order");
  const mine = precincts.filter(
    ({ component, resolution }) =>
      component >= firstComponent &&
      component < components &&
      resolution >= firstResolution &&
      resolution < resolutions,
  );
  mine.sort((a, b) => {
    for (const key of how.by) if (a[key] !== b[key]) return a[key] - b[key];
    return 0;
  });
  if (how.layersAt === 2) {
    for (const one of mine) while (one.layer < layers) yield one;
    return;
  }
  const all = [...new Set(mine.map(({ resolution }) => resolution))];
  const groups =
    how.layersAt === 0 ? [mine] : all.map((r) => mine.filter(({ resolution }) => resolution === r));
  for (const group of groups) {
    for (let layer = 0; layer < layers; layer += 1) {
      for (const one of group) if (one.layer === layer) yield one;
    }
  }
}

/** @type {(head: HeadReader) => number} how many passes of a block come */
function passesIn(head) {
  if (!head.bit()) return 1;
  if (!head.bit()) return 2;
  const few = head.number(2);
  if (few < 3) return 3 + few;
  const more = head.number(5);
  return more < 31 ? 6 + more : 37 + head.number(7);
}

/**
 * Read what a packet adds to a block.
 *
 * @param {HeadReader} head
 * @param {Block} block
 * @param {number} style
 * @returns {{ segment: { parts: Uint8Array[] }, length: number }[]}
 */
function additionsTo(head, block, style) {
  let count = passesIn(head);
  while (head.bit()) block.lengthBits += 1;
  if (block.lengthBits > 32) throw new TornError("no length");
  const found = [];
  while (count > 0) {
    let segment = block.segments.at(-1);
    if (!segment || segment.passes >= segment.most) {
      segment = { most: passesOfSegment(style, block.passes), passes: 0, parts: [] };
      block.segments.push(segment);
    }
    const now = Math.min(count, segment.most - segment.passes);
    const length = head.number(block.lengthBits + Math.floor(Math.log2(now)));
    segment.passes += now;
    block.passes += now;
    count -= now;
    found.push({ segment, length });
  }
  return found;
}

/**
 * Hand the bytes of a tile out to its blocks.
 *
 * @param {Tile} tile
 * @param {Precinct[]} precincts
 */
function readPackets(tile, precincts) {
  const bytes = joined(tile.parts);
  const heads = tile.heads.length ? joined(tile.heads) : undefined;
  let [at, headAt] = [0, 0];
  const whole = {
    order: tile.order,
    firstResolution: 0,
    firstComponent: 0,
    layers: tile.layers,
    resolutions: 33,
    components: tile.coding.length,
  };
  for (const progress of tile.progress.length ? tile.progress : [whole]) {
    for (const precinct of packetsOf(precincts, progress)) {
      if (tile.hasMarks && bytes[at] === 0xff && bytes[at + 1] === MARK) at += 6;
      const head = new HeadReader(heads ? heads.subarray(headAt) : bytes.subarray(at));
      const additions = readHead(head, precinct, tile.coding[precinct.component].style);
      precinct.layer += 1;
      let end = head.end();
      if (tile.hasEnds && head.bytes[end] === 0xff && head.bytes[end + 1] === END) end += 2;
      if (heads) headAt += end;
      else at += end;
      for (const { segment, length } of additions) {
        if (at + length > bytes.length) throw new TornError("the end is missing");
        segment.parts.push(bytes.subarray(at, at + length));
        at += length;
      }
    }
  }
}

/** @type {(head: HeadReader, precinct: Precinct, style: number) => ReturnType<typeof additionsTo>} */
function readHead(head, precinct, style) {
  const additions = [];
  if (!head.bit()) return [];
  for (const { field } of precinct.fields) {
    for (let i = 0; i < field.blocks.length; i += 1) {
      const block = field.blocks[i];
      const [x, y] = [i % field.wide, Math.floor(i / field.wide)];
      if (block.isKnown) {
        if (!head.bit()) continue;
      } else {
        const beyond = precinct.layer + 1;
        if (field.included.read(head, x, y, beyond) >= beyond) continue;
        block.isKnown = true;
        block.empty = field.empty.read(head, x, y, 100);
        if (block.empty >= 100) throw new TornError("no planes");
      }
      additions.push(...additionsTo(head, block, style));
    }
  }
  return additions;
}

/** @type {(parts: Uint8Array[]) => Uint8Array} */
function joined(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * @param {Steps} steps
 * @param {Band} band
 * @param {number} resolution
 * @returns {{ exponent: number, fraction: number }}
 */
function stepOf({ kind, told }, band, resolution) {
  const one = told[kind === 1 ? 0 : band.index];
  if (one === undefined) throw new TornError("no step");
  const exponent = (one >> 11) - (kind === 1 && resolution > 1 ? resolution - 1 : 0);
  return { exponent, fraction: one & 0x7ff };
}

/**
 * Decode all of a tile.
 *
 * @param {Tile} tile
 * @param {Component[]} components
 * @returns {{ values: Values, area: Area }[]} of each component, around 0
 */
export function decodeTile(tile, components) {
  const areas = components.map(({ across, down }) => sampled(tile.area, down, across));
  const precincts = areas.map((area, n) => precinctsOf(tile, n, components[n], area));
  readPackets(tile, precincts.flat());
  return areas.map((area, n) => ({
    values: decodeComponent(tile, n, components[n], precincts[n], area),
    area,
  }));
}

/** @type {(tile: Tile, n: number, component: Component, precincts: Precinct[], area: Area) => Values} */
function decodeComponent(tile, n, { bits }, precincts, area) {
  const { levels, isWhole, style } = tile.coding[n];
  const steps = tile.steps[n];
  /** @type {Values} */
  let values = new (isWhole ? Int32Array : Float32Array)(0);
  for (let r = 0; r <= levels; r += 1) {
    const whole = reduced(area, 2 ** (levels - r));
    const width = Math.max(0, whole.right - whole.left);
    const count = width * Math.max(0, whole.bottom - whole.top);
    const finer = new (isWhole ? Int32Array : Float32Array)(count);
    if (r > 0 && count) {
      const coarse = reduced(area, 2 ** (levels - r + 1));
      place(values, coarse, finer, whole);
    }
    for (const { fields } of precincts.filter(({ resolution }) => resolution === r)) {
      for (const { band, field } of fields) {
        const { exponent, fraction } = stepOf(steps, band, r);
        const gain = band.right + band.below;
        const step = isWhole ? 0.5 : 2 ** (bits + gain - exponent - 1) * (1 + fraction / 2048);
        for (const block of field.blocks) {
          if (!block.passes) continue;
          const planes = steps.guards + exponent - 1 - block.empty + tile.lifted[n];
          if (planes > MOST_PLANES) throw new TornError("too many planes");
          if (planes <= 0) continue;
          const segments = block.segments.map(({ passes, parts }) => ({
            passes,
            bytes: joined(parts),
          }));
          const { width: wide, height: tall } = block;
          const found = decodeBlock({
            width: wide,
            height: tall,
            planes,
            segments,
            style,
            band: band.name,
          });
          if (tile.lifted[n]) lower(found, tile.lifted[n]);
          for (let y = 0; y < tall; y += 1) {
            for (let x = 0; x < wide; x += 1) {
              const value = found[y * wide + x] * step;
              const to = r
                ? (2 * (block.top + band.area.top + y) + band.below - whole.top) * width +
                  2 * (block.left + band.area.left + x) +
                  band.right -
                  whole.left
                : (block.top + y) * width + block.left + x;
              finer[to] = isWhole ? Math.trunc(value) : value;
            }
          }
        }
      }
    }
    // Where nothing has come nothing is put together.
    if (r > 0 && finer.some(Boolean)) joinParts(finer, whole, isWhole);
    values = finer;
  }
  return values;
}

/**
 * Put what is coarse into every other place.
 *
 * @param {Values} values
 * @param {Area} coarse
 * @param {Values} finer is changed
 * @param {Area} whole
 */
function place(values, coarse, finer, whole) {
  const [wide, width] = [coarse.right - coarse.left, whole.right - whole.left];
  for (let y = coarse.top; y < coarse.bottom; y += 1) {
    for (let x = coarse.left; x < coarse.right; x += 1) {
      const to = (2 * y - whole.top) * width + 2 * x - whole.left;
      finer[to] = values[(y - coarse.top) * wide + x - coarse.left];
    }
  }
}

/**
 * What matters most was lifted above all else: bring it down.
 *
 * @param {Int32Array} values is changed
 * @param {number} bits
 */
function lower(values, bits) {
  const least = 2 ** (bits + 1);
  for (let i = 0; i < values.length; i += 1) {
    if (Math.abs(values[i]) >= least) values[i] = Math.trunc(values[i] / 2 ** bits);
  }
}
