import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * Lookahead as its paper's algorithm 1, by hand around a model that nobody
 * injected: `afterStep` is called after each of its steps.
 */
export class LookaheadByHand {
  slow: tf.Tensor[];
  private steps = 0;

  constructor(
    private readonly model: tfl.LayersModel,
    private readonly k: number,
    private readonly alpha: number,
  ) {
    this.slow = this.trained().map(copy);
  }

  afterStep(): void {
    if (++this.steps % this.k !== 0) return;
    const fast = this.trained();
    const moved = this.slow.map((slow, i) =>
      tf.tidy(() => tf.add(slow, tf.mul(tf.sub(fast[i]!, slow), this.alpha))),
    );
    tf.dispose(this.slow);
    this.slow = moved;
    fast.forEach((weight, i) => {
      weight.assign(moved[i]!);
    });
  }

  /** The user has written weights: the slow ones follow those that have changed. */
  afterWrite(changed: (index: number) => boolean = () => true): void {
    this.slow = this.trained().map((weight, i) => {
      if (!changed(i)) return this.slow[i]!;
      this.slow[i]!.dispose();
      return copy(weight);
    });
  }

  /** Runs `body` with the slow weights in the model. */
  async onSlow<T>(body: () => T | Promise<T>): Promise<T> {
    const fast = this.trained().map(copy);
    this.put(this.slow);
    try {
      return await body();
    } finally {
      this.put(fast);
      tf.dispose(fast);
    }
  }

  dispose(): void {
    tf.dispose(this.slow);
  }

  private put(values: readonly tf.Tensor[]): void {
    this.trained().forEach((weight, i) => {
      const value = copy(values[i]!);
      weight.assign(value);
      value.dispose();
    });
  }

  private trained(): tf.Variable[] {
    return this.model.trainableWeights.map(weight => weight.read() as tf.Variable);
  }
}

/** Data of its own: nobody else holds it. */
function copy(tensor: tf.Tensor): tf.Tensor {
  return tf.tensor(tensor.dataSync().slice(), tensor.shape);
}
