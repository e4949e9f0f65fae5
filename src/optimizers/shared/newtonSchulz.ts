import * as tf from '@tensorflow/tfjs-core';
import {elementwise, norm, quotient} from '../../rules/index.js';

/** How a matrix is orthogonalized. */
export interface NewtonSchulzOptions {
  readonly newtonSchulzSteps: number;
  readonly coefficients: readonly number[];
  readonly epsilon: number;
  /** Whether ε is added to the norm, or is the least that it can be. */
  readonly epsilonOn: 'sum' | 'maximum';
}

/**
 * A matrix with its singular values brought near 1, in matrix products alone:
 *
 *     X = M / (‖M‖ + ε)                        Frobenius' norm: no singular value is above 1
 *     X = a·X + (b·A + c·A²)·X,  A = X·Xᵀ      so many times; each singular value σ becomes aσ + bσ³ + cσ⁵
 *
 * A is formed on the shorter side: where M has more rows than columns, A = Xᵀ·X is on the right. To be called within a tidy.
 *
 * @see Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024
 */
export function newtonSchulz(matrix: tf.Tensor2D, options: NewtonSchulzOptions): tf.Tensor2D {
  const {newtonSchulzSteps, coefficients, epsilon, epsilonOn} = options;
  const [a, b, c] = coefficients as [number, number, number];
  const normalized = elementwise<'x' | 'length', 'x'>('normalize', ({x, length}) => ({
    x: epsilonOn === 'sum' ? quotient(x, length, epsilon) : quotient(x, length.maximum(epsilon), 0),
  }));
  const combined = elementwise<'x' | 'y' | 'p' | 'q', 'sum'>('combine', ({x, y, p, q}) => ({
    sum: x.mul(p).add(y.mul(q)),
  }));
  const [rows, columns] = matrix.shape;
  const isTall = rows > columns;
  let x = normalized({x: matrix, length: norm(matrix)}).x as tf.Tensor2D;
  for (let step = 0; step < newtonSchulzSteps; step++) {
    const gram = tf.matMul(x, x, isTall, !isTall);
    const inner = combined({x: gram, p: b, y: tf.matMul(gram, gram), q: c}).sum as tf.Tensor2D;
    const product = isTall ? tf.matMul(x, inner) : tf.matMul(inner, x);
    x = combined({x, p: a, y: product, q: 1}).sum as tf.Tensor2D;
  }
  return x;
}
