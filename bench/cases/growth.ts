import * as tf from '@tensorflow/tfjs-core';
import {Adam, type Injection, InjectPlugin, inject, RungeKutta, type Tableau} from '../../src/index.js';
import type {Case} from './case.js';
import {deep} from './models.js';
import {nativeAdam, nativeSGD} from './setups.js';
import {fits} from './training.js';
import {duel} from './updates.js';

const weightCounts = [2 ** 6, 2 ** 9, 2 ** 12, 2 ** 15, 2 ** 18, 2 ** 21];
const tensorCounts = [1, 4, 16, 64, 256, 1024];
const tableaus: readonly Tableau[] = [
  {a: [[]], b: [1]},
  {a: [[], [1 / 2]], b: [0, 1]},
  {a: [[], [1 / 2], [-1, 2]], b: [1 / 6, 2 / 3, 1 / 6]},
  {a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6]},
];
const pluginCounts = [1, 4, 16];

/** Taps what a step passes through, and does nothing there. */
class Onlooker extends InjectPlugin {
  constructor(override readonly name: string) {
    super();
  }

  apply({hooks}: Injection): void {
    const {learningRate, beforeStep, window, evaluated, gradients, afterPhase, afterStep, afterBatch} = hooks;
    for (const hook of [learningRate, window, evaluated, gradients]) hook.tap(this.name, () => undefined);
    for (const hook of [beforeStep, afterPhase, afterStep, afterBatch]) hook.tap(this.name, () => {});
  }
}

/** How ratios to tfjs grow with what there is more of. */
export const growthCases: readonly Case[] = [
  ...weightCounts.map(count => update('weights', count, [[count]])),
  ...tensorCounts.map(count =>
    update(
      'tensors',
      count,
      Array.from({length: count}, () => [64]),
    ),
  ),
  ...tableaus.map(
    (tableau): Case => ({
      group: 'growth: phases',
      name: String(tableau.b.length),
      prepare: environment =>
        fits(
          deep,
          (model, loss) => {
            nativeSGD(model, loss);
            new RungeKutta({tableau, learningRate: 0.001}).inject(model);
          },
          nativeSGD,
          environment,
        ),
    }),
  ),
  ...pluginCounts.map(
    (count): Case => ({
      group: 'growth: plugins',
      name: String(count),
      prepare: environment =>
        fits(
          deep,
          (model, loss) => {
            nativeAdam(model, loss);
            const injection = inject(model);
            for (let i = 0; i < count; i++) injection.use(new Onlooker(`onlooker ${i}`));
          },
          nativeAdam,
          environment,
        ),
    }),
  ),
];

function update(what: string, count: number, over: readonly (readonly number[])[]): Case {
  return {
    group: `growth: ${what}`,
    name: String(count),
    prepare: environment => duel(new Adam(), tf.train.adam(0.001), over, environment),
  };
}
