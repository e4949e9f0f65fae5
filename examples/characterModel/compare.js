import * as tf from '@tensorflow/tfjs-core';
import {makeModel} from './model.js';
import {showProgress} from './progress.js';
import {train} from './train.js';

/**
 * Trains one model per row: each begins with the weights of `initial` and sees the same batches in the same order.
 *
 * @returns what `train` measured, with the trained model: `[{model, name, curve, …}]`
 */
export async function compare(rows, {initial, windows, workload, rates, seed}) {
  const validationData = windows.validationData();
  const nameWidth = Math.max(...rows.map(({name}) => name.length));
  const results = [];
  for (const row of rows) {
    const model = makeModel(windows.vocabulary.length, seed);
    model.setWeights(initial.getWeights());
    const progress = showProgress(row.name, {...workload, nameWidth});
    const batches = windows.trainingBatches(workload.batchSize, seed);
    try {
      const measured = await train(row, model, {batches, validationData, ...workload, rates, progress});
      results.push({...measured, model});
    } finally {
      progress.end();
    }
  }
  tf.dispose(validationData);
  return results;
}

/** The result with the lowest validation loss, or undefined where every row diverged. */
export function bestOf(results) {
  const finite = results.filter(({curve}) => Number.isFinite(curve.at(-1).validationLoss));
  return finite.sort((a, b) => a.curve.at(-1).validationLoss - b.curve.at(-1).validationLoss)[0];
}
