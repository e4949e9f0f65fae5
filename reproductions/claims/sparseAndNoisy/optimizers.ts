import {Adagrad, Adam, type InjectOptimizer, type Rate, RMSprop, SGD} from '../../../src/index.js';

interface Tried {
  readonly make: (learningRate: Rate) => InjectOptimizer;
  /** The largest rate of the grid that is constant; of the one that falls with 1/√t it is `atFalling` times that. */
  readonly largest: number;
  /** Whether a rate that falls is tried as well: Adagrad's falls by itself. */
  readonly mayFall: boolean;
}

const momentum = 0.9;

export const optimizers = {
  SGD: {make: learningRate => new SGD({learningRate}), largest: 2.5, mayFall: true},
  'SGD with Nesterov momentum': {
    make: learningRate => new SGD({learningRate, momentum, nesterov: true}),
    largest: 0.25,
    mayFall: true,
  },
  RMSprop: {make: learningRate => new RMSprop({learningRate}), largest: 0.125, mayFall: true},
  Adagrad: {make: learningRate => new Adagrad({learningRate}), largest: 1.25, mayFall: false},
  Adam: {make: learningRate => new Adam({learningRate}), largest: 0.125, mayFall: true},
} as const satisfies Record<string, Tried>;

export type OptimizerName = keyof typeof optimizers;
export const optimizerNames = Object.keys(optimizers) as OptimizerName[];

const [factor, count, atFalling] = [2, 6, 10];

/** From the largest rate down. */
export function ratesOf(name: OptimizerName, isFalling: boolean): number[] {
  const largest = optimizers[name].largest * (isFalling ? atFalling : 1);
  return Array.from({length: count}, (_, i) => Number((largest / factor ** i).toPrecision(3)));
}
