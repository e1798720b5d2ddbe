// Drowns a drawing in the kinds of noise of qdtools/noise.py, from a small generator of its own.

"use strict";

(function (playground) {
  const SIDE = 28;
  const MAX_LEVEL = 2;

  // Random numbers from 0 to 1 by a count and a seed: each count is mixed by the finalizer of
  // MurmurHash3. The numbers are not numpy's, but their distribution is.
  function generator(seed) {
    let count = mix(seed ^ 0x9e3779b9);
    return () => {
      count = (count + 0x9e3779b9) | 0;
      return ((mix(count) >>> 0) + 0.5) / 2 ** 32;
    };
  }

  function mix(bits) {
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return bits ^ (bits >>> 16);
  }

  // Standard normal numbers, by the method of Box and Muller.
  const normal = (random) =>
    Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

  // Each kind takes the images, the level and the generator, and gives the noisy value of a pixel.
  // The same numbers are drawn at every level, so that moving the slider moves the same noise.
  const KINDS = {
    gaussian: (level, random) => (value) => value + (level / 2) * (normal(random) + 1),
    salt_and_pepper: (level, random) => (value) => {
      const [chance, side] = [random(), random()];
      return chance < level / 2 ? Number(side < 0.5) : value;
    },
    speckle: (level, random) => (value) => value * (1 + level * normal(random)),
    missing_strips: (level, random) => {
      const missing = Array.from({ length: SIDE }, () => random() < level / 4);
      return (value, place) => (missing[Math.floor(place / SIDE)] ? 0 : value);
    },
  };

  // Add noise to an image of 784 numbers from 0 to 1.
  function add(image, level, kind, seed) {
    const spoil = KINDS[kind](level, generator(seed));
    return Float32Array.from(image, (value, place) =>
      Math.min(Math.max(spoil(value, place), 0), 1));
  }

  playground.noise = { KINDS, MAX_LEVEL, add };
})((window.noisyPlayground ??= {}));
