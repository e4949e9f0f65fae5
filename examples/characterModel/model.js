import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers, sequential} from '@tensorflow/tfjs-layers';
import {randomNumbers} from './random.js';
import {contextLength, oneHot} from './windows.js';

const featuresPerCharacter = 16;
const hiddenUnits = 128;

/**
 * A neural language model after Bengio et al., "A neural probabilistic language model", JMLR 2003: every character of
 * the context becomes a few learned features, a hidden layer sees them all, a softmax guesses the next character.
 * The features are a dense layer over one-hot characters: the wasm backend has no gradient for embeddings.
 */
export function makeModel(vocabularySize, seed) {
  const dense = (name, units, options) =>
    layers.dense({name, units, kernelInitializer: initializers.glorotUniform({seed: seed++}), ...options});
  return sequential({
    layers: [
      dense('features', featuresPerCharacter, {inputShape: [contextLength, vocabularySize], useBias: false}),
      layers.flatten({name: 'context'}),
      dense('hidden', hiddenUnits, {activation: 'relu'}),
      dense('next', vocabularySize, {activation: 'softmax'}),
    ],
  });
}

/** Lets the model continue the text that stands before the place `start`, character by character. */
export function sampleText(model, windows, {start, length, temperature = 0.7, seed}) {
  const random = randomNumbers(seed);
  const codes = Array.from(windows.codes.subarray(start - contextLength, start));
  while (codes.length < contextLength + length) {
    const probabilities = tf.tidy(() => {
      const input = oneHot(codes.slice(-contextLength), windows.vocabulary.length);
      return model.predict(tf.expandDims(input, 0)).dataSync();
    });
    codes.push(draw(probabilities, temperature, random));
  }
  return codes.map(code => windows.vocabulary[code]).join('');
}

/** Draws an index by its probability; a temperature below 1 prefers the likely ones. Index 0, the rare ones, is never drawn. */
function draw(probabilities, temperature, random) {
  const weights = Array.from(probabilities, (probability, code) =>
    code === 0 ? 0 : probability ** (1 / temperature),
  );
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [code, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return code;
  }
  return weights.length - 1;
}
