import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {orInfinite} from '../../training.js';
import {type MethodName, methods} from './methods.js';
import {type ProblemName, problems} from './problems.js';

export interface Training {
  readonly problem: ProblemName;
  readonly method: MethodName;
  readonly rate: number;
  readonly seeds: readonly number[];
}

/** Looks at equal distances; half of them are at half the gradients, where one-phase optimizers have as many steps as others in the end. */
export const looks = 12;

/** At each look, what is measured of each seed; infinite where it diverged. */
export function train({problem, method, rate, seeds}: Training): number[][] {
  return tf.tidy(() => {
    const {gradients, make} = problems[problem];
    const {variables, loss, measure} = make(seeds);
    const {phases, make: optimizerAt} = methods[method];
    const optimizer = optimizerAt(rate);
    const seen: number[][] = [];
    for (let step = 1; step <= gradients / phases; step++) {
      tf.tidy(() => {
        optimizer.minimize(() => loss(step), false, variables);
        if ((step * phases) % (gradients / looks) === 0) seen.push([...measure().dataSync()].map(orInfinite));
      });
    }
    for (const each of [optimizer, ...variables]) each.dispose();
    return seen;
  });
}
