import type {Operand} from './operand.js';

/**
 * a / (b + ε), for b ≥ 0. With ε = 0 it is 0 where b is 0: a weight that has
 * not had a gradient (or one whose square float32 does not hold) stays, where
 * the formula would say 0/0.
 */
export function quotient(a: Operand, b: Operand, epsilon: Operand | number): Operand {
  return epsilon === 0 ? b.equal(0).select(0, a.div(b)) : a.div(b.add(epsilon));
}
