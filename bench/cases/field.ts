import * as tf from '@tensorflow/tfjs-core';
import {sizeOf} from './shapes.js';

/** Variables with a gradient for each, as an optimizer's `applyGradients` takes them. */
export class Field {
  readonly variables: tf.Variable[];
  readonly gradients: tf.NamedTensorMap = {};

  constructor(shapes: readonly (readonly number[])[]) {
    this.variables = shapes.map((shape, i) => {
      const value = wave(shape, i);
      const variable = tf.variable(value);
      // Else its data would have a second owner.
      value.dispose();
      // An operation's result, as in training: it may lie in memory of the backend's that JavaScript cannot see.
      this.gradients[variable.name] = tf.tidy(() => tf.mul(wave(shape, i + 0.5), 2));
      return variable;
    });
  }

  get bytes(): number {
    return this.variables.reduce((sum, {size}) => sum + 4 * size, 0);
  }

  dispose(): void {
    tf.dispose([this.variables, this.gradients]);
  }
}

/** Numbers of either sign, none of which is so small that a processor takes its time over it. */
function wave(shape: readonly number[], seed: number): tf.Tensor {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = (((i * 7919 + seed * 104729) % 2003) - 1001.5) / 1000;
  return tf.tensor(values, [...shape], 'float32');
}
