// @ts-check
// The network's accuracy by noise level as a curve, a reader's laid over it.

import { decimal } from "../lib/words.js";
import { shape } from "../surface/svg.js";

/** @typedef {import("../data/contest.js").Curve} Accuracy */

// The plot's edges in units of the picture.
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 332, 12, 206];
// How far the reader's points stand beside the network's.
const BESIDE = 6;
const CAP = 4;

/** @param {number} share */
const y = (share) => BOTTOM - share * (BOTTOM - TOP);

export class Curve {
  /**
   * @param {Element} place an empty svg element
   * @param {number[]} levels
   * @param {Accuracy[]} network
   * @param {number} luck what guessing would reach
   */
  constructor(place, levels, network, luck) {
    const most = Math.max(...levels) + 0.25;
    /** @param {number} level */
    const x = (level) => LEFT + (level / most) * (RIGHT - LEFT);
    this.across = levels.map(x);
    /** @type {(key: "low" | "high") => string[]} */
    const edge = (key) =>
      network.map((accuracy, i) => `${this.across[i].toFixed(1)},${y(accuracy[key]).toFixed(1)}`);
    const middles = network.map(({ right, n }, i) => ({ cx: this.across[i], cy: y(right / n) }));
    this.you = shape("g", {});
    place.replaceChildren(
      ...[0, 0.5, 1].flatMap((share) => [
        shape("line", { x1: LEFT, x2: RIGHT, y1: y(share), y2: y(share), class: "ag-grid" }),
        shape(
          "text",
          { x: LEFT - 6, y: y(share) + 5, "text-anchor": "end" },
          `${Math.round(100 * share)}%`,
        ),
      ]),
      ...levels.map((level) =>
        shape("text", { x: x(level), y: BOTTOM + 17, "text-anchor": "middle" }, decimal(level)),
      ),
      shape(
        "text",
        { x: (LEFT + RIGHT) / 2, y: BOTTOM + 37, "text-anchor": "middle" },
        "noise level",
      ),
      shape("line", { x1: LEFT, x2: RIGHT, y1: y(luck), y2: y(luck), class: "ag-luck" }),
      shape("text", { x: LEFT + 4, y: y(luck) - 4 }, "luck"),
      shape("polygon", {
        points: [...edge("high"), ...edge("low").reverse()].join(" "),
        class: "ag-band",
      }),
      shape("polyline", {
        points: middles.map(({ cx, cy }) => `${cx.toFixed(1)},${cy.toFixed(1)}`).join(" "),
        class: "ag-line",
      }),
      ...middles.map(({ cx, cy }) => shape("circle", { cx, cy, r: 4, class: "ag-point" })),
      this.you,
    );
  }

  /** @param {({ share: number, low: number, high: number } | null)[]} you one a level; null for none */
  show(you) {
    const marks = you.flatMap((one, i) => {
      if (!one) return [];
      const cx = this.across[i] + BESIDE;
      const [top, bottom] = [y(one.high).toFixed(1), y(one.low).toFixed(1)];
      const bars = `M${cx} ${top}V${bottom}M${cx - CAP} ${top}h${2 * CAP}M${cx - CAP} ${bottom}h${2 * CAP}`;
      return [
        shape("path", { d: bars, class: "ag-bars" }),
        shape("circle", { cx, cy: y(one.share).toFixed(1), r: 5, class: "ag-mine" }),
      ];
    });
    this.you.replaceChildren(...marks);
  }
}
