// Brings a reader's own picture to the look of the data: the steps of qdtools/pictures.py.

"use strict";

(function (playground) {
  const { plane, map, median } = playground.filters;
  const { rint } = playground.strokes;
  const SIDE = 28;
  const MAX_PIXELS = 50_000_000;
  // Longest side at which ink is looked for, and pixels a side of an image's pixel when it is drawn.
  const LONGEST = 800;
  const ZOOM = 10;
  // The recipe's pen radius and box on that enlarged image.
  const [PEN_RADIUS, FIT] = [8, 255].map((length) => (length * SIDE * ZOOM) / 304);
  const LUMINANCE = [0.299, 0.587, 0.114];

  class PictureError extends Error {}

  // ---- Opening: colours as four bytes a pixel, then as three planes of numbers.

  async function open(file) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
    } catch {
      throw new PictureError("This is no picture that the browser can read; try a PNG or JPEG.");
    }
    const { width, height } = bitmap;
    if (width * height > MAX_PIXELS) {
      throw new PictureError("This picture has too many pixels; give a smaller one.");
    }
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height);
  }

  // Average boxes of pixels as Pillow does: across, then down, each rounded to whole numbers.
  function shrink(bytes, width, height) {
    const scale = LONGEST / Math.max(width, height);
    const [newWidth, newHeight] = [width, height].map((length) => Math.max(1, rint(length * scale)));
    const across = boxes(width, newWidth);
    const wide = new Uint8ClampedArray(newWidth * height * 4);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < newWidth; x += 1) {
        const [from, beyond] = across[x];
        for (let c = 0; c < 4; c += 1) {
          let sum = 0;
          for (let i = from; i < beyond; i += 1) sum += bytes[(y * width + i) * 4 + c];
          wide[(y * newWidth + x) * 4 + c] = Math.floor(sum / (beyond - from) + 0.5);
        }
      }
    }
    const down = boxes(height, newHeight);
    const small = new Uint8ClampedArray(newWidth * newHeight * 4);
    for (let y = 0; y < newHeight; y += 1) {
      const [from, beyond] = down[y];
      for (let i = 0; i < newWidth * 4; i += 1) {
        let sum = 0;
        for (let row = from; row < beyond; row += 1) sum += wide[row * newWidth * 4 + i];
        small[y * newWidth * 4 + i] = Math.floor(sum / (beyond - from) + 0.5);
      }
    }
    return { data: small, width: newWidth, height: newHeight };
  }

  // Which pixels lie in the box of each new one: those whose centre does.
  function boxes(length, newLength) {
    const scale = length / newLength;
    return Array.from({ length: newLength }, (_, i) =>
      [i, i + 1].map((edge) => Math.min(Math.floor(edge * scale + 0.5), length)));
  }

  // Colours in [0, 1] as three planes; what is transparent is paper.
  function colours({ data, width, height }) {
    const isOpaque = data.every((value, i) => i % 4 !== 3 || value === 255);
    let shown = { data: Float64Array.from(data), width, height };
    if (!isOpaque) {
      // Colours count as much as they cover, also where pixels are averaged.
      for (let i = 0; i < data.length; i += 1) {
        if (i % 4 !== 3) shown.data[i] = rint((data[i] * data[i - (i % 4) + 3]) / 255);
      }
    }
    if (Math.max(width, height) > LONGEST) shown = shrink(shown.data, width, height);
    const count = shown.width * shown.height;
    const planes = [0, 1, 2].map((c) =>
      plane(shown.height, shown.width, Float64Array.from({ length: count }, (_, i) =>
        shown.data[i * 4 + c] / 255)));
    if (isOpaque) return planes;

    const alpha = Float64Array.from({ length: count }, (_, i) => shown.data[i * 4 + 3] / 255);
    const opaque = [...alpha.keys()].filter((i) => alpha[i] > 0.5);
    const own = planes.map(({ values }) => opaque.map((i) => values[i] / alpha[i]));
    let paper;
    if (opaque.length > count / 2) {
      // A cut-out: its own paper is what there is most of.
      paper = own.map(median);
    } else {
      // Lines on nothing: whichever paper they stand out from.
      const mean = own.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
      const bright = mean.reduce((sum, value, c) => sum + value * LUMINANCE[c], 0);
      paper = Array(3).fill(Number(!opaque.length || bright < 0.5));
    }
    return planes.map((channel, c) =>
      map(channel, (value, i) => value + paper[c] * (1 - alpha[i])));
  }

  const grey = ([red, green, blue]) =>
    map(red, (value, i) =>
      value * LUMINANCE[0] + green.values[i] * LUMINANCE[1] + blue.values[i] * LUMINANCE[2]);

  // ---- Ink: how far each pixel departs from the paper.

  function findInk(picture) {
    const [smooth, local] = [smoothPaper, localPaper].map((paper) => {
      const below = paper(picture);
      return depart(picture.map((channel, c) =>
        map(channel, (value, i) => value - below[c].values[i])));
    });
    // The local paper follows a shadow's edge, but also swallows what is filled; so it must be
    // clearly better at leaving two groups of pixels, ink and paper.
    return twoGroups(local) > twoGroups(smooth) + 0.02 ? local : smooth;
  }

  // Departures along the one direction that ink takes: darker, lighter, another hue.
  function depart(away) {
    const { height, width } = away[0];
    const blur = 0.7 * Math.min(1, Math.max(height, width) / 400);
    const [red, green, blue] = away.map((channel) =>
      playground.filters.gaussian(channel, [blur, blur]).values);
    const distance = red.map((value, i) => Math.sqrt(value ** 2 + green[i] ** 2 + blue[i] ** 2));
    const noise = median(distance);
    const most = distance.reduce((a, b) => Math.max(a, b), 0);
    if (most < Math.max(0.04, 8 * noise)) return plane(height, width);
    const direction = [0, 0, 0];
    let count = 0;
    distance.forEach((value, i) => {
      if (value < most / 2) return;
      [red[i], green[i], blue[i]].forEach((part, c) => (direction[c] += part));
      count += 1;
    });
    const ink = red.map((value, i) =>
      (value * direction[0] + green[i] * direction[1] + blue[i] * direction[2]) / count);
    const strongest = ink.reduce((a, b) => Math.max(a, b), -Infinity);
    // As much one way as the other.
    if (strongest <= 0) return plane(height, width);
    const shares = ink.map((value) => value / strongest);
    const floor = (3 * noise) / most;
    const level = median(shares.filter((value) => value > 0.5));
    const range = Math.max(level - floor, 0.1);
    return plane(height, width, shares.map((value) =>
      Math.min(Math.max((value - floor) / range, 0), 1)));
  }

  // Share of the variance that lies between ink and paper (Otsu's criterion).
  function twoGroups({ values }) {
    const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const ink = values.filter((value) => value > 0.5);
    const paper = values.filter((value) => value <= 0.5);
    if (!ink.length || !paper.length) return 0;
    const share = ink.length / values.length;
    const all = mean(values);
    const variance = mean(values.map((value) => (value - all) ** 2));
    return (share * (1 - share) * (mean(ink) - mean(paper)) ** 2) / variance;
  }

  // The first five Legendre polynomials at evenly spaced places from -1 to 1.
  function legendre(length) {
    const step = 2 / (length - 1);
    return Array.from({ length }, (_, i) => {
      const x = length === 1 ? -1 : i === length - 1 ? 1 : -1 + i * step;
      const terms = [1, x];
      for (let n = 2; n < 5; n += 1) {
        terms.push(((2 * n - 1) * x * terms[n - 1] - (n - 1) * terms[n - 2]) / n);
      }
      return terms;
    });
  }

  function samples(length) {
    const count = Math.min(length, 48);
    const step = count > 1 ? (length - 1) / (count - 1) : 0;
    return Array.from({ length: count }, (_, i) =>
      i && i === count - 1 ? length - 1 : Math.trunc(i * step));
  }

  // Solve a x = b for several b at once, by elimination with pivots.
  function solve(a, b) {
    const size = a.length;
    const rows = a.map((row, i) => [...row, ...b[i]]);
    for (let i = 0; i < size; i += 1) {
      let pivot = i;
      for (let j = i + 1; j < size; j += 1) {
        if (Math.abs(rows[j][i]) > Math.abs(rows[pivot][i])) pivot = j;
      }
      [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
      for (let j = 0; j < size; j += 1) {
        if (j === i) continue;
        const factor = rows[j][i] / rows[i][i];
        for (let k = i; k < rows[j].length; k += 1) rows[j][k] -= factor * rows[i][k];
      }
    }
    return rows.map((row, i) => row.slice(size).map((value) => value / row[i]));
  }

  // Fit the polynomial surface that most pixels lie on.
  function smoothPaper(picture) {
    const { height, width } = picture[0];
    const [down, across] = [legendre(height), legendre(width)];
    const seen = [];
    const basis = [];
    for (const y of samples(height)) {
      for (const x of samples(width)) {
        seen.push(picture.map(({ values }) => values[y * width + x]));
        basis.push(down[y].map((one) => across[x].map((other) => one * other)));
      }
    }
    let free = [];
    let surface = [];
    let weights = seen.map(() => 1);
    // Least squares in which what stands out counts less each time. The surface is flat at first
    // and may bend only later, or it would bend to a thick drawing.
    for (let round = 0; round < 25; round += 1) {
      const bend = Math.floor(round / 5);
      free = [0, 1, 2, 3, 4].flatMap((i) =>
        [0, 1, 2, 3, 4].filter((j) => i + j <= bend).map((j) => [i, j]));
      const terms = basis.map((at) => Float64Array.from(free, ([i, j]) => at[i][j]));
      const normal = free.map((_, i) => free.map((_, j) => (i === j ? 1e-6 : 0)));
      const right = free.map(() => [0, 0, 0]);
      terms.forEach((term, n) => {
        for (let i = 0; i < free.length; i += 1) {
          const weighted = term[i] * weights[n];
          for (let j = 0; j < free.length; j += 1) normal[i][j] += weighted * term[j];
          for (let c = 0; c < 3; c += 1) right[i][c] += weighted * seen[n][c];
        }
      });
      surface = solve(normal, right);
      const distance = seen.map((colour, n) =>
        Math.hypot(...colour.map((value, c) =>
          value - terms[n].reduce((sum, term, i) => sum + term * surface[i][c], 0))));
      const typical = Math.max(median(distance), 0.004);
      weights = distance.map((value) => 1 / (1 + (value / typical) ** 2) ** 2);
    }
    return [0, 1, 2].map((c) => {
      const paper = plane(height, width);
      const byRow = down.map((one) => {
        const sums = [0, 0, 0, 0, 0];
        free.forEach(([i, j], n) => (sums[j] += one[i] * surface[n][c]));
        return sums;
      });
      for (let y = 0; y < height; y += 1) {
        const [s0, s1, s2, s3, s4] = byRow[y];
        for (let x = 0; x < width; x += 1) {
          const [p0, p1, p2, p3, p4] = across[x];
          paper.values[y * width + x] = s0 * p0 + s1 * p1 + s2 * p2 + s3 * p3 + s4 * p4;
        }
      }
      return paper;
    });
  }

  // The median around each pixel, over a quarter of the longer side.
  function localPaper(picture) {
    const { height, width } = picture[0];
    const scale = Math.min(1, 100 / Math.max(height, width));
    const size = [height, width].map((length) => Math.max(1, rint(length * scale)));
    const around = Math.floor(Math.max(...size) / 4) | 1;
    return picture.map((channel) => {
      const small = playground.filters.resize(channel, size);
      const paper = playground.filters.medianFilter(small, around);
      return playground.filters.resize(paper, [height, width], { smooth: false });
    });
  }

  // ---- Lines: the ink's mask, thinned and drawn anew with the recipe's pen.

  // Strong ink and the weak ink that it hangs together with, but no speck.
  function mask(ink) {
    const most = ink.values.reduce((a, b) => Math.max(a, b), 0);
    const inked = playground.filters.hysteresis(ink, 0.25 * most, 0.5 * most);
    const { numbers, groups } = playground.filters.label(inked, playground.filters.ALL_AROUND);
    const area = new Float64Array(groups + 1);
    for (const number of numbers) area[number] += 1;
    area[0] = 0;
    const largest = Math.max(...area);
    return plane(ink.height, ink.width, Float64Array.from(numbers, (number) =>
      Number(area[number] > largest / 500)));
  }

  function extent({ height, width, values }) {
    let [top, bottom, left, right] = [height, -1, width, -1];
    values.forEach((value, i) => {
      if (!value) return;
      const [y, x] = [Math.floor(i / width), i % width];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
    });
    return { top, bottom, left, right };
  }

  // Cut out the ink's box, some paper around it, and enlarge it tenfold over the recipe's size.
  function cutBox(ink) {
    const { top, bottom, left, right } = extent(mask(ink));
    const [height, width] = [bottom - top + 1, right - left + 1];
    const edge = Math.max(2, Math.floor(Math.max(height, width) / 20));
    const cut = plane(height + 2 * edge, width + 2 * edge);
    for (let y = 0; y < cut.height; y += 1) {
      for (let x = 0; x < cut.width; x += 1) {
        const [row, column] = [y + top - edge, x + left - edge];
        if (row < 0 || row >= ink.height || column < 0 || column >= ink.width) continue;
        cut.values[y * cut.width + x] = ink.values[row * ink.width + column];
      }
    }
    const scale = (FIT + 2 * PEN_RADIUS) / Math.max(height, width);
    const size = [cut.height, cut.width].map((length) => rint(length * scale));
    return playground.filters.resize(cut, size);
  }

  // Thin ink to its middle lines; where it is wider than the pen, to what the pen leaves inside.
  function thin(inked) {
    const { distances, gaussian, skeleton } = playground.filters;
    const depth = distances(inked).values;
    const middle = skeleton(inked).values;
    const pen = median(depth.filter((_, i) => middle[i]));
    // On a ragged edge each tooth would grow a spur.
    const sigma = Math.min(pen / 3, 2);
    const smooth = map(gaussian(inked, [sigma, sigma]), (value) => Number(value > 0.5));
    const [lines, inside] = [skeleton(smooth).values, distances(smooth).values];
    return map(smooth, (_, i) => Number(lines[i] || inside[i] > pen));
  }

  // Centre lines as the recipe does and draw them with its pen.
  function drawLines(lines) {
    const { top, bottom, left, right } = extent(lines);
    if (bottom < 0) throw new PictureError("The ink of this picture is too faint to be redrawn.");
    const side = SIDE * ZOOM;
    // A dot stays a dot.
    const fit = FIT / Math.max(bottom - top, right - left, FIT / 4);
    const paper = plane(side, side, new Float64Array(side * side).fill(1));
    lines.values.forEach((value, i) => {
      if (!value) return;
      const y = rint((Math.floor(i / lines.width) - (top + bottom) / 2) * fit + (side - 1) / 2);
      const x = rint(((i % lines.width) - (left + right) / 2) * fit + (side - 1) / 2);
      paper.values[y * side + x] = 0;
    });
    const image = new Float64Array(SIDE * SIDE);
    playground.filters.distances(paper).values.forEach((distance, i) => {
      const place = Math.floor(i / side / ZOOM) * SIDE + Math.floor((i % side) / ZOOM);
      image[place] += Math.min(Math.max(PEN_RADIUS - distance + 0.5, 0), 1) / ZOOM ** 2;
    });
    return image;
  }

  // Read a picture file as 784 numbers in [0, 1], white ink = 1. One of 28 x 28 is taken as it is.
  async function read(file) {
    const picture = colours(await open(file));
    const { height, width } = picture[0];
    if (height === SIDE && width === SIDE) return grey(picture).values;
    const ink = findInk(picture);
    if (!ink.values.some(Boolean)) {
      throw new PictureError("This picture shows no ink that stands out from its paper.");
    }
    return drawLines(thin(mask(cutBox(ink))));
  }

  playground.pictures = { PictureError, read };
})((window.noisyPlayground ??= {}));
