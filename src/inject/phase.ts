import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {elementwise} from '../rules/index.js';
import {type Evaluated, type Evaluation, runAll} from './evaluation.js';
import type {Step} from './step.js';
import type {Weight, WeightMap} from './weight.js';
import {withValues} from './withValues.js';

const displaced = elementwise<'weight' | 'shift', 'place'>('displacement', ({weight, shift}) => ({
  place: weight.add(shift),
}));

/** An update group and the gradient that it consumes, while they are at work. */
export class Phase {
  /** Loss at this phase's weights. Valid until the phase ends. */
  loss!: tf.Scalar;
  /** Gradients as they stand: raw, then as the hooks changed them. Valid until the phase ends. */
  gradients!: WeightMap;

  constructor(
    readonly step: Step,
    /** 0 for the step's first phase. */
    readonly index: number,
    /** The update group's name. */
    readonly name: string,
    readonly evaluations: readonly Evaluation[],
  ) {}

  /**
   * Loss and gradients at weights moved by `displacement`, on the phase's
   * batch, with the same masks and layer states; the weights are put back as
   * they were, to the last bit. Weights that are absent stay where they are.
   * The result belongs to the step and is freed with it.
   *
   * @throws InjectError `SHAPE_MISMATCH` where a displacement has not its weight's shape.
   */
  evaluateAt(displacement: WeightMap): Evaluated {
    for (const [weight, shift] of displacement) checkShape('displacement', weight, shift);
    const places = [...displacement].map(
      ([weight, shift]) => [weight, () => displaced({weight: weight.variable, shift}).place] as const,
    );
    return this.evaluateWith(new Map(places));
  }

  /**
   * The same with other values in some weights, where a value is computed
   * from its weight at once instead of by way of a displacement. The functions
   * are called one after another, each just before its weight is written: one
   * may read its own weight, and none of the others.
   *
   * @throws InjectError `SHAPE_MISMATCH` where a value has not its weight's shape; the weights are put back then, too.
   */
  evaluateWith(values: ReadonlyMap<Weight, () => tf.Tensor>): Evaluated {
    const checked = [...values].map(([weight, compute]) => {
      const make = () => {
        const value = compute();
        checkShape('value', weight, value);
        return value;
      };
      return [weight, make] as const;
    });
    return withValues(new Map(checked), () => runAll(this.evaluations));
  }
}

function checkShape(what: string, {key, variable}: Weight, {shape}: tf.Tensor): void {
  if (shape.join() === variable.shape.join()) return;
  throw new InjectError(
    'SHAPE_MISMATCH',
    `a ${what} of weight '${key}' must have shape [${variable.shape}]; received [${shape}]`,
  );
}
