import {shown} from '../../bench/report/table.js';
import {describeCorpus, vocabularySize} from '../data/corpus.js';
import type {Effort, Experiment} from '../experiment.js';
import {
  batchSize,
  evaluationWindowsOf,
  trainOnWords,
  type WordOutcome,
  windowLength,
} from '../wordTraining.js';
import {nextOf, type Setting, stepsOf, type Task, trainingOf} from './ranger/contest.js';
import {reportOf} from './ranger/report.js';

const task: Task<WordOutcome> = {
  // A multiple of Ranger's k and of Lookahead's.
  steps: 60,
  firstGuesses: {
    'SGD with momentum': 3,
    Adam: 0.1,
    RAdam: 0.3,
    'Lookahead around Adam': 0.1,
    Ranger: 1,
  },
  score: ({perplexity}) => perplexity,
};

export const rangerOnText: Experiment<Setting, WordOutcome> = {
  name: 'rangerOnText',
  title: 'Ranger, on text',
  summary: `The same contest as [on images](rangerOnImages.md), on another task: an LSTM is trained to tell which word comes next.`,
  backend: 'wasm',
  next: (done, effort) => nextOf(task, done, effort),
  run: (setting, effort) => trainOnWords(trainingOf(setting), effort),
  report: (runs, effort) =>
    reportOf(
      {
        experiment: 'rangerOnText',
        task,
        measure: 'held-out perplexity',
        show: perplexity => shown(perplexity, 1),
        showDifference: difference => shown(difference, 1),
        showScore: perplexity => perplexity.toFixed(1),
        how: howOnText(effort),
      },
      runs,
      effort,
    ),
};

function howOnText(effort: Effort): string {
  return `${describeCorpus(effort)} The model: an embedding, an LSTM, a softmax over all words. Each training is ${stepsOf(task, effort)} steps of
${batchSize} windows of ${windowLength} words, before which the LSTM has seen nothing; initial weights and the order of windows follow from the seed, and are the same for all. Perplexity
is over at most ${evaluationWindowsOf(effort)} such windows of held-out text; a model that knew nothing but would guess evenly has ${vocabularySize}.`;
}
