// @ts-check
// The curve of surprise over the probability of what came true, a point on it.

import { surprise } from "../lib/cross_entropy.js";
import { decimal, lossText } from "../lib/words.js";
import { shape } from "../surface/svg.js";

// The plot's edges in units of the picture.
const [LEFT, RIGHT, TOP, BOTTOM] = [34, 310, 12, 176];
// A loss beyond this is shown at the edge, with its number.
const MOST = 6;
const POINTS = 200;

/** @param {number} share */
const x = (share) => LEFT + share * (RIGHT - LEFT);
/** @param {number} loss */
const y = (loss) => BOTTOM - (Math.min(loss, MOST) / MOST) * (BOTTOM - TOP);

export class Curve {
  /**
   * @param {Element} place an empty svg element
   * @param {import("../lib/tongues.js").Tongue} tongue
   */
  constructor(place, tongue) {
    this.place = place;
    this.tongue = tongue;
    const ticks = [0, 2, 4, 6].flatMap((loss) => [
      shape("line", { x1: LEFT, x2: RIGHT, y1: y(loss), y2: y(loss), class: "sm-grid" }),
      shape("text", { x: LEFT - 8, y: y(loss) + 5, "text-anchor": "end" }, String(loss)),
    ]);
    const shares = [0, 0.5, 1].map((share) =>
      shape("text", { x: x(share), y: BOTTOM + 18, "text-anchor": "middle" }, String(share)),
    );
    const line = Array.from({ length: POINTS }, (_, i) => {
      const share = Math.exp(-MOST * (1 - i / (POINTS - 1)));
      return `${x(share).toFixed(1)},${y(surprise(share)).toFixed(1)}`;
    });
    const middle = (LEFT + RIGHT) / 2;
    this.drop = shape("path", { class: "sm-drop" });
    this.point = shape("circle", { r: 6, class: "sm-point" });
    this.label = shape("text", { class: "sm-label" });
    place.replaceChildren(
      ...ticks,
      ...shares,
      shape(
        "text",
        { x: middle, y: BOTTOM + 32, "text-anchor": "middle" },
        tongue.say("p of the right name"),
      ),
      shape("polyline", { points: line.join(" "), class: "sm-line" }),
      this.drop,
      this.point,
      this.label,
    );
  }

  /**
   * @param {number} share of the right name
   * @param {number} loss
   */
  show(share, loss) {
    const [across, up] = [x(share), y(loss)];
    const text = loss > MOST ? `${lossText(loss)} ↑` : lossText(loss);
    this.drop.setAttribute("d", `M${across} ${BOTTOM}V${up}H${LEFT}`);
    this.point.setAttribute("cx", String(across));
    this.point.setAttribute("cy", String(up));
    this.label.setAttribute("x", String(across + (share > 0.8 ? 0 : 8)));
    this.label.setAttribute("y", String(Math.max(up - 10, TOP + 6)));
    this.label.setAttribute("text-anchor", share > 0.8 ? "end" : "start");
    this.label.textContent = text;
    this.place.setAttribute(
      "aria-label",
      this.tongue.say("The curve of −ln p; at p = {share} it is {loss}", {
        share: decimal(share, 3),
        loss: lossText(loss),
      }),
    );
  }
}
