import * as tf from '@tensorflow/tfjs-core';
import {hold} from './hold.js';
import type {Weight} from './weight.js';

/** Runs `body` with other values in some weights, and puts back what they had, to the last bit. */
export function withValues<T>(values: ReadonlyMap<Weight, () => tf.Tensor>, body: () => T): T {
  const former = [...values.keys()].map(({variable}) => [variable, hold(variable)] as const);
  try {
    for (const [{variable}, value] of values) tf.tidy(() => variable.assign(value()));
    return body();
  } finally {
    for (const [variable, value] of former) {
      variable.assign(value);
      value.dispose();
    }
  }
}
