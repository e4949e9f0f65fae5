import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {dot, norm, rootMeanSquare, squareSum} from '../../src/rules/index.js';

/** Numbers of float32 of both signs, none of them round. */
const numbers = (length: number, phase: number, size = 1) =>
  Float32Array.from({length}, (_, i) => size * Math.sin(phase + 1.7 * i));

const inDouble = (pairs: [Float32Array, Float32Array][]) =>
  pairs.reduce((sum, [a, b]) => sum + a.reduce((own, value, i) => own + value * b[i]!, 0), 0);

const numberOf = (body: () => tf.Scalar) => tf.tidy(() => body().dataSync()[0]!);

/** Beside the formula in double precision, in proportion to the sum of the terms' sizes; some backends add up one by one. */
function expectClose(actual: number, expected: number, size: number, length = 0) {
  expect(Math.abs(actual - expected) / size, `${actual} for ${expected}`).to.be.below(
    length > 1000 ? 1e-4 : 1e-6,
  );
}

describe('Sums over all elements', () => {
  // 300,000: where tfjs-node's own operations are faster.
  const lengths = [1, 3, 4, 7, 1000, 300_000];

  it('are those of the formula in double precision, for tensors of any length', () => {
    for (const length of lengths) {
      const [a, b] = [numbers(length, 0.3), numbers(length, 1)];
      const squares = inDouble([[a, a]]);
      expectClose(
        numberOf(() => dot(tf.tensor(a), tf.tensor(b))),
        inDouble([[a, b]]),
        squares,
        length,
      );
      expectClose(
        numberOf(() => squareSum([tf.tensor(a)])),
        squares,
        squares,
        length,
      );
      expectClose(
        numberOf(() => norm(tf.tensor(a))),
        Math.sqrt(squares),
        Math.sqrt(squares),
        length,
      );
      expectClose(
        numberOf(() => rootMeanSquare(tf.tensor(a))),
        Math.sqrt(squares / length),
        Math.sqrt(squares / length),
        length,
      );
    }
  });

  it('go over several tensors as over one vector, of any shapes', () => {
    const all = lengths.map((length, i) => numbers(length, i));
    const expected = inDouble(all.map(values => [values, values]));
    const actual = numberOf(() => squareSum(all.map(values => tf.tensor(values, [1, values.length, 1]))));
    expectClose(actual, expected, expected, 300_000);
    expect(numberOf(() => squareSum([tf.tensor([], [0, 2]), tf.tensor([2])]))).to.equal(4);
  });

  it('are scaled before they are squared, where float32 has no squares', () => {
    for (const length of [50, 20_000])
      for (const exponent of [-80, -20, 20, 80]) {
        const a = numbers(length, 0.3, 2 ** exponent);
        const expected = inDouble([[a, a]]) * 2 ** (-2 * exponent);
        const scaled = () => squareSum([tf.tensor(a)], 2 ** -exponent);
        expectClose(numberOf(scaled), expected, expected, length);
        const unscaled = numberOf(() => squareSum([tf.tensor(a)]));
        if (exponent === 80) expect(unscaled).to.equal(Number.POSITIVE_INFINITY);
        // Of 20,000 squares the sum in double precision may be float32's smallest number.
        if (exponent === -80) expect(unscaled).to.be.within(0, length === 50 ? 0 : 1e-40);
      }
  });

  it('show infinity and NaN', () => {
    for (const [value, expected] of [
      [Number.NaN, Number.NaN],
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ])
      for (const length of [5, 300_000]) {
        const a = numbers(length, 1);
        a[length - 1] = value!;
        expect(numberOf(() => squareSum([tf.tensor(a), tf.tensor([1])]))).to.deep.equal(expected);
      }
  });

  it('leave one tensor, and those that they are of', () => {
    const a = tf.tensor(numbers(7, 1));
    const {numTensors} = tf.memory();
    tf.tidy(() => norm(a)).dispose();
    expect(tf.memory().numTensors).to.equal(numTensors);
    a.dispose();
  });
});
