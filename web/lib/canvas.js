// @ts-check
// Google's canvas, on which every drawing of the data was drawn: from the file that Python reads too.

import canvas from "../../qdtools/drawings/canvas.json" with { type: "json" };

/** Units a side of the box that strokes lie in. */
export const BOX = canvas.box;
/** Units between that box and the canvas's edge: half a pen beyond the margin of paper. */
export const MARGIN = canvas.margin + canvas.pen / 2;
/** Units a side of the whole canvas. */
export const CANVAS = BOX + 2 * MARGIN;
/** Pixels a side of an image. */
export const SIDE = canvas.side;
/** The round pen's radius in pixels of an image. */
export const PEN_RADIUS = ((canvas.pen / 2) * SIDE) / CANVAS;
/** Pixels of an image. */
export const PIXELS = SIDE * SIDE;
