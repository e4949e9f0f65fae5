import {InjectOptimizer} from './injectOptimizer.js';
import type {OptionSpecs, Rate} from './options.js';

/** A class of optimizers that lacks nothing but `getGroupedUpdates`. A subclass with other defaults passes its own specs. */
export type OptimizerClass<O extends {learningRate: Rate}> = Omit<typeof InjectOptimizer, 'prototype'> & {
  readonly className: string;
} & (abstract new (
    options?: Partial<O>,
    specs?: OptionSpecs<O>,
  ) => InjectOptimizer<O>);

/**
 * What an optimizer extends. Of a name and of what its options must be it
 * makes the constructor, which checks them, and their types.
 *
 * @param className its name in saved models, for `tf.serialization.registerClass`; errors say what follows the last `/`, `describe()` the
 *     whole, which tells it from one of TensorFlow.js's.
 * @param specs     what each option must be; `learningRate` is among them.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`, from the constructor.
 * @example
 * class Descent extends optimizerOf('Descent', {learningRate: option.rate(0.01)}) {
 *   getGroupedUpdates() {
 *     const update = ({weight, gradient, learningRate}) => ({weight: weight.sub(gradient.mul(learningRate))});
 *     return [updateGroup({name: 'descent', update})];
 *   }
 * }
 */
export function optimizerOf<O extends {learningRate: Rate}>(
  className: string,
  specs: OptionSpecs<O>,
): OptimizerClass<O> {
  abstract class Optimizer extends InjectOptimizer<O> {
    static readonly className = className;
    /** By which options of a file are read. */
    static readonly specs = specs;

    constructor(options?: Partial<O>, own = specs) {
      super(options, own);
    }
  }
  return Optimizer;
}
