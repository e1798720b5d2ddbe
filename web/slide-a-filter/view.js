// @ts-check
// How a window, its products, its map are shown.

import { FILTER_SIDE } from "../lib/convolution.js";
import { decimal } from "../lib/words.js";
import { find, make, paintPlane } from "../surface/dom.js";
import { NEGATIVE, POSITIVE } from "../surface/maps.js";

/** @typedef {import("../lib/convolution.js").Slide} Slide */
/** @typedef {import("../lib/filters.js").Plane} Plane */

// Padding is no ink, yet no paper either.
const PADDING = [64, 72, 84];
const NOTHING_YET = [0, 0, 0, 0];

/**
 * Paint the drawing with its padding.
 *
 * @param {Plane} source
 * @param {Slide} way
 */
export function showInput({ height, width, values }, { before, after }) {
  const side = before + width + after;
  paintPlane(find("sf-input", HTMLCanvasElement), side, side, (place) => {
    const [y, x] = [Math.floor(place / side) - before, (place % side) - before];
    if (y < 0 || y >= height || x < 0 || x >= width) return PADDING;
    const grey = Math.round(255 * values[y * width + x]);
    return [grey, grey, grey];
  });
}

/**
 * Paint a map.
 *
 * @param {string} id of its canvas
 * @param {Plane} map
 * @param {number} most the value that is painted brightest
 * @param {(place: number) => boolean} isKnown whether the window has been there
 */
export function showMap(id, { height, width, values }, most, isKnown) {
  paintPlane(find(id, HTMLCanvasElement), height, width, (place) => {
    if (!isKnown(place)) return NOTHING_YET;
    const share = most ? Math.min(Math.abs(values[place]) / most, 1) : 0;
    return (values[place] < 0 ? NEGATIVE : POSITIVE).map((one) => Math.round(one * share));
  });
}

/**
 * Put a frame over some pixels of a canvas.
 *
 * @param {string} id of the frame
 * @param {number} side of the canvas in pixels
 * @param {number} row of the first pixel
 * @param {number} column of the first pixel
 * @param {number} size pixels a side
 */
export function showFrame(id, side, row, column, size) {
  const { style } = find(id, HTMLElement);
  style.top = `${(100 * row) / side}%`;
  style.left = `${(100 * column) / side}%`;
  style.width = style.height = `${(100 * size) / side}%`;
}

/** The cells of the nine products, empty. */
export function makeCells() {
  const rows = Array.from({ length: FILTER_SIDE }, () => {
    const row = make("tr");
    row.append(
      ...Array.from({ length: FILTER_SIDE }, () => make("td", { className: "ex-painted" })),
    );
    return row;
  });
  find("sf-products", HTMLElement).replaceChildren(...rows);
  return rows.flatMap((row) => [...row.cells]);
}

/**
 * Write a product: pixel times weight above what it gives.
 *
 * @param {HTMLTableCellElement} cell
 * @param {number} pixel
 * @param {number} weight
 */
export function showProduct(cell, pixel, weight) {
  const product = pixel * weight;
  cell.replaceChildren(
    make("span", {
      className: "sf-factors",
      textContent: `${decimal(pixel)} × ${decimal(weight)}`,
    }),
    make("span", { className: "sf-product", textContent: decimal(product) }),
  );
  cell.classList.toggle("sf-negative", product < 0);
  cell.style.setProperty("--strength", String(Math.min(Math.abs(product) / 2, 1)));
}
