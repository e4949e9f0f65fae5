import * as tf from '@tensorflow/tfjs-core';
import {initializers, type LayersModel, layers, sequential} from '@tensorflow/tfjs-layers';
import type {Problem, Task} from './task.js';

/** All windows are on the device at once, each character as a vector of the alphabet's length. */
const longest = 10_000;

const sample =
  'A step may take several gradients on the same batch. The first is taken where the weights are; the second where a first ' +
  'attempt would have brought them. What is done with the two is the optimizer’s business, and what is done around them is the ' +
  'plugins’. So a step looks before it goes, and a model learns with fewer of them, or does not: that is what a playground is for. ';

/** Windows of a text, as numbers of its characters, each with the character that comes after it. */
export function windowsOf(
  text: string,
  length: number,
): {windows: number[][]; next: number[]; alphabet: string[]} {
  const characters = [...text];
  if (characters.length <= length + 1)
    throw new TypeError(
      `The text must be longer than a window and its next character (${length + 1}); received ${characters.length}.`,
    );
  if (characters.length > longest)
    throw new TypeError(`The text must have at most ${longest} characters; received ${characters.length}.`);
  const alphabet = [...new Set(characters)].sort();
  const numbers = characters.map(each => alphabet.indexOf(each));
  const starts = Array.from({length: numbers.length - length}, (_, i) => i);
  return {
    windows: starts.map(start => numbers.slice(start, start + length)),
    next: starts.map(start => numbers[start + length]!),
    alphabet,
  };
}

export const charactersTask: Task = {
  title: 'Characters of your own text',
  view: 'none',
  fields: [
    {name: 'text', label: 'A text whose next characters are to be told', start: sample, isLong: true},
    {name: 'window', label: 'Characters in a window', start: 12, min: 1, max: 100},
    {name: 'units', label: 'Units of the LSTM', start: 32, min: 1, max: 256},
  ],
  make({text, window, units}, seed): Problem {
    const {windows, next, alphabet} = windowsOf(String(text), Number(window));
    return {
      // Not by an embedding, whose gradient the backend wasm has not.
      xs: tf.tidy(() =>
        tf.oneHot(tf.tensor2d(windows, undefined, 'int32'), alphabet.length, 1, 0, 'float32'),
      ),
      ys: tf.tidy(() => tf.oneHot(tf.tensor1d(next, 'int32'), alphabet.length)),
      loss: 'categoricalCrossentropy',
      makeModel: () => characterModel(alphabet.length, Number(window), Number(units), seed),
    };
  },
};

function characterModel(characters: number, length: number, units: number, seed: number): LayersModel {
  const from = (layer: number) => initializers.glorotUniform({seed: 5 * seed + layer});
  return sequential({
    layers: [
      layers.lstm({
        inputShape: [length, characters],
        units,
        kernelInitializer: from(1),
        recurrentInitializer: from(2),
      }),
      layers.dense({units: characters, activation: 'softmax', kernelInitializer: from(3)}),
    ],
  });
}
