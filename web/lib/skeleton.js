// @ts-check
// Thins masks to their middle lines, pixel by pixel as scikit-image does.

import { ALL_AROUND, map } from "./filters.js";

/** @typedef {import("./filters.js").Plane} Plane */

// When a pixel of a mask may go, by which of its neighbours are inked: in the first half of a
// round (1), in the second (2), in both (3) or never (0). These are Zhang and Suen's conditions,
// but for corners, which scikit-image treats so that no two-pixel line loses both.
const NAMES = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
/** @type {[number, string][]} */
const CORNERS = [
  [0, "SE S, W NW"],
  [1, "N NE, NE E, N NE E, N NW, N W NW, N NE W, N SW W, N NE SW W, N E NW, S W NW"],
  [2, "E SE, E SE S, S SW, SW W, S SW W, N E SE, E S SW, NE E S SW, SE S W"],
  [3, "N E, E S, N W, S W"],
];

function thinningRules() {
  const rules = Uint8Array.from({ length: 256 }, (_, bits) => {
    const inked = NAMES.map((_name, i) => (bits >> i) & 1);
    const count = inked.reduce((sum, one) => sum + one, 0);
    const begins = inked.filter((one, i) => !one && inked[(i + 1) % 8]).length;
    if (count < 2 || count > 6 || begins !== 1) return 0;
    const [north, , east, , south, , west] = inked;
    const first = !(north && east && south) && !(east && south && west);
    const second = !(north && east && west) && !(north && south && west);
    return Number(first) + 2 * Number(second);
  });
  for (const [when, patterns] of CORNERS) {
    for (const pattern of patterns.split(", ")) {
      rules[pattern.split(" ").reduce((bits, name) => bits | (1 << NAMES.indexOf(name)), 0)] = when;
    }
  }
  return rules;
}

/**
 * Thin a mask to lines of one pixel.
 *
 * @param {Plane} mask
 * @returns {Plane} of 0, 1
 */
export function skeleton(mask) {
  const rules = thinningRules();
  // A border of paper spares the question what lies beyond.
  const width = mask.width + 2;
  const inked = new Uint8Array((mask.height + 2) * width);
  /** @type {number[]} */
  const places = [];
  mask.values.forEach((value, i) => {
    const place = (Math.floor(i / mask.width) + 1) * width + (i % mask.width) + 1;
    if (value) places.push(place);
    inked[place] = value;
  });
  const steps = ALL_AROUND.map(([dy, dx]) => dy * width + dx);
  let left = places;
  for (let removed = true; removed; ) {
    removed = false;
    for (const half of [1, 2]) {
      const going = left.filter((place) => {
        let bits = 0;
        for (let i = 0; i < 8; i += 1) bits |= inked[place + steps[i]] << i;
        return rules[bits] & half;
      });
      for (const place of going) inked[place] = 0;
      if (going.length) {
        removed = true;
        left = left.filter((place) => inked[place]);
      }
    }
  }
  return map(
    mask,
    (_, i) => inked[(Math.floor(i / mask.width) + 1) * width + (i % mask.width) + 1],
  );
}
