import * as tf from '@tensorflow/tfjs-core';
import {Adam} from '../../src/index.js';
import {programsOf} from '../../test/browser/programs.js';
import type {CountRow} from '../results.js';
import {Field} from './field.js';
import {shapes} from './shapes.js';

/** The programs that a GPU is given for one update by Adam; none on other backends. */
export function launches(): CountRow[] {
  if (!tf.getBackend().startsWith('webg')) return [];
  return Object.entries(shapes)
    .slice(0, 2)
    .map(([name, over]) => ({
      name: `programs of an update, our Adam : Adam, ${name}`,
      ours: programsIn(new Adam(), over),
      theirs: programsIn(tf.train.adam(0.001), over),
    }));
}

/** In the third step: the first ones make slots. */
function programsIn(optimizer: tf.Optimizer, over: readonly (readonly number[])[]): number {
  const field = new Field(over);
  let runs = 0;
  for (let i = 0; i < 3; i++) ({runs} = programsOf(() => optimizer.applyGradients(field.gradients)));
  optimizer.dispose();
  field.dispose();
  return runs;
}
