import {type Experiment, seedsOf} from '../experiment.js';
import {report} from './rectification/report.js';
import {type Outcome, type Setting, simulate} from './rectification/simulate.js';

const gradients = [
  {beta2: 0.999, mean: 0},
  {beta2: 0.99, mean: 0},
  {beta2: 0.999, mean: 0.3},
  {beta2: 0.999, mean: 1},
];
const early = {weights: 120_000, told: [1, 2, 3, 5, 6, 8, 12]};
const late = {weights: 10_000, told: [20, 32, 64, 128]};

export const rectification: Experiment<Setting, Outcome> = {
  name: 'rectification',
  title: "The variance of Adam's adaptive rate",
  summary: `Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020, sections 3 and 4: the rate ψ by which Adam scales a
gradient has an undesirably large variance while few gradients have been seen; a closed form tells it, and RAdam's factor r makes it the same at
every step. Here Adam and RAdam of this library take steps on gradients drawn from a normal distribution.`,
  backend: 'tensorflow',
  next(done, effort) {
    if (done.length > 0) return [];
    const spans = effort.isQuick ? [{weights: 2_000, told: [5, 6, 8, 12]}] : [early, late];
    return gradients.flatMap(each =>
      spans.flatMap(span => seedsOf(effort).map(seed => ({seed, ...each, ...span}))),
    );
  },
  run: setting => simulate(setting),
  report: runs => report(runs),
};
