import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import type {Mask, Operand} from '../../src/index.js';
import {TensorOperand} from '../../src/rules/tensorOperand.js';
import {Float64Operand} from '../support/float64.js';

const left = [3, -2, 0.5, 0, 4];
const right = [3, 2, -0.25, 4, 0.5];

/** Each operation with what it must give, by plain arithmetic. */
const arithmetic: Record<
  string,
  [(a: Operand, b: Operand | number) => Operand, (a: number, b: number) => number]
> = {
  add: [(a, b) => a.add(b), (a, b) => a + b],
  sub: [(a, b) => a.sub(b), (a, b) => a - b],
  mul: [(a, b) => a.mul(b), (a, b) => a * b],
  div: [(a, b) => a.div(b), (a, b) => a / b],
  maximum: [(a, b) => a.maximum(b), Math.max],
  minimum: [(a, b) => a.minimum(b), Math.min],
  sqrt: [a => a.mul(a).sqrt(), a => (a < 0 ? -a : a)],
  neg: [a => a.neg(), a => 0 - a],
  abs: [a => a.abs(), a => (a < 0 ? -a : a)],
};

const comparisons: Record<
  string,
  [(a: Operand, b: Operand | number) => Mask, (a: number, b: number) => boolean]
> = {
  equal: [(a, b) => a.equal(b), (a, b) => a === b],
  greater: [(a, b) => a.greater(b), (a, b) => a > b],
  greaterEqual: [(a, b) => a.greaterEqual(b), (a, b) => a >= b],
  less: [(a, b) => a.less(b), (a, b) => a < b],
  lessEqual: [(a, b) => a.lessEqual(b), (a, b) => a <= b],
};

interface Reading {
  of(values: number[]): Operand;
  read(operand: Operand): number[];
}

const readings: Record<string, Reading> = {
  tensors: {
    of: values => new TensorOperand(tf.tensor1d(values)),
    read: operand => [...(operand as TensorOperand).tensor.dataSync()],
  },
  Float64Arrays: {
    of: values => Float64Operand.of(values),
    read: operand => [...(operand as Float64Operand).values],
  },
};

/** Zeros without a sign: it is the operation's own affair. */
const plain = (values: readonly number[]) => values.map(value => (value === 0 ? 0 : value));

for (const [name, {of, read}] of Object.entries(readings)) {
  describe(`Operands over ${name}`, () => {
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    for (const [operation, [apply, expected]] of Object.entries(arithmetic)) {
      it(`compute ${operation} with an operand, with one number of the step, and with a number`, () => {
        const ofPairs = left.map((a, i) => expected(a, right[i]!));
        expect(plain(read(apply(of(left), of(right))))).to.deep.equal(plain(ofPairs));
        const withTwo = plain(left.map(a => expected(a, 2)));
        expect(plain(read(apply(of(left), of([2]))))).to.deep.equal(withTwo);
        expect(plain(read(apply(of(left), 2)))).to.deep.equal(withTwo);
      });
    }

    for (const [comparison, [apply, expected]] of Object.entries(comparisons)) {
      it(`select by ${comparison} among operands and numbers`, () => {
        const mask = apply(of(left), of(right));
        const chosen = left.map((a, i) => (expected(a, right[i]!) ? a : -1));
        expect(read(mask.select(of(left), -1))).to.deep.equal(chosen);
        const byNumber = left.map((a, i) => (expected(a, 0.5) ? 7 : right[i]!));
        expect(read(apply(of(left), 0.5).select(7, of(right)))).to.deep.equal(byNumber);
        expect(new Set(read(mask.select(1, 0)))).to.deep.equal(new Set([0, 1]));
      });
    }

    it('keep what is not selected out, were it NaN or infinite', () => {
      const bad = of([Number.NaN, Number.POSITIVE_INFINITY, Number.NaN, 1, 1]);
      const mask = of(left).greater(1);
      expect(read(mask.select(of(left), bad))).to.deep.equal([3, Number.POSITIVE_INFINITY, Number.NaN, 1, 4]);
      expect(read(mask.select(bad, of(left)))).to.deep.equal([Number.NaN, -2, 0.5, 0, 1]);
      expect(read(mask.select(of(left), 0)).every(Number.isFinite)).to.equal(true);
    });
  });
}

describe('Operands over tensors', () => {
  it('refuse what is neither an operand nor a number', () => {
    tf.tidy(() => {
      const operand = new TensorOperand(tf.tensor1d(left));
      for (const wrong of [tf.scalar(1), '1', undefined, Float64Operand.of(1)]) {
        expect(() => operand.add(wrong as never)).to.throw('INVALID_OPTION: a rule');
      }
    });
  });
});
