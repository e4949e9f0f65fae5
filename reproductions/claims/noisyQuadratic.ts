import type {Experiment} from '../experiment.js';
import {report} from './noisyQuadratic/report.js';
import {type Setting, settingsOf, simulationOf} from './noisyQuadratic/settings.js';
import {type Outcome, simulate} from './noisyQuadratic/simulate.js';

export const noisyQuadratic: Experiment<Setting, Outcome> = {
  name: 'noisyQuadratic',
  title: 'Lookahead on a noisy quadratic',
  summary: `Zhang et al., "Lookahead Optimizer: k steps forward, 1 step back", NeurIPS 2019, section 3: on a quadratic whose minimum is moved by noise
in each step, the slow weights of Lookahead around SGD settle at a variance that proposition 2 tells, below that of SGD with the same learning rate; and
where both settle at the same loss, Lookahead gets there faster. Here thousands of independent copies of such a problem are trained.`,
  backend: 'tensorflow',
  next: (done, effort) => (done.length > 0 ? [] : settingsOf(effort)),
  run: (setting, effort) => simulate(simulationOf(setting, effort)),
  report: runs => report(runs),
};
