// Writes all that the playground shows into the page's address, and reads it back with care.

"use strict";

(function (playground) {
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // Strokes live on a grid of 4096 x 4096: two digits a coordinate.
  const GRID = 4096;
  const PIXELS = 784;
  const MAX_POINTS = 10_000;

  const digits = (value) => DIGITS[value >> 6] + DIGITS[value & 63];
  const writeStrokes = (strokes) =>
    strokes.map((points) => points.flat().map(digits).join("")).join(".");

  function readStrokes(text) {
    if (text.length > 4 * MAX_POINTS) return null;
    const strokes = [];
    for (const part of text ? text.split(".") : []) {
      if (!part || part.length % 4 || [...part].some((letter) => !DIGITS.includes(letter))) {
        return null;
      }
      const values = part.match(/../g).map((pair) =>
        DIGITS.indexOf(pair[0]) * 64 + DIGITS.indexOf(pair[1]));
      const points = [];
      for (let i = 0; i < values.length; i += 2) points.push([values[i], values[i + 1]]);
      strokes.push(points);
    }
    return strokes;
  }

  const writePixels = (pixels) =>
    btoa(String.fromCharCode(...pixels)).replace(/[+/=]/g, (letter) =>
      ({ "+": "-", "/": "_", "=": "" })[letter]);

  function readPixels(text) {
    try {
      const bytes = playground.network.bytesOf(text.replace(/-/g, "+").replace(/_/g, "/"));
      return bytes.length === PIXELS ? bytes : null;
    } catch {
      return null;
    }
  }

  // A state as text: readable, so that it can also be changed by hand.
  function write({ drawing, kind, level, seed, chosen }, categories) {
    const what = {
      pick: () => `${drawing.category}.${drawing.number}`,
      strokes: () => writeStrokes(drawing.strokes),
      image: () => writePixels(drawing.pixels),
    };
    const names =
      chosen.length === categories.length ? "all" : chosen.map((i) => categories[i]).join(",");
    const parts = { [drawing.type]: what[drawing.type](), kind, level, seed, categories: names };
    return Object.entries(parts)
      .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%20/g, "+").replace(/%2C/g, ",")}`)
      .join("&");
  }

  // Read a state over one given; whatever makes no sense is left as it was.
  function read(text, given, categories, picks) {
    const parts = new URLSearchParams(text);
    const state = { ...given };
    if (parts.has("pick")) {
      const [, category, number] = /^(.*)\.(\d+)$/.exec(parts.get("pick")) ?? [];
      const pick = picks.find((one) => one.category === category && one.number === Number(number));
      if (pick) state.drawing = { type: "pick", category, number: pick.number };
    }
    if (parts.has("strokes")) {
      const strokes = readStrokes(parts.get("strokes"));
      if (strokes) state.drawing = { type: "strokes", strokes };
    }
    if (parts.has("image")) {
      const pixels = readPixels(parts.get("image"));
      if (pixels) state.drawing = { type: "image", pixels };
    }
    if (Object.hasOwn(playground.noise.KINDS, parts.get("kind"))) state.kind = parts.get("kind");
    const level = Number(parts.get("level") || NaN);
    if (level >= 0 && level <= playground.noise.MAX_LEVEL) state.level = level;
    const seed = Number(parts.get("seed") || NaN);
    if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) state.seed = seed;
    if (parts.get("categories") === "all") {
      state.chosen = [...categories.keys()];
    } else if (parts.has("categories")) {
      const names = parts.get("categories").split(",");
      const chosen = names.map((name) => categories.indexOf(name)).filter((i) => i >= 0);
      if (new Set(chosen).size >= 2) state.chosen = [...new Set(chosen)];
    }
    return state;
  }

  playground.state = { GRID, read, write };
})((window.noisyPlayground ??= {}));
