import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {type Mask, type Operand, refuseValue} from './operand.js';

/**
 * The op-by-op reading of a rule: operands over tensors, on any backend. It is
 * the fallback, and the oracle of every kernel. It calls core's functions
 * rather than chained methods, which core alone does not register on `Tensor`.
 */
export class TensorOperand implements Operand {
  constructor(readonly tensor: tf.Tensor) {}

  add(other: Operand | number) {
    return new TensorOperand(tf.add(this.tensor, tensorOf(other)));
  }
  sub(other: Operand | number) {
    return new TensorOperand(tf.sub(this.tensor, tensorOf(other)));
  }
  mul(other: Operand | number) {
    return new TensorOperand(tf.mul(this.tensor, tensorOf(other)));
  }
  div(other: Operand | number) {
    return new TensorOperand(tf.div(this.tensor, tensorOf(other)));
  }
  maximum(other: Operand | number) {
    return new TensorOperand(tf.maximum(this.tensor, tensorOf(other)));
  }
  minimum(other: Operand | number) {
    return new TensorOperand(tf.minimum(this.tensor, tensorOf(other)));
  }
  sqrt() {
    return new TensorOperand(tf.sqrt(this.tensor));
  }
  neg() {
    return new TensorOperand(tf.neg(this.tensor));
  }
  abs() {
    return new TensorOperand(tf.abs(this.tensor));
  }
  equal(other: Operand | number) {
    return new TensorMask(tf.equal(this.tensor, tensorOf(other, true)));
  }
  greater(other: Operand | number) {
    return new TensorMask(tf.greater(this.tensor, tensorOf(other, true)));
  }
  greaterEqual(other: Operand | number) {
    return new TensorMask(tf.greaterEqual(this.tensor, tensorOf(other, true)));
  }
  less(other: Operand | number) {
    return new TensorMask(tf.less(this.tensor, tensorOf(other, true)));
  }
  lessEqual(other: Operand | number) {
    return new TensorMask(tf.lessEqual(this.tensor, tensorOf(other, true)));
  }
  [Symbol.toPrimitive](): never {
    return refuseValue();
  }
}

class TensorMask implements Mask {
  constructor(private readonly condition: tf.Tensor) {}

  select(whenTrue: Operand | number, whenFalse: Operand | number): Operand {
    // Of no elements, with two numbers, tf.where throws or gives one.
    if (this.condition.size === 0) return new TensorOperand(tf.cast(this.condition, 'float32'));
    return new TensorOperand(tf.where(this.condition, tensorOf(whenTrue, true), tensorOf(whenFalse, true)));
  }
}

/** @param mayBeNaN where NaN can be meant: chosen or compared with, not computed with. */
function tensorOf(operand: Operand | number, mayBeNaN = false): tf.Tensor | number {
  if (typeof operand === 'number')
    return Number.isNaN(operand) && !mayBeNaN ? refuseValue('NaN') : tf.scalar(operand);
  if (operand instanceof TensorOperand) return operand.tensor;
  throw new InjectError(
    'INVALID_OPTION',
    `a rule's operand must be an operand or a number; received ${shown(operand)}`,
  );
}
