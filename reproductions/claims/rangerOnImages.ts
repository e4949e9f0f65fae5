import type {Experiment} from '../experiment.js';
import {type ImageOutcome, trainOnImages} from '../imageTraining.js';
import {percent, percentPoints} from '../report/percent.js';
import {nextOf, type Setting, stepsOf, type Task, trainingOf} from './ranger/contest.js';
import {reportOf} from './ranger/report.js';
import {howOnImages} from './shared/howOnImages.js';

const task: Task<ImageOutcome> = {
  // A multiple of Ranger's k and of Lookahead's.
  steps: 60,
  firstGuesses: {
    'SGD with momentum': 0.1,
    Adam: 0.03,
    RAdam: 0.1,
    'Lookahead around Adam': 0.03,
    Ranger: 0.3,
  },
  score: ({error}) => error,
};

export const rangerOnImages: Experiment<Setting, ImageOutcome> = {
  name: 'rangerOnImages',
  title: 'Ranger, on images',
  summary: `Wright, "New Deep Learning Optimizer, Ranger: Synergistic combination of RAdam + LookAhead for the best of both", 2019, and Yong et al.,
"Gradient Centralization", ECCV 2020: RAdam, Lookahead and centralized gradients together do better than Adam, SGD, and each part alone. Here a small
residual network is trained on small images, with a learning rate tuned for each optimizer.`,
  backend: 'tensorflow',
  next: (done, effort) => nextOf(task, done, effort),
  run: (setting, effort) => trainOnImages(trainingOf(setting), effort),
  report: (runs, effort) =>
    reportOf(
      {
        experiment: 'rangerOnImages',
        task,
        measure: 'held-out error',
        show: percent,
        showDifference: percentPoints,
        showScore: error => `${(100 * error).toFixed(1)} %`,
        how: howOnImages(effort, stepsOf(task, effort)),
      },
      runs,
      effort,
    ),
};
