import * as tf from '@tensorflow/tfjs-core';
import type {TrainFunction} from './layersModel.js';
import {seededSource} from './randomness.js';

/**
 * Gives a train function its batches in an order that follows from (seed, epoch) alone, in place of those that it is
 * handed, which are of the rows in their own order.
 *
 * @param data all rows of inputs, targets and sample weights.
 */
export class SeededOrder {
  private order: Int32Array | undefined;
  private next = 0;
  private epoch = 0;

  constructor(
    private readonly seed: number,
    private readonly data: readonly (tf.Tensor | null)[],
  ) {}

  begin(epoch: number): void {
    this.epoch = epoch;
    this.order = undefined;
  }

  of(train: TrainFunction): TrainFunction {
    return batch => {
      if (!this.order) {
        this.order = permutation(this.data[0]!.shape[0]!, seededSource(this.seed, this.epoch));
        this.next = 0;
      }
      const rows = batch[0]!.shape[0]!;
      const ids = tf.tensor1d(this.order.slice(this.next, this.next + rows), 'int32');
      this.next += rows;
      return train(this.data.map(tensor => tensor && tf.gather(tensor, ids)));
    };
  }
}

/** @see Durstenfeld, "Algorithm 235: Random permutation", CACM 1964 */
function permutation(length: number, random: () => number): Int32Array {
  const order = Int32Array.from({length}, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
