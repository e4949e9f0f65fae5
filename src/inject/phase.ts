import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {elementwise} from '../rules/index.js';
import {type Evaluated, type Evaluation, runAll} from './evaluation.js';
import type {Step} from './step.js';
import type {WeightMap} from './weight.js';
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
    for (const [{key, variable}, {shape}] of displacement) {
      if (shape.join() !== variable.shape.join()) {
        throw new InjectError(
          'SHAPE_MISMATCH',
          `a displacement of weight '${key}' must have shape [${variable.shape}]; received [${shape}]`,
        );
      }
    }
    const moved = [...displacement].map(
      ([weight, shift]) => [weight, () => displaced({weight: weight.variable, shift}).place] as const,
    );
    return withValues(new Map(moved), () => runAll(this.evaluations));
  }
}
