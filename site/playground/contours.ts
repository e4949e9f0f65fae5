import {contours} from 'd3-contour';
import type {Surface} from './tasks/surfaces.js';

/** A line of equal height, as the path of an SVG whose unit is one of the surface's, with y upwards. */
export interface Line {
  readonly path: string;
  /** Its place among the heights, from 0 (lowest) to 1. */
  readonly share: number;
}

const levels = 16;

/** Contour lines of heights over a grid: close together near the lowest, where a path spends its time. */
export function linesOf({x, y}: Surface, heights: ArrayLike<number>, columns: number, rows: number): Line[] {
  const values = Array.from(heights);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const shares = Array.from({length: levels}, (_, i) => (i + 1) / (levels + 1));
  const thresholds = shares.map(share => lowest + (highest - lowest) * share ** 3);
  const at = ([column, row]: readonly number[]) =>
    [
      x[0] + ((column! - 0.5) / (columns - 1)) * (x[1] - x[0]),
      -(y[0] + ((row! - 0.5) / (rows - 1)) * (y[1] - y[0])),
    ].map(each => Number(each.toPrecision(4)));
  return contours()
    .size([columns, rows])
    .thresholds(thresholds)(values)
    .map(({coordinates}, i) => ({
      share: shares[i]!,
      path: coordinates
        .flat()
        .map(ring => `M${ring.map(point => at(point).join(' ')).join('L')}Z`)
        .join(''),
    }));
}
