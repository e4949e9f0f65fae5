import type {Tableau} from '../../src/index.js';
import type {Vectors} from './problems.js';

/**
 * Optimizers in double precision, each from its formula and by no rule of
 * ours. An oracle takes one step; what it remembers it keeps to itself.
 */
export type Oracle = (
  weights: Vectors,
  gradient: (weights: Vectors) => Vectors,
  loss?: (weights: Vectors) => number,
) => Vectors;

/** a + factor·b */
export function plus(a: Vectors, factor: number, b: Vectors): Vectors {
  return a.map((values, i) => values.map((value, j) => value + factor * b[i]![j]!));
}

export function descentOracle(rate: number): Oracle {
  return (weights, gradient) => plus(weights, -rate, gradient(weights));
}

/** Sutskever's momentum as torch has it: v = μ·v + g, then θ − α·v, or θ − α·(g + μ·v). */
export function momentumOracle(rate: number, momentum: number, isNesterov: boolean): Oracle {
  let velocity: Vectors | undefined;
  return (weights, gradient) => {
    const g = gradient(weights);
    velocity = velocity ? plus(g, momentum, velocity) : g;
    return plus(weights, -rate, isNesterov ? plus(g, momentum, velocity) : velocity);
  };
}

/** Sutskever's momentum as the paper and Keras have it: v = μ·v − α·g, then θ + v, or θ + μ·v − α·g. */
export function momentumOfStepsOracle(rate: number, momentum: number, isNesterov: boolean): Oracle {
  let velocity: Vectors | undefined;
  return (weights, gradient) => {
    const step = gradient(weights).map(values => values.map(value => -rate * value));
    velocity = velocity ? plus(step, momentum, velocity) : step;
    return plus(weights, 1, isNesterov ? plus(step, momentum, velocity) : velocity);
  };
}

/** θ − ½α·(g₁ + g₂), g₂ at θ − α·g₁. */
export function heunOracle(rate: number): Oracle {
  return (weights, gradient) => {
    const first = gradient(weights);
    const second = gradient(plus(weights, -rate, first));
    return plus(plus(weights, -rate / 2, first), -rate / 2, second);
  };
}

export function rungeKuttaOracle(rate: number, {a, b}: Tableau): Oracle {
  return (weights, gradient) => {
    const slopes: Vectors[] = [];
    for (const row of a) {
      slopes.push(gradient(row.reduce((at, c, j) => plus(at, -rate * c, slopes[j]!), weights)));
    }
    return b.reduce((at, c, i) => plus(at, -rate * c, slopes[i]!), weights);
  };
}

/** Zhang et al., algorithm 1: after every k steps φ + α·(θ − φ). */
export function lookaheadOracle(inner: Oracle, k: number, alpha: number): Oracle {
  let slow: Vectors | undefined;
  let steps = 0;
  return (weights, gradient) => {
    slow ??= weights;
    const fast = inner(weights, gradient);
    if (++steps % k !== 0) return fast;
    slow = plus(slow, alpha, plus(fast, -1, slow));
    return slow;
  };
}
