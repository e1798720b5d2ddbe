// @ts-check
// The loss as curves, of this run beside earlier ones, over what it costs not to look at the image.

import { apart } from "../lib/labels.js";
import { decimal, lossText, thousands } from "../lib/words.js";
import { shape } from "../surface/svg.js";

/** @typedef {import("../lib/runs.js").Axis} Axis */
/** @typedef {import("../lib/runs.js").Point} Point */
/** @typedef {import("../lib/runs.js").Run} Run */

// The plot's edges in units of the picture.
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 626, 12, 200];
// A loss beyond this is shown at the edge, with its number.
const MOST = 0.6;
const TICKS = [0, 0.2, 0.4, 0.6];
// The axis ends at this at least.
const LEAST = { steps: 10, drawings: 10, seconds: 1 };
// How wide a letter is, as a share of the text's size, at most.
const WIDE = 0.58;

/** @param {number} loss */
const y = (loss) =>
  BOTTOM - (Math.min(Number.isFinite(loss) ? loss : MOST, MOST) / MOST) * (BOTTOM - TOP);

/** @type {(most: number, least: number) => number} a round number that the axis ends at */
function roundUp(most, least) {
  const ten = 10 ** Math.floor(Math.log10(Math.max(most, least)));
  return ten * ([1, 2, 5, 10].find((times) => times * ten >= most) ?? 10);
}

/** @param {number} loss */
const worded = (loss) => (Number.isFinite(loss) ? lossText(loss) : "no number");

/** @type {(pairs: [number, number][], name: string) => SVGElement} */
function line(pairs, name) {
  const points = pairs.map(([across, up]) => `${across.toFixed(1)},${up.toFixed(1)}`).join(" ");
  return shape("polyline", { points, class: name });
}

/**
 * @typedef {object} Label
 * @property {string} text
 * @property {number} x
 * @property {number} y its base line
 * @property {"start" | "end"} anchor
 * @property {string} [name] of its class
 */

/** @type {(labels: Label[], size: number) => SVGElement[]} none over another */
function place(labels, size) {
  const boxes = labels.map(({ text, x, y, anchor }) => {
    const left = anchor === "end" ? x - WIDE * size * text.length : x;
    const right = left + WIDE * size * text.length;
    return { left, right, top: y - size, bottom: y + size / 4 };
  });
  const moved = apart(boxes, { top: TOP - size / 2, bottom: BOTTOM });
  return labels.map(({ text, x, y, anchor, name = "" }, i) =>
    shape(
      "text",
      { x, y: y + moved[i], "text-anchor": anchor, class: `ti-label ${name}`.trim() },
      text,
    ),
  );
}

export class Curve {
  /**
   * @param {Element} place an empty svg element
   * @param {import("../lib/runs.js").Runs} runs
   */
  constructor(place, runs) {
    this.place = place;
    this.runs = runs;
    /** @type {Axis} */
    this.axis = "steps";
    /** @type {import("../lib/course.js").Blind} */
    this.blind = { grey: 0, average: 0 };
    // On a phone the letters are larger within the picture.
    new ResizeObserver(() => this.show()).observe(place);
  }

  show() {
    const { axis, runs } = this;
    const { last } = runs.now;
    if (!last) return;
    const size = Number.parseFloat(getComputedStyle(this.place).fontSize);
    const end = roundUp(Math.max(...runs.all.map((run) => run.last?.[axis] ?? 0)), LEAST[axis]);
    /** @param {Point} point */
    const x = (point) => LEFT + (point[axis] / end) * (RIGHT - LEFT);
    const rows = TICKS.flatMap((loss) => [
      shape("line", { x1: LEFT, x2: RIGHT, y1: y(loss), y2: y(loss), class: "ti-tick" }),
      shape("text", { x: LEFT - 8, y: y(loss) + 5, "text-anchor": "end" }, decimal(loss, 1)),
    ]);
    const under = BOTTOM + 6 + size;
    const columns = [0, end / 2, end].map((value) =>
      shape(
        "text",
        {
          x: LEFT + (value / end) * (RIGHT - LEFT),
          y: under,
          "text-anchor": value === end ? "end" : "middle",
        },
        thousands(value),
      ),
    );
    const title = shape(
      "text",
      { x: (LEFT + RIGHT) / 2, y: under + 1.4 * size, "text-anchor": "middle" },
      axis === "seconds" ? "seconds of learning" : axis,
    );
    const { grey, average } = this.blind;
    const blind = [grey, average].map((loss) =>
      shape("line", { x1: LEFT, x2: RIGHT, y1: y(loss), y2: y(loss), class: "ti-blind" }),
    );
    /** @type {(run: Run) => [number, number][]} */
    const heldOut = (run) => run.points.map((point) => [x(point), y(point.heldOut)]);
    const earlier = runs.kept.map(({ run }, i) => line(heldOut(run), `ti-line ti-earlier ti-${i}`));
    /** @type {[number, number][]} */
    const training = runs.now.points.flatMap((point) =>
      point.training === null ? [] : [[x(point), y(point.training)]],
    );
    const now = heldOut(runs.now);
    const [across, up] = now[now.length - 1];
    const loss = worded(last.heldOut);
    /** @type {(at: number) => { x: number, anchor: "start" | "end" }} */
    const beside = (at) =>
      at > (LEFT + RIGHT) / 2 ? { x: at - 8, anchor: "end" } : { x: at + 8, anchor: "start" };
    /** @type {(text: string, loss: number, isAbove: boolean) => Label} */
    const bet = (text, loss, isAbove) => ({
      text,
      x: RIGHT,
      y: y(loss) + (isAbove ? -5 : size),
      anchor: "end",
      name: "ti-bet",
    });
    /** @type {Label[]} */
    const labels = [
      // The dearer bet above its line, the other below: the two lie close to each other.
      bet("one grey everywhere", grey, grey >= average),
      bet("the average drawing", average, grey < average),
    ];
    // Of what lies beyond the picture the highest is told, too: the first steps mostly begin there.
    const highest = runs.now.points.reduce((a, b) => (b.heldOut > a.heldOut ? b : a), last);
    for (const point of new Set([highest, last])) {
      if (point.heldOut <= MOST) continue;
      labels.push({
        text: `↑ ${worded(point.heldOut)}`,
        y: y(point.heldOut) + 20,
        ...beside(x(point)),
      });
    }
    for (const { letter, run } of runs.kept) {
      const point = run.last;
      if (point) labels.push({ text: letter, y: y(point.heldOut) - 6, ...beside(x(point)) });
    }
    this.place.replaceChildren(
      ...rows,
      ...columns,
      title,
      ...blind,
      ...earlier,
      line(training, "ti-line ti-training"),
      line(now, "ti-line ti-held"),
      shape("circle", { cx: across, cy: up, r: 4, class: "ti-point" }),
      ...place(labels, size),
    );
    const before = runs.kept.map(
      ({ letter, run }) =>
        `; run ${letter}, ${runs.word(run)}, came to ${worded(run.last?.heldOut ?? Number.NaN)} at step ${run.last?.steps}`,
    );
    this.place.setAttribute(
      "aria-label",
      `The loss by ${axis}; at step ${last.steps} it is ${loss} on drawings kept out${before.join("")}`,
    );
  }
}
