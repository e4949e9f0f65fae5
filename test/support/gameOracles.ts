import type {ExtraGradientOptions, OptimisticAdamOptions} from '../../src/index.js';
import {elementwise} from './elementwise.js';
import {type Oracle, plus} from './oracles.js';
import type {Vectors} from './problems.js';

/** Optimizers for games in double precision, from their papers. */

export function optimisticAdamOracle(rate: number, options: OptimisticAdamOptions): Oracle {
  const {optimism = 1, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, epsilonRoot = 0} = options;
  return elementwise([0, 0, 0], (w, g, [m0, v0, last], t) => {
    const m = beta1 * m0! + (1 - beta1) * g;
    const v = beta2 * v0! + (1 - beta2) * g ** 2;
    const ahead = beta1 * (m / (1 - beta1 ** (t + 1))) + (1 - beta1) * (g / (1 - beta1 ** t));
    const mHat = options.nesterov === false ? m / (1 - beta1 ** t) : ahead;
    const root = Math.sqrt(v / (1 - beta2 ** t) + epsilonRoot) + epsilon;
    const r = root === 0 ? 0 : mHat / root;
    const before = t === 1 ? r : last!;
    return [w - rate * ((1 + optimism) * r - optimism * before), m, v, r];
  });
}

/** Gidel et al., algorithm 4, or Korpelevich's method. */
export function extraGradientOracle(rate: number, options: ExtraGradientOptions): Oracle {
  const {base = 'sgd', beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8} = options;
  if (base === 'sgd') {
    return (weights, gradient) => plus(weights, -rate, gradient(plus(weights, -rate, gradient(weights))));
  }
  // Its moments by their definition: sums over all gradients so far.
  const gradients: Vectors[] = [];
  const step = (from: Vectors, g: Vectors): Vectors => {
    gradients.push(g);
    const k = gradients.length;
    const mean = (beta: number, power: number, i: number, j: number) =>
      gradients.reduce((sum, each, s) => sum + beta ** (k - 1 - s) * each[i]![j]! ** power, 0) *
      ((1 - beta) / (1 - beta ** k));
    return from.map((values, i) =>
      values.map((w, j) => w - (rate * mean(beta1, 1, i, j)) / (Math.sqrt(mean(beta2, 2, i, j)) + epsilon)),
    );
  };
  return (weights, gradient) => {
    const ahead = step(weights, gradient(weights));
    return step(weights, gradient(ahead));
  };
}
