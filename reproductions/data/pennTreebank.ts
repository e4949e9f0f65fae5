import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Text} from './corpus.js';
import {end} from './vocabulary.js';

/**
 * Reads the three files of the Penn Treebank as Mikolov prepared it: one sentence a line, words with spaces between.
 *
 * @throws RangeError where a file is missing or has no words.
 */
export function readPennTreebank(folder: string): Text {
  const read = (part: string) => wordsIn(join(folder, `ptb.${part}.txt`));
  return {train: read('train'), validation: read('valid'), test: read('test')};
}

function wordsIn(path: string): string[] {
  if (!existsSync(path))
    throw new RangeError(`ptb.train.txt, ptb.valid.txt and ptb.test.txt must be there; received no ${path}`);
  const sentences = readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.split(/\s+/).filter(word => word !== ''))
    .filter(words => words.length > 0);
  if (sentences.length === 0)
    throw new RangeError(`a file of the Penn Treebank must hold words; received none in ${path}`);
  return sentences.flatMap(words => [...words, end]);
}
