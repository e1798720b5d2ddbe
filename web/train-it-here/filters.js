// @ts-check
// The first layer's filters as they are painted: blue above zero, orange below, nothing black.

import { TAPS } from "../lib/autoencoder.js";
import { contextOf, find, make } from "../surface/dom.js";
import { NEGATIVE, POSITIVE } from "../surface/maps.js";

const SIDE = 3;
// Pixels of the canvas a weight, between filters.
const CELL = 12;
const GAP = 10;
const COLUMNS = 8;

/**
 * @param {number} weight
 * @param {number} most what is painted brightest
 * @returns {string} a colour of CSS
 */
function colourOf(weight, most) {
  const share = Number.isFinite(weight) ? Math.min(Math.abs(weight) / most, 1) : 0;
  return `rgb(${(weight < 0 ? NEGATIVE : POSITIVE).map((one) => Math.round(one * share)).join(" ")})`;
}

/** Word a weight, so that rows of them stand in line. @param {number} value */
const fixed = (value) => value.toFixed(3).replace("-", "−");

/** @type {(weights: Float32Array, filters: number, filter: number) => number[]} its nine */
export const nineOf = (weights, filters, filter) =>
  Array.from({ length: TAPS }, (_, tap) => weights[tap * filters + filter]);

/** @param {number} filters @returns {[number, number]} rows, columns that they stand in */
export const layoutOf = (filters) => [Math.ceil(filters / COLUMNS), COLUMNS];

/**
 * Paint all filters, one of them framed.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} weights
 * @param {number} filters
 * @param {number} most
 * @param {number} look the framed one
 */
export function paintFilters(canvas, weights, filters, most, look) {
  const [rows, columns] = layoutOf(filters);
  const step = SIDE * CELL + GAP;
  const [width, height] = [columns * step, rows * step];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  // Unlike the others it is no square.
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = contextOf(canvas);
  context.clearRect(0, 0, width, height);
  for (let filter = 0; filter < filters; filter += 1) {
    const top = Math.floor(filter / columns) * step + GAP / 2;
    const left = (filter % columns) * step + GAP / 2;
    for (const [tap, weight] of nineOf(weights, filters, filter).entries()) {
      context.fillStyle = colourOf(weight, most);
      const [y, x] = [top + CELL * Math.floor(tap / SIDE), left + CELL * (tap % SIDE)];
      context.fillRect(x, y, CELL, CELL);
    }
    if (filter === look) {
      context.strokeStyle = "#cc79a7";
      context.lineWidth = 3;
      context.strokeRect(left - 2, top - 2, SIDE * CELL + 4, SIDE * CELL + 4);
    }
  }
}

/**
 * Write a filter's weights, each with how far it has come from the start.
 *
 * @param {number[]} now
 * @param {number[]} start
 * @param {number} most
 */
export function showNine(now, start, most) {
  const cells = now.map((weight, i) => {
    const cell = make("td", { className: "ex-painted" });
    const moved = weight - start[i];
    cell.style.setProperty("--weight", colourOf(weight, most));
    cell.append(
      make("span", { className: "ti-weight", textContent: fixed(weight) }),
      make("span", {
        className: "ti-moved",
        textContent: `${moved > 0 ? "+" : ""}${fixed(moved)}`,
      }),
    );
    return cell;
  });
  const rows = Array.from({ length: SIDE }, (_, i) => {
    const row = make("tr");
    row.append(...cells.slice(SIDE * i, SIDE * (i + 1)));
    return row;
  });
  find("ti-look", HTMLElement).replaceChildren(...rows);
}
