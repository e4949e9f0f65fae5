import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';

const rows = 64;
const x = tf.randomNormal([rows, 3], 0, 1, 'float32', 1) as tf.Tensor2D;
const y = tf.randomNormal([rows, 1], 0, 1, 'float32', 2) as tf.Tensor2D;

export function windowModel(): tfl.LayersModel {
  const layers = [
    tfl.layers.dense({units: 4, inputShape: [3], activation: 'tanh'}),
    tfl.layers.dense({units: 1}),
  ];
  const made = tfl.sequential({layers});
  made.setWeights(
    made.weights.map((weight, i) => tf.randomNormal(weight.shape as number[], 0, 0.5, 'float32', 9 + i)),
  );
  made.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return made;
}

/** Batches of `size` rows, the last one with what is left of `total`; `epochs` rounds of them. */
type Train = (trained: tfl.LayersModel, size: number, total: number, epochs: number) => Promise<void>;

export const trainers: Record<'fit' | 'fitDataset' | 'trainOnBatch', Train> = {
  async fit(trained, batchSize, total, epochs) {
    await trained.fit(...cut(0, total), {batchSize, epochs, shuffle: false, verbose: 0});
  },
  async fitDataset(trained, size, total, epochs) {
    const starts = [...Array(Math.ceil(total / size)).keys()].map(i => i * size);
    const dataset = tfd.array(starts).map(start => {
      const [xs, ys] = cut(start as number, Math.min(size, total - (start as number)));
      return {xs, ys};
    });
    await trained.fitDataset(dataset as tfd.Dataset<never>, {epochs, verbose: 0});
  },
  async trainOnBatch(trained, size, total, epochs) {
    for (let start = 0; start < total * epochs; start += size) {
      const [xs, ys] = cut(start % total, Math.min(size, total - (start % total)));
      await trained.trainOnBatch(xs, ys);
      tf.dispose([xs, ys]);
    }
  },
};

export function cut(start: number, size: number): [tf.Tensor2D, tf.Tensor2D] {
  return [tf.slice(x, [start, 0], [size, 3]), tf.slice(y, [start, 0], [size, 1])];
}

export function expectClose(one: tfl.LayersModel, other: tfl.LayersModel, tolerance = 3e-7): void {
  const [ours, theirs] = [one, other].map(of => of.getWeights().flatMap(weight => [...weight.dataSync()]));
  for (const [i, value] of ours!.entries()) expect(value).to.be.closeTo(theirs![i]!, tolerance);
}
