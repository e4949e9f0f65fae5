import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** Throws at the n-th of the places that a step passes; lists them where it is not armed. */
export class Bomb {
  readonly error = new Error('the bomb');
  places: string[] = [];
  private fuse = 0;

  visit(place: string): void {
    this.places.push(place);
    if (this.places.length === this.fuse) throw this.error;
  }

  /** Begins a new list, and throws at its n-th entry; at none for 0. */
  arm(n: number): void {
    this.places = [];
    this.fuse = n;
  }
}

class VisitedLayer extends tfl.layers.Layer {
  static readonly className = 'VisitedLayer';

  constructor(private readonly bomb: Bomb) {
    super({});
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    // Symbolic application, while the model is built, passes here as well.
    this.bomb.visit('layer');
    return tf.mul(Array.isArray(inputs) ? inputs[0]! : inputs, 1.25);
  }
}

export type VisitedKind = 'BatchNorm and dropout' | 'a stateful RNN';

/** A small model whose loss, metric, layer and constraint pass by the bomb; its weights are always the same. */
export function visitedModel(kind: VisitedKind, isConstrained: boolean, bomb: Bomb): tfl.LayersModel {
  const isRecurrent = kind === 'a stateful RNN';
  const constraint = tfl.constraints.maxNorm({maxValue: 0.5});
  const apply = constraint.apply.bind(constraint);
  constraint.apply = weight => {
    bomb.visit('constraint');
    return apply(weight);
  };
  const layers = isRecurrent
    ? [
        tfl.layers.simpleRNN({
          units: 2,
          stateful: true,
          batchInputShape: [4, 2, 2],
          dropout: 0.3,
          recurrentInitializer: 'glorotUniform',
        }),
        tfl.layers.dense({units: 1}),
      ]
    : [
        tfl.layers.dense({
          units: 3,
          inputShape: [2],
          activation: 'tanh',
          ...(isConstrained && {kernelConstraint: constraint}),
        }),
        tfl.layers.batchNormalization({}),
        tfl.layers.dropout({rate: 0.4}),
        new VisitedLayer(bomb),
        tfl.layers.dense({units: 1}),
      ];
  const model = tfl.sequential({layers});
  tf.tidy(() => {
    model.setWeights(
      model.weights.map((weight, i) =>
        weight.originalName.includes('moving')
          ? weight.read()
          : tf.randomUniform(weight.shape as number[], -0.6, 0.6, 'float32', 40 + i),
      ),
    );
  });
  return model;
}

/** Compiles with a loss and a metric that pass by the bomb. */
export function compileVisited(model: tfl.LayersModel, optimizer: string | tf.Optimizer, bomb: Bomb): void {
  const visited = (place: string) => (label: tf.Tensor, prediction: tf.Tensor) => {
    bomb.visit(place);
    return tf.mean(tf.squaredDifference(label, prediction), -1);
  };
  model.compile({optimizer, loss: visited('loss') as never, metrics: [visited('metric') as never, 'mae']});
}
