import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {Adam, ASAM, type Injection, SAM, SGD} from '../../src/index.js';
import {logisticRegression, type Problem, quadratic, rosenbrock} from './problems.js';
import {type Trajectory, trajectoryOfModel} from './trajectories.js';

const rho = 0.05;
const sgd = (learningRate: number) => new SGD({learningRate});
const momentum = (learningRate: number) => new SGD({learningRate, momentum: 0.9});
const adam = () => new Adam({learningRate: 2 ** -4});

/** What test/golden/sam.py has, by its names: the optimizer, and the plugin around it. */
const runs: Readonly<Record<string, readonly [typeof sgd | typeof adam, () => SAM | ASAM]>> = {
  'SAM around SGD': [sgd, () => new SAM({rho})],
  'SAM around SGD with momentum': [momentum, () => new SAM({rho})],
  'SAM around Adam': [adam, () => new SAM({rho})],
  'ASAM around SGD': [sgd, () => new ASAM({rho})],
  'ASAM around SGD with momentum': [momentum, () => new ASAM({rho})],
  'ASAM around Adam': [adam, () => new ASAM({rho})],
  'ASAM without η, of biases too, around SGD': [sgd, () => new ASAM({rho, eta: 0, scalesBiases: true})],
};

export const samProblems: readonly Problem[] = [quadratic, rosenbrock, logisticRegression];

export const samRunNames: readonly string[] = Object.keys(runs);

/** One of them, on the backend and in the precision in use. */
export function followSamRun(name: string, problem: Problem, steps: number): Promise<Trajectory> {
  const [make, plugin] = runs[name]!;
  const seat = (model: LayersModel): Injection => make(problem.learningRate).inject(model).use(plugin());
  return trajectoryOfModel(tf.train.sgd(1), seat, problem, steps);
}
