// @ts-check
// Measures how close an image is to another.

/**
 * Peak signal-to-noise ratio for a peak of 1, as `qdtools.psnr` gives it.
 *
 * @param {ArrayLike<number>} clean pixels from 0 to 1
 * @param {ArrayLike<number>} image of as many pixels
 * @returns {number} decibels; infinite for equal images
 */
export function decibels(clean, image) {
  let error = 0;
  for (let i = 0; i < clean.length; i += 1) error += (clean[i] - image[i]) ** 2;
  return -10 * Math.log10(error / clean.length);
}
