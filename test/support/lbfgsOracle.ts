import type {LBFGSOptions} from '../../src/index.js';
import type {Oracle} from './oracles.js';
import type {Vectors} from './problems.js';

type Vector = readonly number[];
type Point = {t: number; f: number; slope: number; x: Vector; g: Vector};

const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const plus = (a: Vector, factor: number, b: Vector) => a.map((value, i) => value + factor * b[i]!);
const largest = (a: Vector) => Math.max(...a.map(Math.abs));

/**
 * L-BFGS with all weights as one vector and the inverse Hessian as a matrix, updated by every pair in turn: Nocedal &
 * Wright, equations 7.16, 7.17 and 7.20. What torch chooses beyond the book (the limits of a step, how trials keep
 * away from the ends) is taken from it.
 */
export function lbfgsOracle(rate: number, options: LBFGSOptions): Oracle {
  const {maxIterations = 20, historySize = 10, lineSearch = 'strongWolfe'} = options;
  const {maxEvaluations = Math.floor(maxIterations * 1.25)} = options;
  const {toleranceGradient = 1e-7, toleranceChange = 1e-9} = options;
  const pairs: {s: Vector; y: Vector}[] = [];

  return (weights, gradient, loss) => {
    let evaluations = 0;
    const evaluate = (x: Vector, d: Vector, t: number): Point => {
      evaluations++;
      const at = shaped(x, weights);
      const g = gradient(at).flatMap(values => [...values]);
      return {t, x, g, f: loss!(at), slope: dot(g, d)};
    };
    const start = weights.flatMap(values => [...values]);
    let point = evaluate(start, start, 0);
    for (let k = 1; k <= maxIterations && largest(point.g) > toleranceGradient; k++) {
      const former = point;
      const d = inverseHessian(pairs, start.length).map(row => -dot(row, former.g));
      const slope = dot(former.g, d);
      if (rate === 0 || slope > -toleranceChange) break;
      const size =
        pairs.length === 0 ? Math.min(1, 1 / former.g.reduce((sum, g) => sum + Math.abs(g), 0)) : 1;
      const along = (t: number) => evaluate(plus(former.x, t, d), d, t);
      point =
        lineSearch === 'none'
          ? along(size * rate)
          : search(
              {...former, t: 0, slope},
              size * rate,
              along,
              maxEvaluations - evaluations,
              toleranceChange / largest(d),
            );
      if (point.t === 0) break;
      const [s, y] = [plus(point.x, -1, former.x), plus(point.g, -1, former.g)];
      if (dot(s, y) > 1e-10) pairs.push({s, y});
      pairs.splice(0, pairs.length - historySize);
      if (evaluations >= maxEvaluations || largest(s) <= toleranceChange) break;
      if (Math.abs(point.f - former.f) < toleranceChange) break;
    }
    return shaped(point.x, weights);
  };
}

function inverseHessian(pairs: readonly {s: Vector; y: Vector}[], n: number): Vector[] {
  const newest = pairs.at(-1);
  const scale = newest ? dot(newest.s, newest.y) / dot(newest.y, newest.y) : 1;
  let h: Vector[] = Array.from({length: n}, (_, i) =>
    Array.from({length: n}, (__, j) => (i === j ? scale : 0)),
  );
  for (const {s, y} of pairs) {
    // H ← H + (1 + yᵀHy/sᵀy)·ssᵀ/sᵀy − (Hy·sᵀ + s·(Hy)ᵀ)/sᵀy
    const hy = h.map(row => dot(row, y));
    const sy = dot(s, y);
    h = h.map((row, i) =>
      row.map(
        (value, j) => value + ((1 + dot(y, hy) / sy) * s[i]! * s[j]! - hy[i]! * s[j]! - s[i]! * hy[j]!) / sy,
      ),
    );
  }
  return h;
}

/** Algorithms 3.5 and 3.6. */
function search(
  start: Point,
  first: number,
  along: (t: number) => Point,
  trials: number,
  narrow: number,
): Point {
  const isHigh = ({f, t}: Point) => !(f <= start.f + 1e-4 * t * start.slope);
  const isFlat = ({slope}: Point) => Math.abs(slope) <= -0.9 * start.slope;
  let [last, point] = [start, along(first)];
  let left = trials;
  while (left > 0 && !isHigh(point) && !(left < trials - 1 && point.f >= last.f)) {
    if (isFlat(point)) return point;
    if (point.slope >= 0) break;
    const t = minimum(last, point, point.t + 0.01 * (point.t - last.t), 10 * point.t);
    [last, point] = [point, along(t)];
    left--;
  }
  if (left === 0) return point.f < start.f ? point : start;
  let [low, high] = isHigh(point) || point.f >= last.f ? [last, point] : [point, last];
  let hasBeenNear = false;
  for (;;) {
    const [a, b] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    if (left-- === 0 || b - a < narrow) return low;
    let t = low.t < high.t ? minimum(low, high, a, b) : minimum(high, low, a, b);
    const isNear = t - a < 0.1 * (b - a) || b - t < 0.1 * (b - a);
    const isPushed: boolean = isNear && (hasBeenNear || t <= a || t >= b);
    if (isPushed) t = b - t < t - a ? b - 0.1 * (b - a) : a + 0.1 * (b - a);
    hasBeenNear = isNear && !isPushed;
    point = along(t);
    if (isHigh(point) || point.f >= low.f) high = point;
    else if (isFlat(point)) return point;
    else [low, high] = [point, point.slope * (high.t - low.t) >= 0 ? low : high];
  }
}

/** Of the cubic f(a) + f′(a)·u + c·u² + e·u³ through both ends. */
function minimum(a: Point, b: Point, from: number, to: number): number {
  const u = b.t - a.t;
  const c = (3 * (b.f - a.f)) / u ** 2 - (2 * a.slope + b.slope) / u;
  const e = (a.slope + b.slope) / u ** 2 - (2 * (b.f - a.f)) / u ** 3;
  const t = a.t - a.slope / (c + Math.sqrt(c ** 2 - 3 * e * a.slope));
  return Number.isNaN(t) ? (from + to) / 2 : Math.min(Math.max(t, from), to);
}

function shaped(flat: Vector, like: Vectors): Vectors {
  const rest = [...flat];
  return like.map(({length}) => Float64Array.from(rest.splice(0, length)));
}
