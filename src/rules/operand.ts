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
