// @ts-check
// Finds the sheet in a picture that shows more: a table around it, bars beside it.

import {
  ALL_AROUND,
  closed,
  distances,
  filled,
  grown,
  label,
  map,
  median,
  not,
  opened,
  outermost,
  plane,
  resize,
  STRAIGHT,
  sidesOf,
  sum,
} from "./filters.js";
import {
  corners,
  hasFourSides,
  hullArea,
  hullOf,
  hullRows,
  isSlanted,
  leastBox,
  pointsAround,
  RECTANGLE,
  SECTORS,
  sectorsOf,
  shownAround,
} from "./hulls.js";
import { rint } from "./rounding.js";

/** @typedef {import("./filters.js").Plane} Plane */
/** @typedef {Plane[]} Picture red, green, blue, from 0 to 1 */
/** @typedef {(small: Picture, numbers: Int32Array, seed: number, groups: number) => Found | undefined} Finder */
/** @typedef {[find: Finder, gentle: number, steps: Plane]} Way */
/** @typedef {{ rows: Rows, what: string }} Found */
/** @typedef {import("./hulls.js").Rows} Rows */

/**
 * @typedef {object} Sheet
 * @property {Plane} mask its inside, a little away from its edges
 * @property {string} what what lies around it, in words
 * @property {[number, number][]} outline points x, y around it, clockwise, in pixels of the picture
 * @property {number} step how far from the true edge these lie at most, in pixels
 * @property {boolean} isAlone whether no other sheet lies beside it
 */

// Longest side at which a sheet is looked for, in pixels.
const LONGEST = 200;
// Colours that lie closer than this are alike.
const ALIKE = 0.13;
// A sheet is looked for around so many of the largest regions, which have this share of the picture at least.
const SEEDS = 6;
const LARGE = 0.015;
// Share of a sheet that may look like what lies around it: ink as dark as the table.
const HOLES = { dark: 0.15, light: 0.3 };
// Share of a dark sheet that may have another colour, whichever.
const ENCLOSED = 0.27;
// Within a region colours change from pixel to pixel by no more than this, or by a little more than usual.
const GENTLE = 0.03;
// By how much a sheet is brighter than a table that is nearly as light, in each direction looked in.
const STEP = 0.03;
// A line is darker than both what it encloses and what lies beyond it by this factor.
const LINE = 0.75;
// By how much a box that is filled with a colour is more colourful, or darker, than the paper around it.
const FILLED = 0.04;
// Half the width, at the size at which a sheet is looked for, of lines that rule it, of a cloth's pattern.
const RULING = 2;
const PATTERNS = [2, 4, 7];
// By how much at most what lies beside the sheet in its colour stands out from it.
const BUMP = 9;
// Share of a pattern's pixels that have another colour than the sheet; of how many pieces it is at least.
const OFTEN = 0.1;
const MANY = 16;
// What lies in the shade keeps this share of its light at least, in each colour nearly the same share.
const SHADE = 0.35;
const SAME_HUE = 0.12;
// Half the width of a line that crosses a sheet's edge, how far it goes on to both sides, how long it may be.
const CROSSING = 3;
const ON = 4;
const MOST = 24;
// What may be a sheet is so light, lighter by this than all along the border, has this share of the picture
// at least, of its own convex hull, and lines on it, neither none nor too many.
const LIGHT = 0.6;
const LIGHTER = 0.1;
const WIDE = 0.12;
const SOLID = 0.7;
const INKED = 0.005;
const FULL = 0.3;

/**
 * Find the sheet of a picture whose edges belong to something else: the large, convex, four-sided
 * region of one colour that holds the ink, with hardly a pixel of its colour around it.
 *
 * @param {Picture} picture
 * @returns {Sheet | undefined} nothing where the whole picture is the sheet, as far as can be told
 */
export function findSheet(picture) {
  const { height, width } = picture[0];
  const { scale, small } = smaller(picture);
  const size = [small[0].height, small[0].width];
  if (Math.min(...size) < 20) return undefined;
  const steps = stepsOf(small);
  const usual = usualOf(steps);
  const unruled = small.map((channel) => closed(channel, RULING));
  /** @type {Way[]} */
  const ways = [
    [sheetAround, usual, steps],
    [sheetByItsEdge, GENTLE, steps], // a table's grain is none of the sheet's
    [(...region) => sheetByItsEdge(...region, unruled), GENTLE, stepsOf(unruled)],
    [sheetOnAPattern, usual, steps],
    [sheetInAShadow, usual, steps],
  ];
  const found = firstFound(small, ways);
  if (!found) return undefined;
  const { rows, what } = found;
  const edge = 1.5 / scale;
  const mask = plane(height, width);
  let [top, bottom] = [height, -1];
  for (let y = 0; y < height; y += 1) {
    const at = Math.min(Math.max((y + 0.5) * scale - 0.5, 0), size[0] - 1);
    const low = Math.min(Math.floor(at), size[0] - 1);
    const high = Math.min(low + 1, size[0] - 1);
    const [left, right] = [0, 1].map(
      (side) =>
        (rows[2 * low + side] + (rows[2 * high + side] - rows[2 * low + side]) * (at - low)) /
        scale,
    );
    for (let x = 0; x < width; x += 1) {
      if (x < left + edge || x > right + 1 / scale - 1 - edge) continue;
      mask.values[y * width + x] = 1;
      top = Math.min(top, y);
      bottom = y;
    }
  }
  let inside = 0;
  for (let y = 0; y < height; y += 1) {
    inside += Number(mask.values.subarray(y * width, (y + 1) * width).some(Boolean));
  }
  if (inside < 3 * edge + 10) return undefined;
  const thick = Math.ceil(edge);
  if (top > 0) mask.values.fill(0, 0, (top + thick) * width);
  if (bottom < height - 1) mask.values.fill(0, (bottom + 1 - thick) * width);
  const outline = pointsAround(rows).map(([x, y]) => [(x + 0.5) / scale, (y + 0.5) / scale]);
  const isAlone = !isAnother(small, regionsOf(steps, usual), grown(hullOf(rows, small[0]), 2));
  return { mask, what, outline: /** @type {[number, number][]} */ (outline), step: edge, isAlone };
}

/**
 * Find a sheet by the first of some ways that gives one; one seen slantwise only where none does.
 *
 * @param {Picture} small
 * @param {Way[]} ways with each by how much colours change within its regions, where they change so
 * @returns {Found | undefined}
 */
function firstFound(small, ways) {
  /** @type {Found | undefined} */
  let slanted;
  for (const [find, gentle, steps] of ways) {
    const { numbers, groups } = regionsOf(steps, gentle);
    for (const seed of seedsOf(numbers, groups)) {
      const found = find(small, numbers, seed, groups);
      // The part of a sheet that a shadow leaves lit may have four sides, too.
      if (found && (find === sheetInAShadow || !isSlanted(found.rows))) return found;
      slanted ??= found;
    }
  }
  return slanted;
}

/**
 * The picture in which a sheet is looked for, its scale.
 *
 * @param {Picture} picture
 */
function smaller(picture) {
  const { height, width } = picture[0];
  const scale = Math.min(1, LONGEST / Math.max(height, width));
  const size = [height, width].map((length) => Math.max(1, rint(length * scale)));
  return { scale, small: picture.map((channel) => resize(channel, size)) };
}

/** @param {Plane} steps by how much colours change from pixel to pixel at most within a region */
const usualOf = (steps) => Math.min(Math.max(GENTLE, 3 * median(steps.values)), 0.08);

/**
 * Regions within which colours change by no more than this from pixel to pixel.
 *
 * @param {Plane} steps
 * @param {number} gentle
 */
const regionsOf = (steps, gentle) =>
  label(
    map(steps, (value) => Number(value <= gentle)),
    STRAIGHT,
  );

/**
 * Whether something like a sheet lies on something darker, where no sheet was found: a large light region
 * has ink on it, and nothing as light lies along the border.
 *
 * @param {Picture} picture
 */
export function isOnATable(picture) {
  const { small } = smaller(picture);
  const { height, width } = small[0];
  if (Math.min(height, width) < 20) return false;
  const steps = stepsOf(small);
  const { numbers, groups } = regionsOf(steps, usualOf(steps));
  const bright = map(small[0], (_, i) => brightness(small, i));
  const valleys = closed(bright, CROSSING).values;
  const border = outermost(bright).sort();
  const lightest = border[Math.floor(0.95 * border.length)];
  return seedsOf(numbers, groups).some((seed) => {
    const own = map(bright, (_, i) => Number(numbers[i] === seed));
    const usual = median(bright.values.filter((_, i) => own.values[i]));
    if (usual < Math.max(lightest + LIGHTER, LIGHT)) return false;
    const hull = hullOf(hullRows(own), bright);
    const area = sum(hull);
    if (area < WIDE * height * width || sum(own) < SOLID * area) return false;
    const lines = sum(
      map(hull, (value, i) => Number(value && bright.values[i] < LINE * valleys[i])),
    );
    return lines >= INKED * area && lines <= FULL * area;
  });
}

/**
 * Whether another sheet lies beside one that was found.
 *
 * @param {Picture} small
 * @param {{ numbers: Int32Array, groups: number }} regions
 * @param {Plane} taken
 */
function isAnother(small, { numbers, groups }, taken) {
  return seedsOf(numbers, groups).some((seed) => {
    if (numbers.some((number, i) => number === seed && taken.values[i])) return false;
    const colour = colourOf(small, numbers, seed);
    const paper = map(paperOf(small, numbers, seed, groups, colour), (value, i) =>
      Number(value && !taken.values[i]),
    );
    const whole = groupAt(not(grown(not(grown(paper, 2)), 2)), numbers, seed);
    return whole && !outermost(whole).some(Boolean) && asASheet(small, colour, whole);
  });
}

/**
 * The numbers of the largest regions, around which a sheet may be.
 *
 * @param {Int32Array} numbers
 * @param {number} groups
 */
function seedsOf(numbers, groups) {
  const area = new Float64Array(groups + 1);
  for (const number of numbers) area[number] += 1;
  area[0] = 0;
  const seeds = [...area.keys()].sort((a, b) => area[b] - area[a] || a - b).slice(0, SEEDS);
  return seeds.filter((seed) => area[seed] >= LARGE * numbers.length);
}

/**
 * By how much each pixel's colour differs at most from the four beside it.
 *
 * @param {Picture} small
 * @returns {Plane}
 */
function stepsOf(small) {
  const { height, width } = small[0];
  const step = new Float64Array(height * width);
  /** @param {number} one @param {number} other */
  const between = (one, other) => {
    const change = Math.sqrt(
      small.reduce((total, { values }) => total + (values[one] - values[other]) ** 2, 0),
    );
    step[one] = Math.max(step[one], change);
    step[other] = Math.max(step[other], change);
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      if (y + 1 < height) between(at, at + width);
      if (x + 1 < width) between(at, at + 1);
    }
  }
  return plane(height, width, step);
}

/**
 * The sheet's rows, where one grows around a region. A part of it may lie in the shade.
 *
 * @param {Picture} small
 * @param {Int32Array} numbers
 * @param {number} seed
 * @param {number} groups
 * @param {number[]} [shade] the colour there
 * @returns {Found | undefined}
 */
function sheetAround(small, numbers, seed, groups, shade) {
  const colour = colourOf(small, numbers, seed);
  const alike = alikeTo(small, colour, shade);
  // Lines that cross the sheet part it; what is left is closed over them.
  const paper = paperOf(small, numbers, seed, groups, colour, shade);
  const whole = groupAt(not(grown(not(grown(paper, 2)), 2)), numbers, seed);
  if (!whole) return undefined;
  // An outline encloses what has another colour.
  if (sum(map(whole, (value, i) => value * alike.values[i])) < 0.5 * sum(whole)) return undefined;
  const outside = not(grown(whole, 1));
  const beyond = sum(outside);
  if (!beyond) return undefined;
  const similar = sum(map(outside, (value, i) => value * alike.values[i]));
  if (similar / beyond > 0.25) return undefined;
  const around = colourIn(small, outside);
  /** @param {number[]} one */
  const bright = (one) => one[0] + one[1] + one[2];
  const isLight = bright(colour) > bright(around);
  const enclosed = map(whole, (value, i) => Number(value && !alike.values[i]));
  const likeAround = alikeTo(small, around).values;
  const seenThrough = sum(map(enclosed, (value, i) => value * likeAround[i]));
  // Bold lines, between which the paper shows; or what they enclose is filled with a colour.
  if (seenThrough > (isLight ? HOLES.light : HOLES.dark) * sum(whole)) return undefined;
  if (!isLight && sum(enclosed) > ENCLOSED * sum(whole)) return undefined;
  const found = asASheet(small, colour, whole, { inked: not(alike) });
  return found && !isDrawn(small, hullOf(found.rows, small[0])) ? found : undefined;
}

/**
 * What of a mask hangs together where most of a region lies, with all that it encloses.
 *
 * @param {Plane} mask
 * @param {Int32Array} numbers
 * @param {number} seed
 * @returns {Plane | undefined} nothing where none of the mask lies there
 */
function groupAt(mask, numbers, seed) {
  const groups = label(mask, STRAIGHT);
  const atSeed = new Float64Array(groups.groups + 1);
  numbers.forEach((number, i) => {
    if (number === seed) atSeed[groups.numbers[i]] += 1;
  });
  atSeed[0] = 0;
  const most = atSeed.reduce((a, b) => Math.max(a, b), 0);
  const own = atSeed.indexOf(most);
  return most ? filled(map(mask, (_, i) => Number(groups.numbers[i] === own))) : undefined;
}

/**
 * Where a picture's colours are like one, or like those between it and another.
 *
 * @param {Picture} small
 * @param {number[]} colour
 * @param {number[]} [shade]
 */
function alikeTo(small, colour, shade) {
  const seen = [0, 0, 0];
  return map(small[0], (_, i) => Number(awayFrom(colourAt(small, i, seen), colour, shade) < ALIKE));
}

/**
 * A pixel's colour, written where the one before was: to make a list of each pixel would take longer than
 * all else that is done with it.
 *
 * @param {Picture} small
 * @param {number} i
 * @param {number[]} into
 */
function colourAt(small, i, into) {
  for (let c = 0; c < 3; c += 1) into[c] = small[c].values[i];
  return into;
}

/**
 * How far a colour is from one, or from the nearest of those between it and another.
 *
 * @param {number[]} seen
 * @param {number[]} colour
 * @param {number[]} [shade]
 */
function awayFrom(seen, colour, shade) {
  let red = seen[0] - colour[0];
  let green = seen[1] - colour[1];
  let blue = seen[2] - colour[2];
  if (shade) {
    const [x, y, z] = shade.map((value, c) => value - colour[c]);
    const onto = (red * x + green * y + blue * z) / Math.max(x * x + y * y + z * z, 1e-12);
    const share = Math.min(Math.max(onto, 0), 1);
    red -= share * x;
    green -= share * y;
    blue -= share * z;
  }
  return Math.sqrt(red * red + green * green + blue * blue);
}

/**
 * Regions whose mean colour is alike to that of one, with what lies between and is alike.
 *
 * @param {Picture} small
 * @param {Int32Array} numbers
 * @param {number} seed
 * @param {number} groups
 * @param {number[]} colour
 * @param {number[]} [shade]
 */
function paperOf(small, numbers, seed, groups, colour, shade) {
  const count = new Float64Array(groups + 1);
  const sums = small.map(() => new Float64Array(groups + 1));
  numbers.forEach((number, i) => {
    count[number] += 1;
    for (let c = 0; c < 3; c += 1) sums[c][number] += small[c].values[i];
  });
  const same = count.map((many, number) => {
    const mean = sums.map((one) => one[number] / Math.max(many, 1));
    return Number(awayFrom(mean, colour, shade) < ALIKE);
  });
  same[0] = 0;
  same[seed] = 1;
  return map(alikeTo(small, colour, shade), (value, i) =>
    Number(same[numbers[i]] || (value && !numbers[i])),
  );
}

/**
 * Find as `sheetAround` a sheet of which a large part lies in a shadow with an edge.
 *
 * @type {Finder}
 */
function sheetInAShadow(small, numbers, seed, groups) {
  const colour = colourOf(small, numbers, seed);
  for (const other of seedsOf(numbers, groups)) {
    const shade = colourOf(small, numbers, other);
    const ratio = shade.map((value, c) => value / Math.max(colour[c], 0.02));
    const [low, high] = [Math.min(...ratio), Math.max(...ratio)];
    if (other === seed || low < SHADE || high > 1 || high - low > SAME_HUE) continue;
    const found = sheetAround(small, numbers, seed, groups, shade);
    if (found) return found;
  }
  return undefined;
}

/** The colour where a mask of 0, 1 lies. @type {(small: Picture, part: Plane) => number[]} */
const colourIn = (small, part) => colourOf(small, part.values, 1);

/**
 * A region's colour.
 *
 * @param {Picture} small
 * @param {ArrayLike<number>} numbers of the pixels' regions
 * @param {number} seed
 */
function colourOf(small, numbers, seed) {
  const within = placesOf(numbers, seed);
  return small.map(({ values }) => median(within.map((i) => values[i])));
}

/** Where a number stands. @type {(numbers: ArrayLike<number>, seed: number) => Float64Array} */
function placesOf(numbers, seed) {
  const places = new Float64Array(numbers.length);
  let count = 0;
  for (let i = 0; i < numbers.length; i += 1) {
    if (numbers[i] !== seed) continue;
    places[count] = i;
    count += 1;
  }
  return places.subarray(0, count);
}

/**
 * Find as `sheetAround` a sheet on a table hardly darker than it: an edge goes round it, no line. Its
 * regions may be those of the picture without the lines that rule the sheet.
 *
 * @param {Picture} small
 * @param {Int32Array} numbers
 * @param {number} seed
 * @param {number} _groups
 * @param {Picture} [unruled]
 */
function sheetByItsEdge(small, numbers, seed, _groups, unruled) {
  const whole = filled(map(small[0], (_, i) => Number(numbers[i] === seed)));
  const bare = unruled ?? small;
  const own = numbers.reduce((count, number) => count + Number(number === seed), 0);
  if (own < 0.5 * sum(whole)) return undefined; // an outline
  const here = [0, 0, 0];
  const there = [0, 0, 0];
  const inked =
    unruled &&
    map(small[0], (_, i) =>
      Number(awayFrom(colourAt(small, i, here), colourAt(unruled, i, there)) > GENTLE),
    );
  const found = asASheet(small, colourOf(bare, numbers, seed), whole, { inked });
  return found && hasAnEdge(bare, hullOf(found.rows, small[0])) ? found : undefined;
}

/**
 * Whether it is lighter inside than outside nearly all around a region, with no line that parts the two.
 *
 * @param {Picture} small
 * @param {Plane} hull
 */
function hasAnEdge(small, hull) {
  const out = not(hull);
  const [near, far] = [grown(out, 2).values, grown(out, 6).values];
  const [close, less, more] = [7, 8, 12].map((by) => grown(hull, by).values);
  /** @type {number[][][]} */
  const rings = Array.from({ length: SECTORS }, () => [[], [], []]);
  const sectors = sectorsOf(hull);
  hull.values.forEach((within, i) => {
    let ring = -1;
    if (!near[i] && far[i]) ring = 0;
    else if (close[i] && !within) ring = 1;
    else if (more[i] && !less[i]) ring = 2;
    if (ring >= 0) rings[sectors[i]][ring].push(brightness(small, i));
  });
  let [steps, lines] = [0, 0];
  for (const [inside, between, outside] of rings) {
    if (Math.min(inside.length, between.length, outside.length) < 5) continue;
    const beyond = median(outside);
    if (median(inside) - beyond < STEP) return false;
    steps += 1;
    between.sort((a, b) => a - b);
    lines += Number(between[between.length >> 3] < 0.85 * beyond);
  }
  return steps >= 0.75 * SECTORS && lines <= 0.5 * steps;
}

/** @type {(small: Picture, i: number) => number} */
const brightness = (small, i) => small.reduce((total, { values }) => total + values[i] / 3, 0);

/**
 * Whether a region is a box that somebody drew and filled: a line goes round it, the paper is lighter.
 *
 * @param {Picture} small
 * @param {Plane} hull
 */
function isDrawn(small, hull) {
  const outside = not(grown(hull, 8));
  if (!sum(outside)) return false;
  const [within, beyond] = [colourIn(small, hull), colourIn(small, outside)];
  /** @param {number[]} one */
  const mean = (one) => (one[0] + one[1] + one[2]) / 3;
  /** @param {number[]} one */
  const range = (one) => Math.max(...one) - Math.min(...one);
  const isColourful = range(within) - range(beyond) > FILLED;
  if (!isColourful && mean(beyond) - mean(within) < FILLED) return false;
  const darker = LINE * Math.min(mean(within), mean(beyond));
  // The line's soft outer edge may have the colour within.
  const [near, deep] = [grown(hull, 7).values, grown(not(hull), 5).values];
  const seen = shownAround(
    hull,
    (i) => Boolean(near[i] && deep[i]),
    (i) => brightness(small, i),
  );
  const lines = seen.filter((one) => one.sort((a, b) => a - b)[one.length >> 3] < darker);
  return lines.length >= 0.75 * Math.max(seen.length, 1);
}

/**
 * Find as `sheetAround` a sheet on a cloth in whose pattern its own colour comes again and again. The
 * pattern goes round the sheet and on to the picture's border, nowhere as wide as the sheet.
 *
 * @type {Finder}
 */
function sheetOnAPattern(small, numbers, seed, groups) {
  const colour = colourOf(small, numbers, seed);
  const paper = paperOf(small, numbers, seed, groups, colour);
  if (!goesOn(paper)) return undefined;
  for (const by of PATTERNS) {
    // What the pattern leaves free; ink on it lies apart from the pattern.
    const free = groupAt(not(grown(not(paper), by)), numbers, seed);
    if (!free) return undefined;
    const own = grown(free, by);
    // What of the pattern lies beside the sheet in its colour stands out, but not as far as a disc.
    const core = map(distances(own), (far) => Number(far > BUMP));
    if (!sum(core)) continue;
    const sheet = map(distances(not(core)), (far) => Number(far <= BUMP));
    const found = asASheet(small, colour, sheet, { isInAPattern: true });
    if (found && isInAPattern(paper, hullOf(found.rows, paper))) return found;
  }
  return undefined;
}

/**
 * Whether a pattern reaches the picture's border: along three sides, many times in all, colours change.
 *
 * @param {Plane} paper
 */
function goesOn(paper) {
  const sides = sidesOf(paper);
  const patterned = sides.filter(
    (side) => side.reduce((total, value) => total + 1 - value, 0) / side.length > OFTEN,
  );
  const changes = sides.map((side) => side.filter((value, i) => i && value !== side[i - 1]).length);
  return patterned.length >= 3 && changes.reduce((a, b) => a + b) >= MANY;
}

/**
 * Whether another colour comes often in all directions around a region, in many pieces or between many.
 *
 * @param {Plane} paper
 * @param {Plane} hull
 */
function isInAPattern(paper, hull) {
  const [near, far] = [grown(hull, 2).values, grown(hull, 9).values];
  const pieces = [paper, not(paper)].map(
    (one) =>
      label(
        map(one, (value, i) => Number(value && !near[i])),
        STRAIGHT,
      ).groups,
  );
  if (Math.max(...pieces) < MANY) return false;
  const seen = shownAround(
    hull,
    (i) => Boolean(far[i] && !near[i]),
    (i) => 1 - paper.values[i],
  );
  const often = seen.filter((one) => one.reduce((a, b) => a + b) / one.length > OFTEN);
  return seen.length >= 0.5 * SECTORS && often.length >= 0.9 * seen.length;
}

/**
 * The rows of a region that has a sheet's shape, with ink on it.
 *
 * @param {Picture} small
 * @param {number[]} colour
 * @param {Plane} whole
 * @param {{ inked?: Plane, isInAPattern?: boolean }} [known]
 * @returns {Found | undefined}
 */
function asASheet(small, colour, whole, known = {}) {
  const { height, width } = whole;
  const total = height * width;
  const share = sum(whole) / total;
  const outside = not(grown(whole, 1));
  if (share < 0.1 || share > 0.985 || !sum(outside)) return undefined;
  const ink = known.inked ?? not(alikeTo(small, colour));
  const rows = hullRows(whole);
  const [area, boxArea] = [hullArea(rows), leastBox(rows)];
  if (boxArea >= 0.985 * total || sum(whole) < 0.93 * area) return undefined;
  // Where next to nothing lies around it, only what is exact is no outline that somebody drew.
  const isWide = sum(not(grown(not(outside), 4))) > 0.01 * total;
  const isRectangle = area >= (isWide ? RECTANGLE : 0.985) * boxArea;
  if (!isRectangle && !(isWide && hasFourSides(rows))) return undefined;
  const hull = hullOf(rows, whole);
  const inside = not(grown(not(hull), 3));
  const within = sum(inside);
  const inked = sum(map(inside, (value, i) => value * ink.values[i]));
  if (!within || inked < 0.003 * within) return undefined; // nothing is on it
  const isNone = () => isShadow(small, colour, hull, outside) || isCrossed(small, hull);
  if (!known.isInAPattern && isNone()) return undefined;
  const points = corners(rows);
  const [tall, wide] = [0, 1].map((axis) => {
    const places = points.map((point) => point[axis]);
    return Math.max(...places) - Math.min(...places) + 1;
  });
  const bars = share > 0.3 && area > 0.985 * tall * wide;
  return { rows, what: bars ? "bars or a table around the sheet" : "the table around the sheet" };
}

/**
 * A box that lies within a convex mask, a little away from its edges.
 *
 * @param {Plane} sheet
 */
export function boxWithin({ height, width, values }) {
  let [top, bottom, left, right] = [0, height, 0, width];
  /** @type {(y: number) => number} */
  const row = (y) => {
    let count = 0;
    for (let x = left; x < right; x += 1) count += values[y * width + x];
    return count / (right - left);
  };
  /** @type {(x: number) => number} */
  const column = (x) => {
    let count = 0;
    for (let y = top; y < bottom; y += 1) count += values[y * width + x];
    return count / (bottom - top);
  };
  while (bottom - top > 1 && right - left > 1) {
    const within = [row(top), row(bottom - 1), column(left), column(right - 1)];
    const least = within.indexOf(Math.min(...within));
    if (within[least] === 1) break;
    top += Number(least === 0);
    bottom -= Number(least === 1);
    left += Number(least === 2);
    right -= Number(least === 3);
  }
  const edge = Math.floor(Math.min(bottom - top, right - left) / 50);
  return { top: top + edge, bottom: bottom - edge, left: left + edge, right: right - edge };
}

/**
 * Whether what lies around is the same paper in the shade, or in the light: ink crosses the edge.
 *
 * @param {Picture} small
 * @param {number[]} colour
 * @param {Plane} hull
 * @param {Plane} outside
 */
function isShadow(small, colour, hull, outside) {
  const around = colourIn(small, outside);
  const pair = [around, colour].map((one) => one.map((value) => Math.max(value, 0.02)));
  /** @param {number[]} one */
  const total = (one) => one[0] + one[1] + one[2];
  const [shade, light] = pair.sort((a, b) => total(a) - total(b));
  const ratio = shade.map((value, c) => value / light[c]);
  const [low, high] = [Math.min(...ratio), Math.max(...ratio)];
  if (low < 0.4 || high - low > 0.12) return false;
  const { height, width } = hull;
  const beyond = not(hull);
  const [near, far] = [grown(beyond, 3).values, grown(beyond, 5).values];
  const bright = colour[0] + colour[1] + colour[2];
  let dips = 0;
  for (let y = 4; y < height - 4; y += 1) {
    for (let x = 4; x < width - 4; x += 1) {
      const i = y * width + x;
      if (near[i] || !far[i]) continue;
      const here = small[0].values[i] + small[1].values[i] + small[2].values[i];
      dips += Number(here < 0.75 * bright);
    }
  }
  return dips >= 2;
}

/**
 * Whether a drawing goes on beyond an edge, as beyond a horizon: two of its lines cross it, or more.
 *
 * @param {Picture} small
 * @param {Plane} hull
 */
function isCrossed(small, hull) {
  const bright = map(small[0], (_, i) => brightness(small, i));
  const valleys = closed(bright, CROSSING).values;
  const peaks = opened(bright, CROSSING).values;
  const out = not(hull);
  const [near, deep] = [grown(hull, ON + 1).values, grown(out, ON + 1).values];
  const [within, beyond] = [grown(out, ON).values, grown(hull, ON).values];
  return [
    map(bright, (value, i) => Number(value < LINE * valleys[i])),
    map(bright, (value, i) => Number(peaks[i] < LINE * value)),
  ].some((lines) => {
    const { numbers, groups } = label(
      map(lines, (value, i) => Number(value && near[i] && deep[i])),
      ALL_AROUND,
    );
    const pieces = Array.from({ length: groups + 1 }, () => ({
      isWithin: false,
      isBeyond: false,
      box: [Infinity, -Infinity, Infinity, -Infinity],
    }));
    numbers.forEach((number, i) => {
      const piece = pieces[number];
      const [y, x] = [Math.floor(i / hull.width), i % hull.width];
      piece.isWithin ||= !within[i];
      piece.isBeyond ||= !beyond[i];
      const [top, bottom, left, right] = piece.box;
      piece.box = [Math.min(top, y), Math.max(bottom, y), Math.min(left, x), Math.max(right, x)];
    });
    const crossing = pieces.filter(
      ({ isWithin, isBeyond, box: [top, bottom, left, right] }, number) =>
        number && isWithin && isBeyond && Math.max(bottom - top, right - left) < MOST,
    );
    return crossing.length >= 2;
  });
}
