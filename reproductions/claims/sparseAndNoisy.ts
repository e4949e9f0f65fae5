import type {Experiment} from '../experiment.js';
import {report} from './sparseAndNoisy/report.js';
import {nextSettings, type Outcome, type Setting, seedsOfPart} from './sparseAndNoisy/settings.js';
import {train} from './sparseAndNoisy/train.js';

export const sparseAndNoisy: Experiment<Setting, Outcome> = {
  name: 'sparseAndNoisy',
  title: 'Sparse and noisy gradients',
  summary: `Duchi, Hazan and Singer, "Adaptive Subgradient Methods", JMLR 2011, and Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015,
section 6.1: where features are sparse and rare ones matter, dividing each gradient by what its weight has seen so far beats one rate for all; Adam does as well as
AdaGrad there, and keeps it up where dropout makes the gradients noisy. Here logistic regression learns generated bags of words.`,
  backend: 'tensorflow',
  next: nextSettings,
  run(setting, effort) {
    const looks = train({...setting, seeds: seedsOfPart(setting, effort)});
    return setting.part === 'told' ? looks : looks.slice(-1);
  },
  report: runs => report(runs),
};
