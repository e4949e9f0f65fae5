import type {Effort} from '../experiment.js';
import {readDocumentation} from './documentation.js';
import {readPennTreebank} from './pennTreebank.js';
import {Vocabulary} from './vocabulary.js';

/** A text in its three parts, as words, with a word for the end of each line. */
export interface Text {
  readonly train: readonly string[];
  /** By which settings are chosen. */
  readonly validation: readonly string[];
  /** By which results are told. */
  readonly test: readonly string[];
}

/** The same as numbers of a vocabulary that was taken from the training text alone. */
export interface Corpus extends Readonly<Record<keyof Text, Int32Array>> {
  readonly vocabulary: Vocabulary;
}

/** How many words are told apart. */
export const vocabularySize = 250;

const known = new Map<string | undefined, Corpus>();

/** The text that an experiment trains on: a user's Penn Treebank, or this project's documentation. Read once in a process. */
export function corpusOf({pennTreebank}: Effort): Corpus {
  let corpus = known.get(pennTreebank);
  if (!corpus) {
    const text = pennTreebank === undefined ? readDocumentation() : readPennTreebank(pennTreebank);
    corpus = corpusFrom(text, vocabularySize);
    known.set(pennTreebank, corpus);
  }
  return corpus;
}

export function corpusFrom({train, validation, test}: Text, size: number): Corpus {
  const vocabulary = Vocabulary.of(train, size);
  return {
    train: vocabulary.numbersOf(train),
    validation: vocabulary.numbersOf(validation),
    test: vocabulary.numbersOf(test),
    vocabulary,
  };
}

/** A sentence of what it is, without reading it: a report is also made where the text has changed since. */
export function describeCorpus({pennTreebank}: Effort): string {
  const source =
    pennTreebank === undefined
      ? "this project's documentation as it was then: of each ten passages eight to train on, one to choose settings by, one to tell results by"
      : 'the Penn Treebank, in its parts to train on, to choose settings by and to tell results by';
  return `The text is ${source}. Its ${vocabularySize} most frequent words are told apart, the others are one.`;
}
