import * as tf from '@tensorflow/tfjs-core';
import {inject} from '../src/index.js';
import {corpusOf} from './data/corpus.js';
import {windowsOf} from './data/windows.js';
import type {Effort} from './experiment.js';
import {wordModel} from './models/wordModel.js';
import {batchesOf, type CurvePoint, curveOf, fitOf, type Training, train} from './training.js';

/** Windows in a step, and words in a window. */
export const batchSize = 32;
export const windowLength = 8;
/** Windows of held-out text that results are told by, at most. */
export const evaluationWindowsOf = ({isQuick}: Effort) => (isQuick ? 32 : 256);
/** Steps whose losses a point of a curve averages. */
export const curveWindow = 10;

export interface WordOutcome {
  /** Of held-out text. */
  readonly perplexity: number;
  readonly curve: readonly CurvePoint[];
}

/** Trains the language model from a start and in an order of windows that follow from the seed. */
export async function trainOnWords(
  {seed, steps, optimizer, plugins = [], evaluateOn}: Training,
  effort: Effort,
): Promise<WordOutcome> {
  const corpus = corpusOf(effort);
  const words = corpus.vocabulary.size;
  const model = wordModel(words, windowLength, seed);
  model.compile({optimizer, loss: 'categoricalCrossentropy'});
  const injection = inject(model);
  for (const plugin of plugins) injection.use(plugin);
  const windows = windowsOf(corpus.train, windowLength);
  const batches = batchesOf(windows.length, batchSize, seed);
  const oneHot = (rows: readonly Int32Array[]) =>
    tf.cast(tf.oneHot(tf.stack(rows.map(row => tf.tensor1d(row, 'int32'))), words), 'float32');
  const losses = await train(model, steps, () => {
    const chosen = Array.from(batches.next().value, row => windows[row]!);
    return {x: oneHot(chosen.map(each => each.input)), y: oneHot(chosen.map(each => each.target))};
  });

  const heldOut = windowsOf(corpus[evaluateOn], windowLength).slice(0, evaluationWindowsOf(effort));
  const probabilities = tf.tidy(() =>
    (model.predict(oneHot(heldOut.map(each => each.input)), {batchSize: 64}) as tf.Tensor).dataSync(),
  );
  const {loss} = fitOf(
    probabilities,
    heldOut.flatMap(each => [...each.target]),
  );
  injection.eject();
  model.dispose();
  optimizer.dispose();
  return {perplexity: Math.exp(loss), curve: curveOf(losses, curveWindow)};
}
