import {InjectError} from '../errors.js';

/**
 * What an update rule is written over. The same source text of a rule is read
 * over tensors, over symbols (to become a kernel) and, in the tests, over
 * `Float64Array`s. Only correctly rounded operations are here: that is what
 * lets two readings agree to the last bit.
 */
export interface Operand {
  add(other: Operand | number): Operand;
  sub(other: Operand | number): Operand;
  mul(other: Operand | number): Operand;
  div(other: Operand | number): Operand;
  maximum(other: Operand | number): Operand;
  minimum(other: Operand | number): Operand;
  sqrt(): Operand;
  neg(): Operand;
  abs(): Operand;
  equal(other: Operand | number): Mask;
  greater(other: Operand | number): Mask;
  greaterEqual(other: Operand | number): Mask;
  less(other: Operand | number): Mask;
  lessEqual(other: Operand | number): Mask;
}

/** The result of a comparison, elementwise. */
export interface Mask {
  /** `whenTrue` where the comparison holds, `whenFalse` elsewhere; the other side's NaN never leaks through. */
  select(whenTrue: Operand | number, whenFalse: Operand | number): Operand;
}

/** What an operand gives where JavaScript asks it for a value: arithmetic would go on with NaN, and a comparison be false. */
export function refuseValue(received = "an operand in JavaScript's own arithmetic or text"): never {
  throw new InjectError(
    'INVALID_OPTION',
    `a rule must compute by its operands' methods, such as gradient.mul(2) and gradient.greater(0).select(a, b); received ${received}`,
  );
}
