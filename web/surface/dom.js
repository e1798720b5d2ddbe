// @ts-check
// Short ways to make elements, to find them, to paint images on them.

import { SIDE } from "../lib/canvas.js";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

/**
 * Find an element that the page's markup promises.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 * @throws {Error} if the markup has none, or one of another kind
 */
export function find(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} "${id}".`);
  return found;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * Paint an image, a pixel of the canvas each.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} image its pixels, from 0 to 1
 */
export function paint(canvas, image) {
  if (canvas.width !== SIDE || canvas.height !== SIDE) canvas.width = canvas.height = SIDE;
  const pixels = new ImageData(SIDE, SIDE);
  for (let i = 0; i < image.length; i += 1) {
    pixels.data.fill(Math.round(255 * image[i]), 4 * i, 4 * i + 3);
    pixels.data[4 * i + 3] = 255;
  }
  contextOf(canvas).putImageData(pixels, 0, 0);
}

/**
 * @param {Uint8Array} levels grey levels
 * @returns {Float32Array} from 0 to 1
 */
export const shares = (levels) => Float32Array.from(levels, (level) => level / 255);
