import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {ModelCase} from './models.js';

type Tensors = tf.Tensor | tf.Tensor[];

const asList = (tensors: Tensors) => (Array.isArray(tensors) ? tensors : [tensors]);

/** Number of batches in one epoch of a case's data. */
export function batchesIn({data, batchSize}: ModelCase): number {
  const {x, y} = data();
  const rows = asList(x)[0]!.shape[0]!;
  tf.dispose([x, y]);
  return rows / batchSize;
}

/** Batch number `i` of a case's data, which begins anew with each epoch; the caller's to dispose of. */
export function batchOf({data, batchSize}: ModelCase, i: number): {xs: Tensors; ys: Tensors} {
  return tf.tidy(() => {
    const {x, y} = data();
    const rows = asList(x)[0]!.shape[0]!;
    const slice = (tensors: Tensors): Tensors => {
      const parts = asList(tensors).map(tensor => tf.slice(tensor, (i * batchSize) % rows, batchSize));
      return Array.isArray(tensors) ? parts : parts[0]!;
    };
    return {xs: slice(x), ys: slice(y)};
  });
}

/** Trains a model on the batches `from` to `to`, the latter excluded, one `trainOnBatch` each. */
export async function trainOnBatches(
  model: LayersModel,
  modelCase: ModelCase,
  from: number,
  to: number,
): Promise<void> {
  for (let i = from; i < to; i++) {
    const {xs, ys} = batchOf(modelCase, i);
    try {
      await model.trainOnBatch(xs as tf.Tensor, ys as tf.Tensor);
    } finally {
      tf.dispose([xs, ys]);
    }
  }
}
