// The filters of scipy.ndimage and scikit-image that reading a picture takes, on planes of numbers.

"use strict";

(function (playground) {
  // A plane: its height, its width, and its numbers row by row.
  const plane = (height, width, values = new Float64Array(height * width)) => ({
    height,
    width,
    values,
  });

  const map = ({ height, width, values }, change) =>
    plane(height, width, Float64Array.from(values, change));

  // The middle number, or the mean of the two in the middle.
  function median(values) {
    const sorted = Float64Array.from(values).sort();
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  // What lies beyond the border: "reflect" repeats the last pixel, "mirror" does not.
  const beyond = {
    reflect(place, length) {
      const period = 2 * length;
      const inside = ((place % period) + period) % period;
      return inside < length ? inside : period - 1 - inside;
    },
    mirror(place, length) {
      if (length === 1) return 0;
      const period = 2 * length - 2;
      const inside = ((place % period) + period) % period;
      return inside < length ? inside : period - inside;
    },
  };

  function gaussianWeights(sigma) {
    const radius = Math.floor(4 * sigma + 0.5);
    const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
      Math.exp((-0.5 * (i - radius) ** 2) / sigma ** 2));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { radius, weights: weights.map((weight) => weight / total) };
  }

  // Weigh each line's neighbours; lines lie `step` apart in memory, `count` of them `apart` apart.
  function blurLines(values, length, step, count, apart, sigma, border) {
    const { radius, weights } = gaussianWeights(sigma);
    const padded = new Float64Array(length + 2 * radius);
    const sources = Int32Array.from(padded, (_, i) => beyond[border](i - radius, length));
    for (let line = 0; line < count; line += 1) {
      const start = line * apart;
      for (let i = 0; i < padded.length; i += 1) padded[i] = values[start + sources[i] * step];
      for (let i = 0; i < length; i += 1) {
        let sum = 0;
        for (let k = 0; k < weights.length; k += 1) sum += weights[k] * padded[i + k];
        values[start + i * step] = sum;
      }
    }
  }

  function gaussian({ height, width, values }, sigmas, border = "reflect") {
    const blurred = Float64Array.from(values);
    const [down, across] = [sigmas, sigmas].map((sigma, i) => sigma[i] ?? sigma);
    if (down > 1e-15) blurLines(blurred, height, width, width, 1, down, border);
    if (across > 1e-15) blurLines(blurred, width, 1, height, width, across, border);
    return plane(height, width, blurred);
  }

  // Between which two pixels each of `length` new ones lies, and how far.
  function places(length, from) {
    return Array.from({ length }, (_, i) => {
      const place = Math.abs((i + 0.5) * (from / length) - 0.5);
      const low = Math.floor(place);
      return {
        low: beyond.mirror(low, from),
        high: beyond.mirror(low + 1, from),
        part: place - low,
      };
    });
  }

  // Resize linearly; what is made smaller is blurred first.
  function resize(source, [height, width], { smooth = true } = {}) {
    const sigmas = [source.height / height, source.width / width].map((factor) =>
      Math.max(0, (factor - 1) / 2));
    const { values } = smooth ? gaussian(source, sigmas, "mirror") : source;
    const rows = places(height, source.height);
    const columns = places(width, source.width);
    const resized = plane(height, width);
    rows.forEach((row, y) => {
      const [above, below] = [row.low * source.width, row.high * source.width];
      columns.forEach(({ low, high, part }, x) => {
        const top = values[above + low] * (1 - part) + values[above + high] * part;
        const bottom = values[below + low] * (1 - part) + values[below + high] * part;
        resized.values[y * width + x] = top * (1 - row.part) + bottom * row.part;
      });
    });
    return resized;
  }

  // The number that would stand at a place if the first `count` were sorted; they are moved about.
  function select(values, count, place) {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const pivot = values[(low + high) >> 1];
      let [i, j] = [low, high];
      while (i <= j) {
        while (values[i] < pivot) i += 1;
        while (values[j] > pivot) j -= 1;
        if (i <= j) {
          const value = values[i];
          values[i] = values[j];
          values[j] = value;
          i += 1;
          j -= 1;
        }
      }
      if (place <= j) high = j;
      else if (place >= i) low = i;
      else break;
    }
    return values[place];
  }

  // The median of a square around each pixel; beyond the border the last pixel goes on.
  function medianFilter({ height, width, values }, side) {
    const filtered = plane(height, width);
    const half = side >> 1;
    const around = new Float64Array(side * side);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        let count = 0;
        for (let dy = -half; dy <= half; dy += 1) {
          const row = Math.min(Math.max(y + dy, 0), height - 1) * width;
          for (let dx = -half; dx <= half; dx += 1) {
            around[count] = values[row + Math.min(Math.max(x + dx, 0), width - 1)];
            count += 1;
          }
        }
        filtered.values[y * width + x] = select(around, count, count >> 1);
      }
    }
    return filtered;
  }

  const STRAIGHT = [[-1, 0], [0, 1], [1, 0], [0, -1]];
  const ALL_AROUND = [[-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1]];

  // Give each group of pixels that hang together a number from 1.
  function label({ height, width, values }, neighbours) {
    const numbers = new Int32Array(values.length);
    let groups = 0;
    const waiting = [];
    for (let start = 0; start < values.length; start += 1) {
      if (!values[start] || numbers[start]) continue;
      groups += 1;
      numbers[start] = groups;
      waiting.push(start);
      while (waiting.length) {
        const place = waiting.pop();
        const [y, x] = [Math.floor(place / width), place % width];
        for (const [dy, dx] of neighbours) {
          const [row, column] = [y + dy, x + dx];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          const other = row * width + column;
          if (values[other] && !numbers[other]) {
            numbers[other] = groups;
            waiting.push(other);
          }
        }
      }
    }
    return { numbers, groups };
  }

  // Pixels above the lower threshold that hang together with one above the higher.
  function hysteresis(image, low, high) {
    const weak = map(image, (value) => Number(value > low));
    const { numbers, groups } = label(weak, STRAIGHT);
    const isStrong = new Uint8Array(groups + 1);
    image.values.forEach((value, place) => {
      if (value > high) isStrong[numbers[place]] = 1;
    });
    isStrong[0] = 0;
    return plane(image.height, image.width, Float64Array.from(numbers, (number) => isStrong[number]));
  }

  // How far each pixel of a mask is from the nearest outside it: exact, first along columns, then
  // along rows as the lower envelope of parabolas (Felzenszwalb and Huttenlocher).
  function distances({ height, width, values }) {
    const far = (height + width) ** 2;
    const squares = Float64Array.from(values, (value) => (value ? far : 0));
    for (let x = 0; x < width; x += 1) envelope(squares, x, width, height);
    for (let y = 0; y < height; y += 1) envelope(squares, y * width, 1, width);
    return plane(height, width, squares.map(Math.sqrt));
  }

  function envelope(squares, start, step, length) {
    const heights = Float64Array.from({ length }, (_, i) => squares[start + i * step]);
    const peaks = new Int32Array(length);
    const borders = new Float64Array(length + 1);
    let last = 0;
    borders[0] = -Infinity;
    borders[1] = Infinity;
    for (let i = 1; i < length; i += 1) {
      const meet = (peak) => (heights[i] + i * i - heights[peak] - peak * peak) / (2 * (i - peak));
      while (meet(peaks[last]) <= borders[last]) last -= 1;
      borders[last + 1] = meet(peaks[last]);
      last += 1;
      peaks[last] = i;
      borders[last + 1] = Infinity;
    }
    let at = 0;
    for (let i = 0; i < length; i += 1) {
      while (borders[at + 1] < i) at += 1;
      squares[start + i * step] = (i - peaks[at]) ** 2 + heights[peaks[at]];
    }
  }

  // When a pixel of a mask may go, by which of its neighbours are inked: in the first half of a
  // round (1), in the second (2), in both (3) or never (0). These are Zhang and Suen's conditions,
  // but for corners, which scikit-image treats so that no two-pixel line loses both.
  const NAMES = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
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

  // Thin a mask to lines of one pixel.
  function skeleton(mask) {
    const rules = thinningRules();
    // A border of paper spares the question what lies beyond.
    const width = mask.width + 2;
    const inked = new Uint8Array((mask.height + 2) * width);
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
    return map(mask, (_, i) =>
      inked[(Math.floor(i / mask.width) + 1) * width + (i % mask.width) + 1]);
  }

  playground.filters = {
    ALL_AROUND,
    distances,
    gaussian,
    hysteresis,
    label,
    map,
    median,
    medianFilter,
    plane,
    resize,
    skeleton,
  };
})((window.noisyPlayground ??= {}));
