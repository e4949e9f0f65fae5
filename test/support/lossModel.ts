import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

interface WeightStart {
  readonly name: string;
  readonly shape: number[];
  readonly start: ArrayLike<number>;
}

/** A layer whose only output is a loss of its own weights and of the batch. */
class LossLayer extends tfl.layers.Layer {
  static readonly className = 'LossLayer';
  private variables: tfl.LayerVariable[] = [];

  constructor(
    private readonly starts: readonly WeightStart[],
    private readonly formula: (weights: tf.Tensor[], batch: tf.Tensor) => tf.Tensor,
  ) {
    super({});
  }

  override build(): void {
    const initializer = tfl.initializers.zeros();
    this.variables = this.starts.map(({name, shape}) => this.addWeight(name, shape, 'float32', initializer));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const batch = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => {
      const weights = this.variables.map(variable => variable.read());
      return tf.reshape(this.formula(weights, batch), [1, 1]);
    });
  }

  override computeOutputShape(): tfl.Shape {
    return [1, 1];
  }

  override getClassName(): string {
    return LossLayer.className;
  }
}

/**
 * A model with the given weights whose training loss is `formula`, so that a
 * problem with a known answer runs through `inject`. One row is one batch.
 */
export function lossModel(
  starts: readonly WeightStart[],
  formula: (weights: tf.Tensor[], batch: tf.Tensor) => tf.Tensor,
  columns = 1,
): tfl.LayersModel {
  const input = tfl.input({batchShape: [1, columns]});
  const output = new LossLayer(starts, formula).apply(input) as tfl.SymbolicTensor;
  const model = tfl.model({inputs: input, outputs: output});
  tf.tidy(() => model.setWeights(starts.map(({shape, start}) => tf.tensor(start as number[], shape))));
  return model;
}

/** What to compile such a model with. */
export function outputAsLoss(_target: tf.Tensor, output: tf.Tensor): tf.Scalar {
  return tf.mean(output);
}
