import * as tf from '@tensorflow/tfjs-core';
import * as tfData from '@tensorflow/tfjs-data';
import {randomNumbers} from './random.js';

/** How many characters the model sees before the one that it guesses. */
export const contextLength = 8;

const largestVocabulary = 96;
const mostValidationWindows = 2048;

/** What stands for every character that is too rare to have a number of its own. */
const rareCharacter = '\uFFFD';

/**
 * Turns a text into numbered characters, and these into windows: `contextLength` characters and the one that follows.
 * The first 90 % are for training, the last 10 % are held out; no window crosses the border.
 */
export class Windows {
  constructor(text) {
    const characters = Array.from(text);
    const border = Math.floor(characters.length * 0.9);
    this.vocabulary = frequentCharacters(characters.slice(0, border));
    const numbers = new Map(this.vocabulary.map((character, number) => [character, number]));
    this.codes = Int32Array.from(characters, character => numbers.get(character) ?? 0);
    this.characterCount = characters.length;
    this.trainingStarts = startsOfWindows(0, border);
    this.validationStarts = evenSample(startsOfWindows(border, characters.length), mostValidationWindows);
  }

  /**
   * Endless batches of windows drawn at random, the same ones at every call. They are drawn with replacement: passes
   * in a shuffled order would let the loss fall at each new pass, over windows that were just seen.
   */
  trainingBatches(batchSize, seed) {
    const {trainingStarts} = this;
    const tensors = starts => this.tensors(starts);
    return tfData.generator(function* () {
      const random = randomNumbers(seed);
      const draw = () => trainingStarts[Math.floor(random() * trainingStarts.length)];
      for (;;) yield tensors(Int32Array.from({length: batchSize}, draw));
    });
  }

  validationData() {
    const {xs, ys} = this.tensors(this.validationStarts);
    return [xs, ys];
  }

  /** The windows that begin at these places, as one-hot tensors: [rows, context, vocabulary] and [rows, vocabulary]. */
  tensors(starts) {
    const contexts = new Int32Array(starts.length * contextLength);
    const targets = new Int32Array(starts.length);
    starts.forEach((start, row) => {
      contexts.set(this.codes.subarray(start, start + contextLength), row * contextLength);
      targets[row] = this.codes[start + contextLength];
    });
    const shape = [starts.length, contextLength, this.vocabulary.length];
    return tf.tidy(() => ({
      xs: tf.reshape(oneHot(contexts, this.vocabulary.length), shape),
      ys: oneHot(targets, this.vocabulary.length),
    }));
  }
}

/** Numbers as one-hot float32 rows. The cast is needed: asked for float32, the wasm kernel writes the bits of integers. */
export function oneHot(codes, depth) {
  return tf.cast(tf.oneHot(tf.tensor1d(codes, 'int32'), depth), 'float32');
}

function frequentCharacters(characters) {
  const counts = new Map();
  for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
  const byCount = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  return [rareCharacter, ...byCount.slice(0, largestVocabulary - 1)];
}

function startsOfWindows(from, to) {
  return Int32Array.from({length: to - from - contextLength}, (_, index) => from + index);
}

function evenSample(array, most) {
  if (array.length <= most) return array;
  return Int32Array.from({length: most}, (_, index) => array[Math.floor((index * array.length) / most)]);
}
