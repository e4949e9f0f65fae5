import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of core's operations.
import {expect} from 'chai';

/** A weight, `start`, after each step of a slide whose slope is the next of `gradients`. */
export function slide(optimizer: tf.Optimizer, gradients: readonly number[], start = 1): number[] {
  const weight = tf.variable(tf.scalar(start));
  const weights = gradients.map(gradient => {
    optimizer.minimize(() => tf.mul(weight, gradient) as tf.Scalar, false, [weight]);
    return weight.dataSync()[0]!;
  });
  optimizer.dispose();
  weight.dispose();
  return weights;
}

export function expectNear(actual: readonly number[], expected: readonly number[], tolerance = 2e-7): void {
  expect(actual).to.have.length(expected.length);
  actual.forEach((value, i) => {
    expect(value, `step ${i + 1}`).to.be.closeTo(expected[i]!, tolerance);
  });
}
