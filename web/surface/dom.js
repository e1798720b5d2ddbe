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
 * Change a text that is read out when it changes.
 *
 * @param {string} id
 * @param {string} text
 */
export function setText(id, text) {
  const element = find(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * Disable a button that has nothing left to do, or enable it again.
 *
 * The focus does not fall with it: the next press of the space bar would scroll the page.
 *
 * @param {HTMLButtonElement} button
 * @param {boolean} isDisabled
 * @param {HTMLElement | undefined} next what the keyboard goes on with
 */
export function setDisabled(button, isDisabled, next) {
  if (isDisabled && button === document.activeElement) next?.focus({ preventScroll: true });
  button.disabled = isDisabled;
}

/** @typedef {ArrayLike<number>} Colour red, green, blue from 0 to 255; a fourth number is its alpha */

/**
 * Paint a pixel of the canvas for each place of a plane.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} height
 * @param {number} width
 * @param {(place: number) => Colour} colourOf
 */
export function paintPlane(canvas, height, width, colourOf) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pixels = new ImageData(width, height);
  for (let place = 0; place < width * height; place += 1) {
    const [red, green, blue, alpha = 255] = Array.from(colourOf(place));
    pixels.data.set([red, green, blue, alpha], 4 * place);
  }
  contextOf(canvas).putImageData(pixels, 0, 0);
}

/**
 * Paint an image, a pixel of the canvas each.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} image its pixels, from 0 to 1
 */
export function paint(canvas, image) {
  paintPlane(canvas, SIDE, SIDE, (place) => {
    const grey = Math.round(255 * image[place]);
    return [grey, grey, grey];
  });
}

/**
 * @param {Uint8Array} levels grey levels
 * @returns {Float32Array} from 0 to 1
 */
export const shares = (levels) => Float32Array.from(levels, (level) => level / 255);

/**
 * Let the box that an element scrolls in show it, without moving the page.
 *
 * @param {HTMLElement} element whose offset parent scrolls
 */
export function bringIntoView({ offsetTop: top, offsetHeight: height, offsetParent }) {
  if (!offsetParent) return;
  const { scrollTop, clientHeight } = offsetParent;
  if (top < scrollTop || top + height > scrollTop + clientHeight) {
    offsetParent.scrollTop = top - (clientHeight - height) / 2;
  }
}

/**
 * Let an element hear of a pointer beyond its edges, too, until that is lifted.
 *
 * @param {Element} element
 * @param {PointerEvent} event
 */
export function capture(element, event) {
  try {
    element.setPointerCapture(event.pointerId);
  } catch {
    // The pointer is gone already, or a script's: it is heard as far as it is over the element.
  }
}

/**
 * Let what a finger draws be no gesture, whose end takes the next tap away.
 *
 * A finger that is lifted while it moves starts a fling, even where `touch-action` lets nothing scroll;
 * Chromium then takes a tap, wherever that is, for what stops the fling, and makes no click of it.
 *
 * @param {HTMLElement} element that pointers draw on
 */
export function withoutGestures(element) {
  element.addEventListener(
    "touchstart",
    (event) => {
      if (event.cancelable) event.preventDefault();
    },
    { passive: false },
  );
}
