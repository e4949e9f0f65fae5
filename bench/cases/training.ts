import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {Environment} from '../environment.js';
import {timed} from '../pairs.js';
import type {Duel} from './case.js';
import {dataOf, type ModelCase} from './models.js';

/** What makes a model ready to be trained: compiles it, and may inject something. */
export type Setup = (model: LayersModel, loss: ModelCase['loss']) => void;

export const compiledWith =
  (make: () => tf.Optimizer): Setup =>
  (model, loss) =>
    model.compile({optimizer: make(), loss});

/**
 * What two fits differ by is often less than what the machine does beside them: so many times the usual pairs tell it. Those of
 * large models are long, and meet more of the machine in each.
 */
export const fitRepeats = ({isLarge}: ModelCase): number => (isLarge ? 2 : 4);

/** Whole calls of `fit` over the same data, each on a model of its own that began with the same weights. */
export function fits(modelCase: ModelCase, ours: Setup, theirs: Setup, environment: Environment): Duel {
  const {batchSize} = modelCase;
  const batches = environment.slowness !== undefined && batchSize > 1 ? 1 : modelCase.batches;
  const models = [ours, theirs].map(setup => ready(modelCase, setup));
  const {x, y} = dataOf({...modelCase, batches});
  const [own, other] = models.map(model =>
    timed(
      () => model.fit(x, y, {batchSize, epochs: 1, verbose: 0, shuffle: false, yieldEvery: 'never'}),
      environment.settle,
    ),
  );
  return {
    ours: own!,
    theirs: other!,
    batches,
    dispose() {
      tf.dispose([x, y]);
      for (const model of models) model.dispose();
    },
  };
}

export function ready({make, loss}: ModelCase, setup: Setup): LayersModel {
  const model = make();
  setup(model, loss);
  return model;
}
