import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Text} from './corpus.js';
import {end} from './vocabulary.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Pages of measurements, which each measuring changes. */
const measured = ['bench.md', 'soak.md'];

/** Sentences that stay together when the text is shared out. */
const passage = 5;

/** The project's documentation: of ten passages eight to train on, one to choose settings by, one to tell results by. */
export function readDocumentation(): Text {
  const sentences = pagePaths().flatMap(path => sentencesOf(readFileSync(path, 'utf8')));
  const part = (isIn: (place: number) => boolean) =>
    sentences.filter((_, i) => isIn(Math.floor(i / passage) % 10)).flat();
  return {train: part(i => i < 8), validation: part(i => i === 8), test: part(i => i === 9)};
}

function pagePaths(): string[] {
  const inDocs = ['docs', 'docs/cards', 'docs/recipes'].flatMap(folder =>
    readdirSync(join(root, folder))
      .filter(name => name.endsWith('.md') && !measured.includes(name))
      .sort()
      .map(name => join(root, folder, name)),
  );
  return [join(root, 'README.md'), ...inDocs];
}

/**
 * Sentences of Markdown as words: without programs and addresses, in lower case, numbers as N, as the Penn Treebank has
 * them.
 */
export function sentencesOf(markdown: string): string[][] {
  return (
    markdown
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/\]\([^)]*\)/g, ']')
      // A paragraph is wrapped; rows of tables, items and headings are sentences of their own.
      .replace(/\n(?![\n|#*-])/g, ' ')
      .split(/\n|(?<=[.?!:;])\s/)
      .map(wordsOf)
      .filter(words => words.length > 0)
      .map(words => [...words, end])
  );
}

/** Letters of any alphabet belong together; marks are left out. */
function wordsOf(sentence: string): string[] {
  return (sentence.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)*|\d+(?:[.,]\d+)*/gu) ?? []).map(word =>
    /^\d/.test(word) ? 'N' : word,
  );
}
