import * as tf from '@tensorflow/tfjs-core';
import type {NodeBackend} from './nodeBackend.js';
import {ownKernel} from './ownKernel.js';
import {arrayOf} from './slotMemory.js';

const kernelName = 'TfjsInjectProductSum';

/**
 * Elements of a tensor up to which one loop over its data costs less than operations of the backend: none where these
 * are loops of plain JavaScript, too. On other backends the data is not at hand.
 */
const mostInLoop: Readonly<Record<string, number>> = {cpu: Number.POSITIVE_INFINITY, tensorflow: 1 << 14};

/** Whether `summed` takes this tensor, of the backend in use. */
export function sumsProducts({dtype, size}: tf.Tensor): boolean {
  return dtype === 'float32' && size <= (mostInLoop[tf.getBackend()] ?? -1);
}

/** Whether it takes this tensor with itself, for which TensorFlow has an operation. */
export function sumsSquares(tensor: tf.Tensor): boolean {
  return sumsProducts(tensor) || (tensor.dtype === 'float32' && tf.getBackend() === 'tensorflow');
}

/** scale²·Σ a·b over all elements of all pairs, added up in double precision, as one kernel. */
export function summed(pairs: readonly (readonly [a: tf.Tensor, b: tf.Tensor])[], scale = 1): tf.Scalar {
  register(tf.getBackend());
  const inputs = Object.fromEntries(pairs.flat().map((tensor, i) => [i, tensor]));
  const attributes = {pairs, scale} as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel(kernelName, inputs, attributes);
}

const register = ownKernel(kernelName, ({attrs, backend}) => {
  const {pairs, scale} = attrs as unknown as {pairs: readonly (readonly tf.Tensor[])[]; scale: number};
  let sum = 0;
  for (const [a, b] of pairs)
    sum += sumsProducts(a!)
      ? scale * scale * productSum(arrayOf(a!.dataId), arrayOf(b!.dataId))
      : squareSumByTensorFlow(a!, scale, backend as NodeBackend);
  const values = Float32Array.of(sum);
  return {dataId: (backend as tf.KernelBackend).write(values, [], 'float32'), shape: [], dtype: 'float32'};
});

/** A sum of squares at least so large has lost nothing that counts to squares which float32 does not hold. */
const leastSafe = 1e-20;

/** scale²·Σ a². */
function squareSumByTensorFlow(tensor: tf.Tensor, scale: number, backend: NodeBackend): number {
  const squares = (of: tf.TensorInfo) => numberOf(backend.executeSingleOutput('L2Loss', [], [of])) * 2;
  const sum = squares(tensor);
  if (scale === 1 || (sum >= leastSafe && sum < Number.POSITIVE_INFINITY)) return scale * scale * sum;
  const factor = backend.write(Float32Array.of(scale), [], 'float32');
  const scaled = backend.executeSingleOutput(
    'Mul',
    [],
    [tensor, {dataId: factor, shape: [], dtype: 'float32'}],
  );
  const ofScaled = squares(scaled);
  scaled.dispose();
  backend.disposeData(factor);
  return ofScaled;
}

function numberOf(tensor: tf.Tensor): number {
  const [value] = arrayOf(tensor.dataId);
  tensor.dispose();
  return value!;
}

function productSum(a: Float32Array, b: Float32Array): number {
  // Four sums side by side: in one alone each addition would wait for the last.
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = a.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    first += a[i]! * b[i]!;
    second += a[i + 1]! * b[i + 1]!;
    third += a[i + 2]! * b[i + 2]!;
    fourth += a[i + 3]! * b[i + 3]!;
  }
  for (let i = whole; i < a.length; i++) first += a[i]! * b[i]!;
  return first + second + (third + fourth);
}
