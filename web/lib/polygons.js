// @ts-check
// Measures convex polygons, gives them fewer sides.

/** @typedef {[number, number]} Point x, y */

/**
 * Area of a polygon whose corners go round clockwise, as rows go down.
 *
 * @param {Point[]} points
 */
export function areaOf(points) {
  return (
    points.reduce((sum, [x0, y0], i) => {
      const [x1, y1] = points[(i + 1) % points.length];
      return sum + x0 * y1 - x1 * y0;
    }, 0) / 2
  );
}

/** How far a side of a polygon goes across, down. @type {(points: Point[], i: number) => Point} */
export function sideOf(points, i) {
  const many = points.length;
  const [[x0, y0], [x1, y1]] = [points[(i + many) % many], points[(i + 1 + many) % many]];
  return [x1 - x0, y1 - y0];
}

/**
 * Leave out points of a convex polygon that lie on its sides.
 *
 * @param {Point[]} points
 */
export function bends(points) {
  const left = [...points];
  for (let i = 0; left.length > 2 && i < left.length; ) {
    const [[ax, ay], [bx, by]] = [sideOf(left, i - 1), sideOf(left, i)];
    if (ax * by - ay * bx > 1e-6) i += 1;
    else {
      left.splice(i, 1);
      i = Math.max(0, i - 1);
    }
  }
  return left;
}

/**
 * Take off sides of a convex polygon, each where its neighbours meet with the least area beyond it.
 *
 * It ends with four of them, or where more than that area would come in.
 *
 * @param {Point[]} points
 * @param {number} most
 */
export function fewerSides(points, most) {
  const left = [...points];
  while (left.length > 4) {
    /** @type {{ beyond: number, i: number, meet: Point } | undefined} */
    let best;
    left.forEach((start, i) => {
      const end = left[(i + 1) % left.length];
      const [[x0, y0], [x1, y1]] = [start, end];
      const [[ax, ay], [bx, by]] = [sideOf(left, i - 1), sideOf(left, i + 1)];
      const turned = ax * by - ay * bx;
      if (turned <= 0) return; // they go away from each other
      const far = ((x1 - x0) * by - (y1 - y0) * bx) / turned;
      /** @type {Point} */
      const meet = [x0 + far * ax, y0 + far * ay];
      const beyond = areaOf([start, meet, end]);
      if (!best || beyond < best.beyond) best = { beyond, i, meet };
    });
    if (!best || best.beyond > most) break;
    left[best.i] = best.meet;
    left.splice((best.i + 1) % left.length, 1);
  }
  return left;
}
