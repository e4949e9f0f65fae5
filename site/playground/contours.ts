import {contours} from 'd3-contour';

/** A line of equal height, as the path of an SVG. */
export interface Line {
  readonly path: string;
  /** Its place among the heights, from 0 (lowest) to 1. */
  readonly share: number;
}

const levels = 16;

/** Contour lines of heights over a grid, in a picture of this size: close together near the lowest, where a path spends its time. */
export function linesOf(
  heights: ArrayLike<number>,
  grid: readonly [columns: number, rows: number],
  size: readonly [width: number, height: number],
): Line[] {
  const values = Array.from(heights);
  const [lowest, highest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const shares = Array.from({length: levels}, (_, i) => (i + 1) / (levels + 1));
  const thresholds = shares.map(share => lowest + (highest - lowest) * share ** 3);
  const [[columns, rows], [width, height]] = [grid, size];
  // A value stands in the middle of its cell, and the lowest row is that of the lowest y.
  const at = ([column, row]: readonly number[]) =>
    `${(((column! - 0.5) / (columns - 1)) * width).toFixed(1)} ${((1 - (row! - 0.5) / (rows - 1)) * height).toFixed(1)}`;
  return contours()
    .size([columns, rows])
    .thresholds(thresholds)(values)
    .map(({coordinates}, i) => ({
      share: shares[i]!,
      path: coordinates
        .flat()
        .map(ring => `M${ring.map(at).join('L')}Z`)
        .join(''),
    }));
}
