import type {Experiment} from '../experiment.js';
import {type ImageOutcome, trainOnImages} from '../imageTraining.js';
import {report} from './radam/report.js';
import {optimizerFor, type Setting, settingsOf} from './radam/settings.js';

export const radam: Experiment<Setting, ImageOutcome> = {
  name: 'radam',
  title: 'RAdam and the learning rate',
  summary: `Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020, section 5: RAdam's result depends little on the
learning rate, where Adam's without a warm-up depends on it, and RAdam does as well as Adam with a warm-up that was tuned. Here a small residual network
with BatchNorm is trained on small images for few steps, with four learning rates.`,
  backend: 'tensorflow',
  next: (done, effort) => (done.length > 0 ? [] : settingsOf(effort)),
  run: (setting, effort) =>
    trainOnImages({...setting, optimizer: optimizerFor(setting), evaluateOn: 'test'}, effort),
  report,
};
