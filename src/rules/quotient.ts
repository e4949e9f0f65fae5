import type {Operand} from './operand.js';

/**
 * a / (b + ε), for b ≥ 0. With ε = 0 it is 0 where b is 0: a weight that has
 * not had a gradient (or one whose square float32 does not hold) stays, where
 * the formula would say 0/0.
 */
export function quotient(a: Operand, b: Operand, epsilon: Operand | number): Operand {
  if (epsilon === 0) return b.equal(0).select(0, a.div(b));
  return a.div(b.add(typeof epsilon === 'number' ? atLeastNormal(epsilon) : epsilon.maximum(leastNormal)));
}

/** About the least number that float32 holds in full: what is smaller may be lost, and 0/0 would come of it. */
const leastNormal = 1.2e-38;

/** An ε > 0 that is one in float32, too. */
export const atLeastNormal = (epsilon: number) => Math.max(epsilon, leastNormal);
