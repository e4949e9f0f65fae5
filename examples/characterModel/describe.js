import {contextLength} from './windows.js';

/** What a run consists of, as `[name, value]` pairs: shown before it starts, and kept in the report. */
export function describeRun({source, windows, model, backend, workload, options}) {
  const {trainingStarts, validationStarts, vocabulary, characterCount} = windows;
  const {epochs, steps, batchSize} = workload;
  const seen = epochs * steps * batchSize;
  return [
    ['text', `${source}, ${count(characterCount)} characters`],
    [
      'for training',
      `the first 90 %, ${count(trainingStarts.length)} windows of ${contextLength} + 1 characters`,
    ],
    ['held out', `the last 10 %, measured on ${count(validationStarts.length)} windows`],
    ['model', `${model.layers.map(layer => layer.name).join(', ')}: ${count(model.countParams())} weights`],
    ['vocabulary', `${vocabulary.length} characters, the rare ones as one`],
    [
      'workload',
      `${epochs} epochs of ${steps} steps with ${batchSize} windows: ${count(seen)} windows for each optimizer`,
    ],
    ['learning rates', `${options.learningRate} for SGD and Heun, ${options.adamLearningRate} for Adam`],
    ['seed', options.seed],
    ['backend', `${backend.name}, on Node ${process.versions.node}`],
    ...backend.passedOver.map(({name, reason}) => [`not ${name}`, reason]),
    ...(workload.isSmaller
      ? [['note', 'cpu is plain JavaScript: a smaller workload, so the losses stay higher']]
      : []),
  ];
}

/** The pairs as lines for a terminal. */
export function formatPairs(pairs) {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function count(value) {
  return value.toLocaleString('en');
}
