import * as tf from '@tensorflow/tfjs-core';
import {hold} from './hold.js';
import type {Weight} from './weight.js';

/** What weights that are elsewhere at present will be put back to. */
const homes = new Map<tf.Variable, tf.Tensor>();

/** Runs `body` with other values in some weights, and puts back what they had, to the last bit. */
export function withValues<T>(values: ReadonlyMap<Weight, () => tf.Tensor>, body: () => T): T {
  const outer = [...values.keys()].map(
    ({variable}) => [variable, homes.get(variable), hold(variable)] as const,
  );
  for (const [variable, , value] of outer) homes.set(variable, value);
  try {
    for (const [{variable}, value] of values) tf.tidy(() => variable.assign(value()));
    return body();
  } finally {
    for (const [variable, home] of outer) {
      const value = homes.get(variable)!;
      if (home) homes.set(variable, home);
      else homes.delete(variable);
      variable.assign(value);
      value.dispose();
    }
  }
}

/** Runs `body`, which writes weights, where `withValues` has taken them from: what it writes is what they are put back to. */
export function atHome(weights: readonly Weight[], body: () => void): void {
  const away = homes.size === 0 ? [] : weights.filter(({variable}) => homes.has(variable));
  const values = away.map(({variable}) => hold(variable));
  for (const {variable} of away) variable.assign(homes.get(variable)!);
  try {
    body();
  } finally {
    away.forEach(({variable}, i) => {
      homes.get(variable)!.dispose();
      homes.set(variable, hold(variable));
      variable.assign(values[i]!);
      values[i]!.dispose();
    });
  }
}
