import type {RMSpropOptions} from '../../src/index.js';
import {elementwise} from './elementwise.js';
import type {Oracle} from './oracles.js';

/** Adaptive optimizers in double precision, from their papers; what a library does otherwise stands behind its option. */

/** θ and g after weight decay. */
function decayed(
  w: number,
  g: number,
  rate: number,
  {weightDecay: lambda = 0, decay = 'l2'}: {weightDecay?: number; decay?: string},
) {
  if (decay === 'l2') return [w, g + lambda * w] as const;
  return [(1 - (decay === 'decoupled' ? rate : 1) * lambda) * w, g] as const;
}

const root = (square: number, epsilon: number, isInside = false) =>
  isInside ? Math.sqrt(square + epsilon) : Math.sqrt(square) + epsilon;

export function rmspropOracle(rate: number, options: RMSpropOptions): Oracle {
  const {rho = 0.99, momentum = 0, centered = false, epsilon = 1e-8, epsilonInside} = options;
  return elementwise([0, 0, 0], (w0, g0, [s0, m0, v0]) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const s = rho * s0! + (1 - rho) * g ** 2;
    const m = rho * m0! + (1 - rho) * g;
    const v = momentum * v0! + g / root(centered ? s - m ** 2 : s, epsilon, epsilonInside);
    return [w - rate * v, s, m, v];
  });
}
