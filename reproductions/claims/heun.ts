import type {Experiment} from '../experiment.js';
import {contestReport} from './heun/contests.js';
import {follow} from './heun/follow.js';
import {orderReport} from './heun/orders.js';
import {nextSettings, type Outcome, type Setting, seedsOfPart} from './heun/settings.js';
import {train} from './heun/train.js';

export const heun: Experiment<Setting, Outcome> = {
  name: 'heun',
  title: "Heun's method",
  summary: `The article on invasive optimizers for Keras takes Heun's method for a solution of the gradient flow as the example of an optimizer that needs two
gradients in a step: its error is of second order, that of gradient descent of first. Here the order is measured, and then what the second gradient is worth
when it is paid for, on problems that are stiff, curved, noisy, or a game.`,
  backend: 'cpu',
  next: nextSettings,
  run(setting, effort) {
    const seeds = seedsOfPart(setting, effort);
    if (setting.part === 'order') return [follow({...setting, seeds})];
    const looks = train({...setting, seeds});
    return setting.part === 'told' ? looks : looks.slice(-1);
  },
  report(runs) {
    const [order, contest] = [orderReport(runs), contestReport(runs)];
    return {
      findings: [...order.findings, ...contest.findings],
      body: `${order.body}\n\n${contest.body}`,
      charts: {...order.charts, ...contest.charts},
    };
  },
};
