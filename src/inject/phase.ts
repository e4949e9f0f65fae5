import type * as tf from '@tensorflow/tfjs-core';
import {elementwise} from '../rules/index.js';
import {type Evaluated, type Evaluation, runAll} from './evaluation.js';
import type {Step} from './step.js';
import {mapProblem, refuse, tensorProblem} from './tensorProblem.js';
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
   * @throws InjectError `SHAPE_MISMATCH` where a displacement has not its weight's shape or type, `INVALID_OPTION` where it is
   *     no tensor, or of no weight of the step.
   */
  evaluateAt(displacement: WeightMap): Evaluated {
    this.require('a displacement', displacement, 'tensor');
    const places = [...displacement].map(
      ([weight, shift]) => [weight, () => displaced({weight: weight.variable, shift}).place] as const,
    );
    return this.evaluate(new Map(places));
  }

  /**
   * The same with other values in some weights, where a value is computed
   * from its weight at once instead of by way of a displacement. The functions
   * are called one after another, each just before its weight is written: one
   * may read its own weight, and none of the others.
   *
   * @throws InjectError as `evaluateAt`; the weights are put back then, too.
   */
  evaluateWith(values: ReadonlyMap<Weight, () => tf.Tensor>): Evaluated {
    this.require('values', values, 'function');
    const checked = [...values].map(([weight, compute]) => {
      const make = () => {
        const value = compute();
        refuse(
          tensorProblem(value, weight.variable.shape),
          must => `a value of weight '${weight.key}' must be ${must}`,
        );
        return value;
      };
      return [weight, make] as const;
    });
    return this.evaluate(new Map(checked));
  }

  private evaluate(values: ReadonlyMap<Weight, () => tf.Tensor>): Evaluated {
    return withValues(values, () => runAll(this.evaluations));
  }

  private require(what: string, map: unknown, of: 'tensor' | 'function'): void {
    let known: Set<Weight> | undefined;
    const isKnown = (weight: Weight) => {
      known ??= new Set(this.evaluations[0]!.weights);
      return known.has(weight);
    };
    refuse(mapProblem(map, isKnown, of), must => `${what} of the weights must be ${must}`);
  }
}
