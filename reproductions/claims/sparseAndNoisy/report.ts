import {medianInterval} from '../../../bench/interval.js';
import {shown, table} from '../../../bench/report/table.js';
import type {Finding, Report} from '../../experiment.js';
import {judge} from '../../judge.js';
import {curves, type Point} from '../../report/charts.js';
import {documentLength, frequencies, vocabulary} from './features.js';
import {type OptimizerName, optimizerNames, ratesOf} from './optimizers.js';
import {type SparseRun, taskNames} from './settings.js';
import {batchSize, steps, type TaskName, tasks} from './train.js';

/** As good as another: a loss that is not higher than by this factor. */
const asGood = 1.02;

export function report(runs: readonly SparseRun[]): Report {
  return {findings: findingsOf(runs), body: bodyOf(runs), charts: {'sparseAndNoisy-losses': chart(runs)}};
}

function findingsOf(runs: readonly SparseRun[]): Finding[] {
  const nesterov = 'SGD with Nesterov momentum';
  const [sparse, noisy] = ['sparse', 'sparse and noisy'] as const;
  return [
    compare(runs, 'AdaGrad does better than SGD on sparse gradients.', sparse, 'Adagrad', 'SGD'),
    compare(
      runs,
      'AdaGrad does better than SGD with Nesterov momentum on sparse gradients.',
      sparse,
      'Adagrad',
      nesterov,
    ),
    compare(
      runs,
      'Adam does better than SGD with Nesterov momentum on sparse gradients.',
      sparse,
      'Adam',
      nesterov,
    ),
    compare(runs, 'Adam is as good as AdaGrad on sparse gradients.', sparse, 'Adam', 'Adagrad', asGood),
    compare(
      runs,
      'AdaGrad does better than SGD with Nesterov momentum under dropout noise, too.',
      noisy,
      'Adagrad',
      nesterov,
    ),
    compare(
      runs,
      'Adam does better than SGD with Nesterov momentum under dropout noise, too.',
      noisy,
      'Adam',
      nesterov,
    ),
    compare(runs, 'Adam is as good as AdaGrad under dropout noise.', noisy, 'Adam', 'Adagrad', asGood),
    compare(runs, 'Adam is as good as RMSprop on sparse gradients.', sparse, 'Adam', 'RMSprop', asGood),
    advantage(runs, 'Adagrad', nesterov),
  ];
}

const told = (runs: readonly SparseRun[], task: TaskName, optimizer: OptimizerName) =>
  runs.find(({setting: s}) => s.part === 'told' && s.task === task && s.optimizer === optimizer)!;

/** Of each seed, a's held-out loss in the end over b's. */
function ratios(runs: readonly SparseRun[], task: TaskName, a: OptimizerName, b: OptimizerName): number[] {
  const its = told(runs, task, b).outcome.at(-1)!;
  return told(runs, task, a)
    .outcome.at(-1)!
    .map((loss, seed) => loss / its[seed]!);
}

function compare(
  runs: readonly SparseRun[],
  claim: string,
  task: TaskName,
  a: OptimizerName,
  b: OptimizerName,
  bound = 1,
): Finding {
  const ratio = medianInterval(ratios(runs, task, a, b));
  return {
    claim,
    verdict: judge(ratio, 'below', bound),
    evidence: `held-out loss of ${a} over that of ${b}: ${shown(ratio, 3)}; criterion: the whole interval below ${bound}`,
  };
}

function advantage(runs: readonly SparseRun[], a: OptimizerName, b: OptimizerName): Finding {
  const [sparse, dense] = [ratios(runs, 'sparse', a, b), ratios(runs, 'dense', a, b)];
  const change = medianInterval(sparse.map((ratio, seed) => ratio / dense[seed]!));
  return {
    claim: "It is sparseness that AdaGrad's advantage comes from: on dense features it is smaller.",
    verdict: judge(change, 'below', 1),
    evidence: `loss of ${a} over that of ${b}: ${shown(medianInterval(sparse), 3)} on sparse, ${shown(medianInterval(dense), 3)} on dense features; the first over the second: ${shown(change, 3)}; criterion: the whole interval below 1`,
  };
}

function bodyOf(runs: readonly SparseRun[]): string {
  const [share, rarest] = [frequencies[0]!, frequencies.at(-1)!].map(each => `${(100 * each).toFixed(1)} %`);
  const losses = optimizerNames.map(optimizer => [
    optimizer,
    ...taskNames.map(task => shown(medianInterval(told(runs, task, optimizer).outcome.at(-1)!), 3)),
  ]);
  const settings = optimizerNames.map(optimizer => [
    optimizer,
    ...taskNames.map(task => {
      const {rate, isFalling} = told(runs, task, optimizer).setting;
      const grid = ratesOf(optimizer, isFalling);
      const edge = rate === grid[0] ? ', the largest' : rate === grid.at(-1) ? ', the smallest' : '';
      return `${rate}${isFalling ? '/√t' : ''}${edge}`;
    }),
  ]);
  const head = ['', ...taskNames.map(task => tasks[task].title)];
  return `## How it was done

Documents of ${documentLength} words from a vocabulary of ${vocabulary}, drawn by Zipf's law, become bags of words: ${share} of them have the most frequent word, ${rarest} the rarest. The
log-odds of the label are linear, and each word has the same share in their variance, so that a rare word says more where it comes, as in the setting that AdaGrad was made for. Logistic
regression sees ${steps} batches of ${batchSize} new documents, and the loss is told on documents that it has not seen. Dropout sets half of the features of a training batch to 0 and doubles the others; the
control has independent normal features of equal variance.

Each optimizer has the best rate of a grid (a factor of 2 apart), constant or falling with 1/√t as in Kingma and Ba's analysis, by the mean loss in the end over other seeds than those told; AdaGrad's falls by
itself. The other options are the library's defaults.

TensorFlow.js has no sparse gradients: that of a word which no document of the batch has is 0, in a dense tensor. SGD and AdaGrad then leave its weight alone; momentum and the
moments of Adam go on, as they do in the papers' formulas. None of them saves time by it.

## Held-out loss

${table(head, losses)}

![Held-out loss over steps](sparseAndNoisy-losses.svg)

## Best rates

${table(head, settings)}`;
}

function chart(runs: readonly SparseRun[]) {
  const points = taskNames.flatMap(task =>
    optimizerNames.flatMap(optimizer => {
      const {outcome} = told(runs, task, optimizer);
      return outcome.map(
        (losses, look): Point => ({
          series: optimizer,
          x: ((look + 1) * steps) / outcome.length,
          ...medianInterval(losses),
          panel: tasks[task].title,
        }),
      );
    }),
  );
  return curves({
    x: {title: 'gradients'},
    y: {title: 'held-out loss', domain: [0.3, 0.9]},
    points,
    width: 240,
  });
}
