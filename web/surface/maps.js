// @ts-check
// Paints a network's maps: what is positive in blue, what is negative in orange, nothing in black.

import { contextOf, make } from "./dom.js";

/** The colours of numbers above zero, of those below it, as in the book; pale ones, seen on black. */
export const POSITIVE = [86, 180, 233];
export const NEGATIVE = [230, 159, 0];
/** The colour of ink in a picture, which is no map. */
const INK = [255, 255, 255];

/** @typedef {"signed" | "ink"} Paint whether numbers are those of a map, or a picture's pixels */

/**
 * The largest number of a layer, whatever its sign: all of its maps are painted on one scale.
 *
 * @param {ArrayLike<number>} values
 * @returns {number} above 0
 */
export function scaleOf(values) {
  let most = 0;
  for (let i = 0; i < values.length; i += 1) most = Math.max(most, Math.abs(values[i]));
  return most || 1;
}

/**
 * How a layer's numbers are painted: a network's answer that is a picture as one, all else as maps.
 *
 * @param {{ shape: readonly number[] }} layer
 * @param {readonly { shape: readonly number[] }[]} layers of its network
 * @returns {Paint}
 */
export const paintOf = (layer, layers) =>
  layer === layers[layers.length - 1] && layer.shape[0] > 1 ? "ink" : "signed";

/**
 * Write a number's colour into the bytes of an image.
 *
 * @param {Uint8ClampedArray} bytes
 * @param {number} at where the pixel begins
 * @param {number} share of the scale, from -1 to 1
 * @param {Paint} paint
 */
function write(bytes, at, share, paint) {
  const colour = paint === "ink" ? INK : share < 0 ? NEGATIVE : POSITIVE;
  const size = Math.abs(share);
  bytes[at] = size * colour[0];
  bytes[at + 1] = size * colour[1];
  bytes[at + 2] = size * colour[2];
  bytes[at + 3] = 255;
}

/**
 * How many maps stand side by side in a strip.
 *
 * @param {number} count of maps
 */
export const columnsOf = (count) => (count <= 16 ? count : Math.ceil(count / (count > 64 ? 4 : 2)));

/**
 * Paint all maps of a layer, a pixel of the canvas for each number.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values row by row, pixel by pixel, channel by channel
 * @param {number[]} shape height, width, channels
 * @param {number} scale
 * @param {Paint} [paint]
 */
export function paintStrip(canvas, values, [height, width, channels], scale, paint = "signed") {
  const columns = columnsOf(channels);
  const gap = height > 1 ? 1 : 0;
  const [broad, tall] = [
    columns * (width + gap) - gap,
    Math.ceil(channels / columns) * (height + gap) - gap,
  ];
  if (canvas.width !== broad) canvas.width = broad;
  if (canvas.height !== tall) canvas.height = tall;
  const image = new ImageData(broad, tall);
  for (let channel = 0; channel < channels; channel += 1) {
    const top = Math.floor(channel / columns) * (height + gap);
    const left = (channel % columns) * (width + gap);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const share = values[(y * width + x) * channels + channel] / scale;
        write(image.data, 4 * ((top + y) * broad + left + x), share, paint);
      }
    }
  }
  contextOf(canvas).putImageData(image, 0, 0);
}

/**
 * Paint one map of a layer, a pixel of the canvas for each number.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values
 * @param {number[]} shape
 * @param {number} channel
 * @param {number} scale
 * @param {Paint} [paint]
 */
export function paintMap(
  canvas,
  values,
  [height, width, channels],
  channel,
  scale,
  paint = "signed",
) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    write(image.data, 4 * i, values[i * channels + channel] / scale, paint);
  }
  contextOf(canvas).putImageData(image, 0, 0);
}

/** @typedef {{ top: number, left: number, height: number, width: number }} Frame in pixels of a map */

/**
 * Paint one map enlarged, with frames around some of its pixels.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values
 * @param {number[]} shape
 * @param {number} channel
 * @param {number} scale
 * @param {{ frame: Frame, colour: string }[]} frames
 * @param {Paint} [paint]
 */
export function paintLarge(canvas, values, shape, channel, scale, frames, paint = "signed") {
  const small = make("canvas");
  paintMap(small, values, shape, channel, scale, paint);
  const context = contextOf(canvas);
  const unit = canvas.width / shape[1];
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  for (const { frame, colour } of frames) {
    const line = canvas.width / 70;
    const place = [frame.left * unit, frame.top * unit, frame.width * unit, frame.height * unit];
    // Seen on white, too.
    context.strokeStyle = "#000";
    context.lineWidth = 2 * line;
    context.strokeRect(...inside(place, canvas, line));
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(...inside(place, canvas, line));
  }
}

/**
 * Keep a frame's line on the canvas.
 *
 * @param {number[]} place left, top, width, height
 * @param {HTMLCanvasElement} canvas
 * @param {number} line
 * @returns {[number, number, number, number]}
 */
function inside([left, top, width, height], canvas, line) {
  const [x, y] = [Math.max(left, line), Math.max(top, line)];
  const right = Math.min(left + width, canvas.width - line);
  const bottom = Math.min(top + height, canvas.height - line);
  return [x, y, right - x, bottom - y];
}
