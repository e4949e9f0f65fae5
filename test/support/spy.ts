import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** Shape of a row. */
export const spiedShape = [5, 2];

/** What the layer under test gave in one loss evaluation. */
export type Output = number[];

/** Notes what it is given in training, and passes on one number a row. */
class Spy extends tfl.layers.Layer {
  static readonly className = 'Spy';
  readonly seen: Output[] = [];

  override computeOutputShape(): tfl.Shape {
    return [null, 1];
  }
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: {training?: boolean}): tf.Tensor {
    const [input] = [inputs].flat();
    if (kwargs.training) this.seen.push([...input!.dataSync()]);
    return tf.mean(tf.reshape(input!, [input!.shape[0]!, -1]), 1, true);
  }
}

/** A model of one layer, a spy on it and a trained unit. */
export function spiedModel(layer: tfl.layers.Layer, optimizer: tf.Optimizer | 'sgd' = 'sgd') {
  const spy = new Spy({});
  const input = tfl.input({batchShape: layer.batchInputShape ?? [null, ...spiedShape]});
  const dense = tfl.layers.dense({units: 1, kernelInitializer: 'ones'});
  const outputs = [layer, spy, dense].reduce((value, next) => next.apply(value) as tfl.SymbolicTensor, input);
  const model = tfl.model({inputs: input, outputs});
  model.compile({optimizer, loss: 'meanSquaredError'});
  return {model, spy};
}

/** A batch of four rows. */
export function spiedBatch() {
  return {
    x: tf.randomNormal([4, ...spiedShape], 1, 1, 'float32', 1),
    y: tf.randomNormal([4, 1], 0, 1, 'float32', 2),
  };
}

/** Trains on the same batch again and again, so that only draws can change what the spy sees. */
export async function trainSpied(model: tfl.LayersModel, steps: number): Promise<void> {
  const {x, y} = spiedBatch();
  const shaped = tf.reshape(x, [4, ...(model.inputs[0]!.shape.slice(1) as number[])]);
  for (let i = 0; i < steps; i++) await model.trainOnBatch(shaped, y);
  tf.dispose([x, shaped, y]);
}

/** The outputs of each step's phases. */
export function inSteps(outputs: Output[], phases: number): Output[][] {
  return Array.from({length: outputs.length / phases}, (_, i) => outputs.slice(i * phases, (i + 1) * phases));
}

export function distinct(outputs: Output[]): number {
  return new Set(outputs.map(output => output.join())).size;
}
