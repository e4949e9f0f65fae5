import type {Experiment} from '../experiment.js';
import {type ImageOutcome, trainOnImages} from '../imageTraining.js';
import {report} from './lookahead/report.js';
import {optimizerFor, pluginsFor, type Setting, settingsOf} from './lookahead/settings.js';

export const lookahead: Experiment<Setting, ImageOutcome> = {
  name: 'lookahead',
  title: 'Lookahead around SGD',
  summary: `Zhang et al., "Lookahead Optimizer: k steps forward, 1 step back", NeurIPS 2019, section 5: around SGD with momentum, Lookahead learns
faster, depends less on the learning rate and momentum of what it goes around, and its own k and α matter little. Here a small residual network with
BatchNorm is trained on small images, with equal numbers of gradients.`,
  backend: 'tensorflow',
  next: (done, effort) => (done.length > 0 ? [] : settingsOf(effort)),
  run: (setting, effort) =>
    trainOnImages(
      {...setting, optimizer: optimizerFor(setting), plugins: pluginsFor(setting), evaluateOn: 'test'},
      effort,
    ),
  report,
};
