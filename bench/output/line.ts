// line.ts - how straight a curve is: the line with the best fit by ratio, and the largest deviation from it.

interface Straightness {
  /** y at x = 0. */
  readonly start: number;
  readonly slope: number;
  /** Largest deviation of a point, as a share of its y. */
  readonly worst: number;
}

/**
 * Least squares of the deviations as shares of y. Sizes of a benchmark are powers of ten, so with plain squares the largest
 * point alone would decide.
 */
export function straightness(points: readonly { readonly x: number; readonly y: number }[]): Straightness {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const { x, y } of points) {
    const weight = 1 / (y * y);
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  }
  const slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  const start = (wy - slope * wx) / w;
  const worst = Math.max(...points.map(({ x, y }) => Math.abs(start + slope * x - y) / y));
  return { start, slope, worst };
}
