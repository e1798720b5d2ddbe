// @ts-check
// A surface to draw on with a mouse, a pen, a finger or the keyboard.

import { GRID } from "../lib/drawn.js";
import { simplify } from "../lib/strokes.js";
import { capture, contextOf, make, paint, shares, withoutGestures } from "./dom.js";

/** @typedef {import("../lib/strokes.js").Point} Point */

/**
 * @typedef {object} Listeners told what a reader does
 * @property {() => void} begin a stroke has been begun
 * @property {() => void} move it has grown, or the keyboard's pen has moved
 * @property {(stroke: Point[]) => void} end it is finished
 */

// Points closer than this to a straight line are not kept, on the grid of the surface.
const TOLERANCE = 6;
// How far an arrow key moves the pen, on the grid; with the Shift key, so many times finer.
const STEP = GRID / 32;
const FINER = 4;
/** @type {Record<string, Point>} which way each arrow key moves the pen */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** @param {number} place @returns {number} the nearest on the grid */
const onGrid = (place) => Math.min(Math.max(Math.round(place), 0), GRID - 1);

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
    /** @type {number | null} the pointer that draws it; none, if the keyboard does */
    this.pen = null;
    /** @type {Point | null} where the keyboard's pen is, while it is in use */
    this.cursor = null;
    /** @type {number | undefined} the frame in which a move will be told of */
    this.frame = undefined;
    /** The finished strokes as they were painted last: only what is new is painted anew. */
    this.ink = make("canvas", { width: canvas.width, height: canvas.height });
    /** @type {Point[][]} */
    this.inked = [];
    canvas.tabIndex = 0;
    withoutGestures(canvas);
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.end(event));
    canvas.addEventListener("pointercancel", (event) => this.end(event));
    canvas.addEventListener("lostpointercapture", (event) => this.end(event));
    canvas.addEventListener("keydown", (event) => this.press(event));
    canvas.addEventListener("blur", () => this.leave());
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point} on the grid
   */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      onGrid((GRID * (event.clientX - box.left)) / box.width),
      onGrid((GRID * (event.clientY - box.top)) / box.height),
    ];
  }

  /** @param {PointerEvent} event */
  begin(event) {
    // A second finger adds nothing.
    if (this.stroke || event.button > 0) return;
    event.preventDefault();
    capture(this.canvas, event);
    this.cursor = null;
    this.pen = event.pointerId;
    this.stroke = [this.place(event)];
    this.listeners.begin();
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.stroke || event.pointerId !== this.pen) return;
    const between = event.getCoalescedEvents?.() ?? [];
    this.stroke.push(...(between.length ? between : [event]).map((one) => this.place(one)));
    this.moveSoon();
  }

  /** Tell of moves once a frame: a mouse may report more than can be shown. */
  moveSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.listeners.move();
    });
  }

  /** @param {PointerEvent} event */
  end(event) {
    if (event.pointerId === this.pen) this.finish();
  }

  /** Finish the stroke that is being drawn, if there is one. */
  finish() {
    if (!this.stroke) return;
    const stroke = simplify(this.stroke, TOLERANCE);
    this.stroke = this.pen = null;
    this.listeners.end(stroke);
  }

  /**
   * Arrow keys move a pen; the space bar or Enter sets it down, then lifts it.
   *
   * @param {KeyboardEvent} event
   */
  press(event) {
    if (this.pen !== null || event.ctrlKey || event.altKey || event.metaKey) return;
    const isPen = event.key === " " || event.key === "Enter";
    const way = Object.hasOwn(ARROWS, event.key) ? ARROWS[event.key] : null;
    if (!isPen && !way) return;
    event.preventDefault();
    // A slow hand's press is one: it does not lift the pen that it has set down.
    if (isPen && event.repeat) return;
    this.cursor ??= [GRID / 2, GRID / 2];
    const [x, y] = this.cursor;
    if (way) {
      const step = event.shiftKey ? STEP / FINER : STEP;
      this.cursor = [onGrid(x + step * way[0]), onGrid(y + step * way[1])];
      this.stroke?.push(this.cursor);
      this.moveSoon();
    } else if (this.stroke) {
      this.finish();
    } else {
      this.stroke = [this.cursor];
      this.listeners.begin();
    }
  }

  /** The keyboard is used elsewhere. */
  leave() {
    if (!this.cursor) return;
    this.cursor = null;
    if (this.stroke) this.finish();
    else this.moveSoon();
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
    this.showCursor(context);
  }

  /**
   * Paint strokes as the pen draws them.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Point[][]} strokes
   */
  paintStrokes(context, strokes) {
    const size = this.canvas.width;
    context.strokeStyle = "#fff";
    context.lineWidth = size / 24;
    context.lineCap = context.lineJoin = "round";
    for (const points of strokes) {
      context.beginPath();
      for (const [x, y] of points) context.lineTo((x * size) / GRID, (y * size) / GRID);
      // The last point twice: a line of no length is drawn as a dot.
      const [x, y] = points[points.length - 1];
      context.lineTo((x * size) / GRID, (y * size) / GRID);
      context.stroke();
    }
  }

  /**
   * Show strokes with the one that is being drawn; what invites to draw, if there are none.
   *
   * @param {Point[][]} strokes that are finished
   */
  showStrokes(strokes) {
    const ink = contextOf(this.ink);
    if (this.inked.some((points, i) => points !== strokes[i])) {
      ink.clearRect(0, 0, this.ink.width, this.ink.height);
      this.inked = [];
    }
    this.paintStrokes(ink, strokes.slice(this.inked.length));
    this.inked = strokes;
    const context = this.wipe();
    const size = this.canvas.width;
    context.drawImage(this.ink, 0, 0);
    if (this.stroke) this.paintStrokes(context, [this.stroke]);
    if (!strokes.length && !this.stroke && !this.cursor) {
      context.fillStyle = "#bbb";
      context.font = `${size / 18}px sans-serif`;
      context.textAlign = "center";
      context.fillText("draw here", size / 2, size / 2);
    }
    this.showCursor(context);
  }

  /**
   * Show where the keyboard's pen is: a ring, filled while it draws.
   *
   * @param {CanvasRenderingContext2D} context
   */
  showCursor(context) {
    if (!this.cursor) return;
    const size = this.canvas.width;
    const [x, y] = this.cursor.map((place) => (place * size) / GRID);
    context.beginPath();
    context.arc(x, y, size / 40, 0, 2 * Math.PI);
    context.lineWidth = size / 100;
    context.strokeStyle = context.fillStyle = "#e69f00";
    context.stroke();
    if (this.stroke) context.fill();
  }
}
