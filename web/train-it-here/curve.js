// @ts-check
// The loss by steps as two curves, over what it costs not to look at the image.

import { decimal, lossText } from "../lib/words.js";
import { shape } from "../surface/svg.js";

/** @typedef {{ step: number, training: number | null, heldOut: number }} Point */

// The plot's edges in units of the picture.
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 626, 12, 200];
// A loss beyond this is shown at the edge, with its number.
const MOST = 0.6;
const TICKS = [0, 0.2, 0.4, 0.6];
// More points than this cannot be told apart.
const MOST_POINTS = 400;

/** @param {number} loss */
const y = (loss) =>
  BOTTOM - (Math.min(Number.isFinite(loss) ? loss : MOST, MOST) / MOST) * (BOTTOM - TOP);

/** @param {number} steps @returns {number} a round number of steps that the axis ends at */
function roundUp(steps) {
  const ten = 10 ** Math.floor(Math.log10(Math.max(steps, 10)));
  return ten * ([1, 2, 5, 10].find((times) => times * ten >= steps) ?? 10);
}

export class Curve {
  /** @param {Element} place an empty svg element */
  constructor(place) {
    this.place = place;
    /** @type {Point[]} */
    this.points = [];
    /** @type {import("../lib/course.js").Blind} */
    this.blind = { grey: 0, average: 0 };
  }

  clear() {
    this.points = [];
  }

  /** @param {Point} point */
  add(point) {
    // Measured again, at another level.
    if (this.points[this.points.length - 1]?.step === point.step) this.points.pop();
    this.points.push(point);
    if (this.points.length > MOST_POINTS) {
      // The first and the latest stay.
      this.points = this.points.filter((_, i) => i % 2 === 0 || i === this.points.length - 1);
    }
    this.show();
  }

  /** @type {(pairs: [number, number][], name: string) => SVGElement} */
  line(pairs, name) {
    const points = pairs.map(([across, up]) => `${across.toFixed(1)},${up.toFixed(1)}`).join(" ");
    return shape("polyline", { points, class: name });
  }

  show() {
    const last = this.points[this.points.length - 1];
    const end = roundUp(last.step);
    /** @param {number} step */
    const x = (step) => LEFT + (step / end) * (RIGHT - LEFT);
    const rows = TICKS.flatMap((loss) => [
      shape("line", { x1: LEFT, x2: RIGHT, y1: y(loss), y2: y(loss), class: "ti-tick" }),
      shape("text", { x: LEFT - 8, y: y(loss) + 5, "text-anchor": "end" }, decimal(loss, 1)),
    ]);
    const columns = [0, end / 2, end].map((step) =>
      shape(
        "text",
        { x: x(step), y: BOTTOM + 24, "text-anchor": step === end ? "end" : "middle" },
        String(step),
      ),
    );
    // Of the two lines the dearer bet has its name above it, the other below: they lie close together.
    const { grey, average } = this.blind;
    /** @type {[string, number, boolean][]} */
    const bets = [
      ["one grey everywhere", grey, grey >= average],
      ["the average drawing", average, grey < average],
    ];
    const blind = bets.flatMap(([name, loss, isAbove]) => [
      shape("line", { x1: LEFT, x2: RIGHT, y1: y(loss), y2: y(loss), class: "ti-blind" }),
      shape(
        "text",
        {
          x: RIGHT,
          y: y(loss) + (isAbove ? -5 : 5),
          "text-anchor": "end",
          "dominant-baseline": isAbove ? "auto" : "hanging",
          class: "ti-bet",
        },
        name,
      ),
    ]);
    /** @type {[number, number][]} */
    const training = this.points.flatMap(({ step, training: loss }) =>
      loss === null ? [] : [[x(step), y(loss)]],
    );
    /** @type {[number, number][]} */
    const heldOut = this.points.map(({ step, heldOut: loss }) => [x(step), y(loss)]);
    const [across, up] = heldOut[heldOut.length - 1];
    const loss = Number.isFinite(last.heldOut) ? lossText(last.heldOut) : "no number";
    const isLate = across > (LEFT + RIGHT) / 2;
    const beyond = shape(
      "text",
      { x: across + (isLate ? -8 : 8), y: up + 20, "text-anchor": isLate ? "end" : "start" },
      last.heldOut <= MOST ? "" : `↑ ${loss}`,
    );
    this.place.replaceChildren(
      ...rows,
      ...columns,
      shape("text", { x: (LEFT + RIGHT) / 2, y: BOTTOM + 50, "text-anchor": "middle" }, "steps"),
      ...blind,
      this.line(training, "ti-line ti-training"),
      this.line(heldOut, "ti-line ti-held"),
      shape("circle", { cx: across, cy: up, r: 4, class: "ti-point" }),
      beyond,
    );
    this.place.setAttribute(
      "aria-label",
      `The loss by steps; at step ${last.step} it is ${loss} on drawings kept out`,
    );
  }
}
