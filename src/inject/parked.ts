import * as tf from '@tensorflow/tfjs-core';
import {areAtHand} from '../rules/fused.js';
import {Held} from './hold.js';

/** Values that no tensor has: as they were saved, or as an ejected optimizer keeps them. */
export interface Parked {
  readonly shape: number[];
  /** A new tensor that has them, of the caller's tidy; `undefined` where an engine reset has taken them. */
  tensor(): tf.Tensor | undefined;
}

export function parkedValues(shape: number[], values: Float32Array): Parked {
  return {shape, tensor: () => tf.tensor(values, shape, 'float32')};
}

/**
 * Takes a tensor's values, and disposes of it. A device keeps them until they have come: to read it at once makes it wait, and
 * a dozen such readings may cost Chromium its WebGPU.
 */
export function park(tensor: tf.Tensor): Parked {
  const {shape} = tensor;
  if (areAtHand()) {
    const values = Float32Array.from(tensor.dataSync());
    tensor.dispose();
    return parkedValues(shape, values);
  }
  const held = new Held(tensor);
  let source: Pick<Parked, 'tensor'> = held;
  held.read().then(
    values => {
      source = parkedValues(shape, values);
      held.release();
    },
    // A device that is lost, or an engine that was reset, has nothing that could be kept.
    () => {},
  );
  return {shape, tensor: () => source.tensor()};
}
