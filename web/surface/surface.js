// @ts-check
// A surface to draw on with a mouse, a pen or a finger.

import { GRID } from "../lib/state.js";
import { simplify } from "../lib/strokes.js";
import { contextOf, make, paint, shares } from "./dom.js";

/** @typedef {import("../lib/strokes.js").Point} Point */

/**
 * @typedef {object} Listeners told what a reader does
 * @property {() => void} begin a stroke has been begun
 * @property {() => void} move it has grown
 * @property {(stroke: Point[]) => void} end it is finished
 */

// Points closer than this to a straight line are not kept, on the grid of the surface.
const TOLERANCE = 6;

export class Surface {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Listeners} listeners
   */
  constructor(canvas, listeners) {
    this.canvas = canvas;
    this.listeners = listeners;
    /** @type {Point[] | null} the stroke that is being drawn */
    this.stroke = null;
    /** @type {number | null} the pointer that draws it */
    this.pen = null;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.end(event));
    canvas.addEventListener("pointercancel", (event) => this.end(event));
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point} on the grid
   */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    /** @param {number} share */
    const onGrid = (share) => Math.min(Math.max(Math.round(share * GRID), 0), GRID - 1);
    return [
      onGrid((event.clientX - box.left) / box.width),
      onGrid((event.clientY - box.top) / box.height),
    ];
  }

  /** @param {PointerEvent} event */
  begin(event) {
    // A second finger adds nothing.
    if (this.stroke || event.button > 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.pen = event.pointerId;
    this.stroke = [this.place(event)];
    this.listeners.begin();
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.stroke || event.pointerId !== this.pen) return;
    const between = event.getCoalescedEvents?.() ?? [];
    this.stroke.push(...(between.length ? between : [event]).map((one) => this.place(one)));
    this.listeners.move();
  }

  /** @param {PointerEvent} event */
  end(event) {
    if (!this.stroke || event.pointerId !== this.pen) return;
    const stroke = simplify(this.stroke, TOLERANCE);
    this.stroke = null;
    this.listeners.end(stroke);
  }

  /** Make the surface black. */
  wipe() {
    const context = contextOf(this.canvas);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    return context;
  }

  /**
   * Show an image instead of strokes.
   *
   * @param {Uint8Array} levels the grey levels of its pixels
   */
  showImage(levels) {
    const context = this.wipe();
    const small = make("canvas");
    paint(small, shares(levels));
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * Show strokes; what invites to draw, if there are none.
   *
   * @param {Point[][]} strokes
   */
  showStrokes(strokes) {
    const context = this.wipe();
    const size = this.canvas.width;
    context.strokeStyle = "#fff";
    context.lineWidth = size / 24;
    context.lineCap = context.lineJoin = "round";
    for (const points of strokes) {
      context.beginPath();
      // The last point twice: a line of no length is drawn as a dot.
      for (const [x, y] of [...points, ...points.slice(-1)]) {
        context.lineTo((x * size) / GRID, (y * size) / GRID);
      }
      context.stroke();
    }
    if (!strokes.length) {
      context.fillStyle = "#bbb";
      context.font = `${size / 18}px sans-serif`;
      context.textAlign = "center";
      context.fillText("draw here", size / 2, size / 2);
    }
  }
}
