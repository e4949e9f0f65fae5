import type {RangerOptions} from '../../src/index.js';
import {elementwise} from './elementwise.js';
import type {Oracle} from './oracles.js';

/** Ranger on vectors, whose gradients are not centralized, in double precision: RAdam, and Lookahead's sync after it. */
export function rangerOracle(rate: number, options: RangerOptions): Oracle {
  const {
    k = 6,
    alpha = 0.5,
    beta1 = 0.95,
    beta2 = 0.999,
    epsilon = 1e-5,
    threshold = 5,
    weightDecay = 0,
  } = options;
  return elementwise([0, 0, Number.NaN], (w0, g, [m0, v0, slow0], t) => {
    const m = beta1 * m0! + (1 - beta1) * g;
    const v = beta2 * v0! + (1 - beta2) * g ** 2;
    const end = 2 / (1 - beta2) - 1;
    const rho = end - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    const r = Math.sqrt(((((rho - 4) / (end - 4)) * (rho - 2)) / (end - 2)) * (end / rho));
    const direction = rho > threshold ? (r * m) / ((Math.sqrt(v) + epsilon) / Math.sqrt(1 - beta2 ** t)) : m;
    const fast = w0 * (1 - rate * weightDecay) - (rate * direction) / (1 - beta1 ** t);
    const slow = Number.isNaN(slow0) ? w0 : slow0!;
    if (t % k !== 0) return [fast, m, v, slow];
    const synced = (1 - alpha) * slow + alpha * fast;
    return [synced, m, v, synced];
  });
}
