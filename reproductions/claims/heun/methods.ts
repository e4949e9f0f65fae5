import {ExtraGradient, Heun, type InjectOptimizer, RungeKutta, SGD} from '../../../src/index.js';

export interface Method {
  readonly make: (learningRate: number) => InjectOptimizer;
  /** Gradients per step. */
  readonly phases: number;
}

/** Momentum of that name. */
export const momentum = 0.9;

export const methods = {
  SGD: {make: learningRate => new SGD({learningRate}), phases: 1},
  'SGD with momentum': {make: learningRate => new SGD({learningRate, momentum}), phases: 1},
  Heun: {make: learningRate => new Heun({learningRate}), phases: 2},
  ExtraGradient: {make: learningRate => new ExtraGradient({learningRate}), phases: 2},
  RK4: {make: learningRate => new RungeKutta({learningRate, tableau: 'rk4'}), phases: 4},
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
