import * as tf from '@tensorflow/tfjs-core';
import {Adam} from '../../src/index.js';
import type {Environment} from '../environment.js';
import {type Contender, timed} from '../pairs.js';
import type {Case, Duel} from './case.js';
import {Field} from './field.js';
import {shapes, sizeOf} from './shapes.js';

/** What applies gradients to a field, step by step. */
export function updates(optimizer: tf.Optimizer, field: Field, {settle}: Environment): Contender {
  return timed(() => optimizer.applyGradients(field.gradients), settle);
}

/** Two optimizers over equal fields of their own. */
export function duel(
  ours: tf.Optimizer,
  theirs: tf.Optimizer,
  over: readonly (readonly number[])[],
  environment: Environment,
): Duel {
  const fields = [new Field(over), new Field(over)] as const;
  return {
    ours: updates(ours, fields[0], environment),
    theirs: updates(theirs, fields[1], environment),
    dispose() {
      for (const optimizer of [ours, theirs]) optimizer.dispose();
      for (const field of fields) field.dispose();
    },
  };
}

/** Adam's update alone against tfjs's own. */
export const updateCases: readonly Case[] = Object.entries(shapes).map(([name, over]) => ({
  group: 'updates',
  name,
  omitted: ({slowness}) => (over.some(shape => sizeOf(shape) > 2 ** 22) ? slowness : undefined),
  prepare: environment => duel(new Adam(), tf.train.adam(0.001), over, environment),
}));
