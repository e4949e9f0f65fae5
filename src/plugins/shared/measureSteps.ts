import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../../inject/injection.js';
import {stages} from '../../inject/stages.js';
import type {Step} from '../../inject/step.js';
import type {Weight, WeightMap} from '../../inject/weight.js';
import type {Measuring} from './measuring.js';
import {type Named, normsOf, ratiosOf, squaresOf, squaresSince} from './norms.js';

/** Measures what a step did: its rate, how far the weights moved, how long it took, and whether it was skipped. */
export function measureSteps({hooks}: Injection, measuring: Measuring): void {
  const {owner, means, asksFor, isMeasured} = measuring;
  const wantsWeights = asksFor('updateNorm', 'weightNorm', 'updateRatio');
  const wantsRate = asksFor('learningRate');
  let begun = 0;
  // They belong to the step's tidy.
  let before: WeightMap = new Map();

  hooks.beforeStep.tap(owner, step => {
    begun = tf.util.now();
    before = wantsWeights && isMeasured(step) ? weightsNow(step) : new Map();
  });
  hooks.afterStep.tap({name: owner, stage: stages.observe}, step => {
    means.addNumber('steps', 1);
    if (wantsRate && !Number.isNaN(step.learningRate)) means.addNumber('learningRate', step.learningRate);
    if (before.size > 0) means.addScalars(moves(before, measuring), step);
  });
  hooks.afterBatch.tap({name: owner, stage: stages.observe}, (_step, outcome) => {
    means.addNumber('milliseconds', tf.util.now() - begun);
    if (outcome === 'skipped') means.addNumber('skipped', 1);
  });
}

/** By reference: a write gives a variable new data. */
function weightsNow({weights}: Step): WeightMap {
  const trained = weights.filter(({variable}) => variable.trainable);
  return new Map(trained.map((weight): [Weight, tf.Tensor] => [weight, tf.clone(weight.variable)]));
}

function moves(before: WeightMap, {asksFor, perWeight}: Measuring): Named[] {
  const norms = (name: string, squares: WeightMap) => normsOf(name, squares, perWeight);
  const weights = asksFor('weightNorm', 'updateRatio') ? norms('weightNorm', squaresOf(before)) : [];
  const updates = asksFor('updateNorm', 'updateRatio') ? squaresSince(before) : new Map();
  return [
    ...(asksFor('weightNorm') ? weights : []),
    ...(asksFor('updateNorm') ? norms('updateNorm', updates) : []),
    ...(asksFor('updateRatio') ? ratiosOf(norms('updateRatio', updates), weights) : []),
  ];
}
