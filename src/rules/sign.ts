import type {Operand} from './operand.js';

/** 1, −1 or 0 by the sign of x; NaN where x is NaN. */
export function sign(x: Operand): Operand {
  return x.greater(0).select(1, x.less(0).select(-1, x));
}
