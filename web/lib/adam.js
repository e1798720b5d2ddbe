// @ts-check
// Adam, the rule by which slopes become steps (chapter 3): each weight keeps two running means of its slopes.

// What Keras takes: how much of a mean is kept at a step, what keeps the division from failing.
const [KEPT, KEPT_SQUARES] = [0.9, 0.999];
const EPSILON = 1e-7;

export class Adam {
  /** @param {ArrayLike<number>[]} weights of which each gets its means */
  constructor(weights) {
    this.steps = 0;
    this.means = weights.map(({ length }) => new Float32Array(length));
    this.squares = weights.map(({ length }) => new Float32Array(length));
  }

  /**
   * Step against the slopes: w = w − η m / (√v + ε). Both means begin at 0, which is made up for.
   *
   * @param {Float32Array[]} weights are changed
   * @param {Float32Array[]} gradient
   * @param {number} rate η
   */
  step(weights, gradient, rate) {
    this.steps += 1;
    const made = Math.sqrt(1 - KEPT_SQUARES ** this.steps) / (1 - KEPT ** this.steps);
    const far = rate * made;
    for (const [part, slopes] of gradient.entries()) {
      const [weight, mean, square] = [weights[part], this.means[part], this.squares[part]];
      for (let i = 0; i < slopes.length; i += 1) {
        const slope = slopes[i];
        mean[i] += (slope - mean[i]) * (1 - KEPT);
        square[i] += (slope * slope - square[i]) * (1 - KEPT_SQUARES);
        weight[i] -= (far * mean[i]) / (Math.sqrt(square[i]) + EPSILON);
      }
    }
  }
}
