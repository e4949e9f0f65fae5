import type {AdafactorOptions, LAMBOptions, LARSOptions} from '../../src/index.js';
import {decayed} from './elementwise.js';
import type {Oracle} from './oracles.js';

/**
 * Optimizers whose step depends on a weight as a whole, in double precision, from their papers; what a library does
 * otherwise stands behind its option.
 */

type Numbers = number[];
type Step = (w: Numbers, g: Numbers, t: number) => Numbers;

const norm = (values: Numbers) => Math.hypot(...values);
const rms = (values: Numbers) => norm(values) / Math.sqrt(values.length);

/** An oracle that takes each weight by a step of its own, which keeps its state. */
function eachWeight(
  make: (shape: readonly number[]) => Step,
  shapes?: readonly (readonly number[])[],
): Oracle {
  let steps: Step[] | undefined;
  let t = 0;
  return (weights, gradient) => {
    const gradients = gradient(weights);
    steps ??= weights.map(({length}, i) => make(shapes?.[i] ?? [length]));
    t++;
    return weights.map((w, i) => Float64Array.from(steps![i]!([...w], [...gradients[i]!], t)));
  };
}

/** You et al. 2020, algorithm 2. */
export function lambOracle(rate: number, options: LAMBOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6, biasCorrection = true} = options;
  const {maxWeightNorm = 'none', weightDecay = 0, decay = 'ratio'} = options;
  return eachWeight(() => {
    let m: Numbers = [];
    let v: Numbers = [];
    return (w, g, t) => {
      const at = w.map((each, i) =>
        decay === 'ratio' ? [each, g[i]!] : decayed(each, g[i]!, rate, {weightDecay, decay}),
      );
      m = at.map(([, each], i) => beta1 * (m[i] ?? 0) + (1 - beta1) * each!);
      v = at.map(([, each], i) => beta2 * (v[i] ?? 0) + (1 - beta2) * each! ** 2);
      const [c1, c2] = biasCorrection ? [1 - beta1 ** t, 1 - beta2 ** t] : [1, 1];
      const start = at.map(([each]) => each!);
      const r = m.map((each, i) => (each === 0 ? 0 : each / c1 / (Math.sqrt(v[i]! / c2) + epsilon)));
      const u = r.map((each, i) => each + (decay === 'ratio' ? weightDecay * start[i]! : 0));
      const phi = maxWeightNorm === 'none' ? norm(start) : Math.min(norm(start), maxWeightNorm);
      const ratio = phi > 0 && norm(u) > 0 ? phi / norm(u) : 1;
      return start.map((each, i) => each - rate * ratio * u[i]!);
    };
  });
}

/** You et al. 2017, algorithm 1. */
export function larsOracle(
  rate: number,
  options: LARSOptions,
  shapes?: readonly (readonly number[])[],
): Oracle {
  const {trustCoefficient = 0.001, momentum = 0.9, nesterov = false, epsilon = 0, weightDecay = 0} = options;
  return eachWeight(shape => {
    let velocity: Numbers = [];
    const isSkipped = options.skipVectors === true && shape.length < 2;
    return (w, g) => {
      const u = g.map((each, i) => each + (isSkipped ? 0 : weightDecay * w[i]!));
      const below = options.denominator === 'norms' ? norm(g) + weightDecay * norm(w) : norm(u);
      const isPlain = isSkipped || norm(w) === 0 || below === 0;
      const local = rate * (isPlain ? 1 : (trustCoefficient * norm(w)) / (below + epsilon));
      // With a constant rate, where it stands makes no difference.
      velocity = u.map((each, i) => momentum * (velocity[i] ?? 0) + local * each);
      return w.map((each, i) => each - (nesterov ? local * u[i]! + momentum * velocity[i]! : velocity[i]!));
    };
  }, shapes);
}

/** Shazeer and Stern, algorithms 4 and 5, with their sums over rows and columns; matrices only. */
export function adafactorOracle(
  rate: number,
  options: AdafactorOptions,
  shapes?: readonly (readonly number[])[],
): Oracle {
  const {
    relativeStep = true,
    multiplyByParameterScale = true,
    clippingThreshold = 1,
    decayRate = 0.8,
  } = options;
  const {beta1 = 0, epsilon1 = 1e-30, epsilon2 = 1e-3, minDimSizeToFactor = 128} = options;
  const {weightDecay = 0, decay = 'decoupled', epsilonOn = 'square', factoredAxes} = options;
  return eachWeight(shape => {
    const [n, length] = [shape[0]!, shape[1]!];
    const isFactored =
      shape.length === 2 && Math.min(n, length) >= minDimSizeToFactor && factoredAxes !== 'none';
    let v: Numbers = [];
    let rows: Numbers = Array(isFactored ? n : 0).fill(0);
    let columns: Numbers = Array(isFactored ? length : 0).fill(0);
    let m: Numbers = [];
    return (w0, g0, t) => {
      const at = w0.map((each, i) => decayed(each, g0[i]!, rate, {weightDecay, decay}));
      const g = at.map(([, each]) => each);
      const beta2 = 1 - t ** -decayRate;
      const square = g.map(each => each ** 2 + (epsilonOn === 'square' ? epsilon1 : 0));
      const average = (former: number | undefined, now: number) => beta2 * (former ?? 0) + (1 - beta2) * now;
      if (isFactored) {
        const sum = (holds: (i: number) => boolean) =>
          square.reduce((s, each, i) => (holds(i) ? s + each : s), 0);
        rows = rows.map((r, row) =>
          average(
            r,
            sum(i => Math.floor(i / length) === row),
          ),
        );
        columns = columns.map((c, column) =>
          average(
            c,
            sum(i => i % length === column),
          ),
        );
        const floor = epsilonOn === 'square' ? 0 : epsilon1 * n * length;
        const total = Math.max(
          floor,
          rows.reduce((s, r) => s + r, 0),
        );
        v = g.map((_, i) => (rows[Math.floor(i / length)]! * columns[i % length]!) / total);
      } else v = square.map((each, i) => average(v[i], each));
      const u = g.map((each, i) =>
        each === 0 ? 0 : each / Math.max(Math.sqrt(v[i]!), epsilonOn === 'square' ? 0 : epsilon1),
      );
      const clip = clippingThreshold === 'none' ? 1 : Math.max(1, rms(u) / clippingThreshold);
      const rho = relativeStep ? Math.min(rate, 1 / Math.sqrt(t)) : rate;
      const alpha = multiplyByParameterScale ? rho * Math.max(epsilon2, rms(w0)) : rho;
      m = u.map((each, i) => beta1 * (m[i] ?? 0) + ((1 - beta1) * alpha * each) / clip);
      return at.map(([each], i) => each! - m[i]!);
    };
  }, shapes);
}
