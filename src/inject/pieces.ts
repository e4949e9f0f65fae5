import * as tf from '@tensorflow/tfjs-core';
import type {ModelInsides, TrainFunction} from './layersModel.js';
import type {Batch} from './target.js';

/**
 * A batch cut into pieces. Each piece's loss is that of the native train
 * function on its rows; the metrics that this reports are averaged by rows.
 */
export class Pieces {
  private rows = 0;
  private sums: tf.Tensor[] = [];

  constructor(
    private readonly model: ModelInsides,
    private readonly train: TrainFunction,
    private readonly data: readonly (tf.Tensor | null)[],
  ) {}

  /** The batch as pieces of at most so many rows. */
  ofAtMost(rows: number): Batch[] {
    const all = this.data[0]!.shape[0]!;
    const starts = Array.from({length: Math.ceil(all / rows)}, (_, i) => i * rows);
    return starts.map(start => {
      const length = Math.min(rows, all - start);
      return {rows: length, loss: () => this.lossOf(start, length)};
    });
  }

  /** The metrics over all pieces, kept as the train function keeps its own; none where no piece has run. */
  takeMetrics(): tf.Scalar[] {
    const metrics = tf.tidy(() => this.sums.map(sum => tf.keep(tf.div(sum, this.rows))));
    this.dispose();
    return metrics as tf.Scalar[];
  }

  dispose(): void {
    tf.dispose(this.sums);
    this.sums = [];
    this.rows = 0;
  }

  private lossOf(start: number, rows: number): tf.Scalar {
    const {model} = this;
    const {optimizer_} = model;
    let loss: tf.Scalar | undefined;
    const standIn = {
      minimize(closure: () => tf.Scalar) {
        loss = closure();
        return loss;
      },
    };
    const cut = this.data.map(tensor => {
      if (!tensor) return tensor;
      const rest = tensor.shape.slice(1);
      return tf.slice(tensor, [start, ...rest.map(() => 0)], [rows, ...rest]);
    });
    model.optimizer_ = standIn as unknown as tf.Optimizer;
    try {
      const [, ...metrics] = this.train(cut);
      this.add(metrics, rows);
    } finally {
      model.optimizer_ = optimizer_;
    }
    return loss!;
  }

  /** Later runs report none. */
  private add(metrics: readonly tf.Scalar[], rows: number): void {
    if (metrics.length === 0) return;
    const former = this.sums;
    this.sums = tf.tidy(() =>
      metrics.map((metric, i) => {
        const scaled = tf.mul(metric, rows);
        return tf.keep(former[i] ? tf.add(former[i], scaled) : scaled);
      }),
    );
    this.rows += rows;
    tf.dispose([...former, ...metrics]);
  }
}
