import type {Operand} from './operand.js';
import {atLeastNormal, quotient} from './quotient.js';

/** a / (√b + ε), or a / √(b + ε) with ε inside the root, for b ≥ 0. With ε = 0 it is 0 where b is 0, as of `quotient`. */
export function overRoot(a: Operand, b: Operand, epsilon: number, isInside = false): Operand {
  const isAdded = isInside && epsilon > 0;
  return isAdded ? a.div(b.add(atLeastNormal(epsilon)).sqrt()) : quotient(a, b.sqrt(), epsilon);
}
