import * as tf from '@tensorflow/tfjs-core';
import {arrayOf} from './slotMemory.js';

const kernelName = 'TfjsInjectProductSum';

/**
 * Elements of a tensor up to which one loop over its data costs less than two operations of the backend: none where these
 * are loops of plain JavaScript, too. On other backends the data is not at hand.
 */
const most: Readonly<Record<string, number>> = {cpu: Number.POSITIVE_INFINITY, tensorflow: 1 << 14};

/** Whether `summed` takes this tensor, of the backend in use. */
export function sumsProducts({dtype, size}: tf.Tensor): boolean {
  return dtype === 'float32' && size <= (most[tf.getBackend()] ?? -1);
}

/** factor·Σ a·b over all elements of all pairs, added up in double precision, as one kernel. */
export function summed(pairs: readonly (readonly [a: tf.Tensor, b: tf.Tensor])[], factor = 1): tf.Scalar {
  register(tf.getBackend());
  const inputs = Object.fromEntries(pairs.flat().map((tensor, i) => [i, tensor]));
  const attributes = {pairs, factor} as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel(kernelName, inputs, attributes);
}

const registered = new Set<string>();

function register(backendName: string): void {
  if (registered.has(backendName)) return;
  registered.add(backendName);
  if (tf.getKernel(kernelName, backendName)) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({attrs, backend}) => {
      const {pairs, factor} = attrs as unknown as {pairs: readonly (readonly tf.Tensor[])[]; factor: number};
      let sum = 0;
      for (const [a, b] of pairs) sum += productSum(arrayOf(a!.dataId), arrayOf(b!.dataId));
      const values = Float32Array.of(factor * sum);
      return {
        dataId: (backend as tf.KernelBackend).write(values, [], 'float32'),
        shape: [],
        dtype: 'float32',
      };
    },
  });
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
