import type {Mask, Operand} from '../../src/index.js';

/**
 * The third reading of a rule: operands over `Float64Array`s. An operand of
 * one number is broadcast, as a scalar of the step is.
 */
export class Float64Operand implements Operand {
  constructor(readonly values: Float64Array) {}

  static of(values: Iterable<number> | number): Float64Operand {
    return new Float64Operand(Float64Array.from(typeof values === 'number' ? [values] : values));
  }

  add(other: Operand | number) {
    return this.with(other, (a, b) => a + b);
  }
  sub(other: Operand | number) {
    return this.with(other, (a, b) => a - b);
  }
  mul(other: Operand | number) {
    return this.with(other, (a, b) => a * b);
  }
  div(other: Operand | number) {
    return this.with(other, (a, b) => a / b);
  }
  maximum(other: Operand | number) {
    return this.with(other, Math.max);
  }
  minimum(other: Operand | number) {
    return this.with(other, Math.min);
  }
  sqrt() {
    return new Float64Operand(this.values.map(Math.sqrt));
  }
  neg() {
    return new Float64Operand(this.values.map(a => -a));
  }
  abs() {
    return new Float64Operand(this.values.map(Math.abs));
  }
  equal(other: Operand | number) {
    return this.compare(other, (a, b) => a === b);
  }
  greater(other: Operand | number) {
    return this.compare(other, (a, b) => a > b);
  }
  greaterEqual(other: Operand | number) {
    return this.compare(other, (a, b) => a >= b);
  }
  less(other: Operand | number) {
    return this.compare(other, (a, b) => a < b);
  }
  lessEqual(other: Operand | number) {
    return this.compare(other, (a, b) => a <= b);
  }

  private with(other: Operand | number, operation: (a: number, b: number) => number): Float64Operand {
    return new Float64Operand(zip(this.values, valuesOf(other), operation));
  }

  private compare(other: Operand | number, holds: (a: number, b: number) => boolean): Mask {
    const condition = zip(this.values, valuesOf(other), (a, b) => (holds(a, b) ? 1 : 0));
    return {
      select(whenTrue, whenFalse) {
        const [yes, no] = [valuesOf(whenTrue), valuesOf(whenFalse)];
        const length = Math.max(condition.length, yes.length, no.length);
        return new Float64Operand(
          Float64Array.from({length}, (_, i) => at(at(condition, i) === 1 ? yes : no, i)),
        );
      },
    };
  }
}

function valuesOf(operand: Operand | number): Float64Array {
  if (typeof operand === 'number') return Float64Array.of(operand);
  if (operand instanceof Float64Operand) return operand.values;
  throw new TypeError('A rule mixed operands of two readings.');
}

const at = (values: Float64Array, i: number): number => values[values.length === 1 ? 0 : i]!;

function zip(a: Float64Array, b: Float64Array, operation: (a: number, b: number) => number): Float64Array {
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) {
    throw new RangeError(`Operands of ${a.length} and ${b.length} numbers do not go together.`);
  }
  return Float64Array.from({length: Math.max(a.length, b.length)}, (_, i) => operation(at(a, i), at(b, i)));
}
