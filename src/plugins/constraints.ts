import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {InjectOptimizer} from '../inject/injectOptimizer.js';
import type {OptionSpec, OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {registeredObject} from '../inject/registeredObject.js';
import {choiceOf, weightsSpec} from '../inject/selectWeights.js';
import {stages} from '../inject/stages.js';
import {type NewTensors, updateGroup} from '../rules/index.js';

/** Where a weight must lie: one of `tf.constraints`, or a function that projects a tensor to one of its shape. */
export type WeightConstraint = {apply(value: tf.Tensor): tf.Tensor} | ((value: tf.Tensor) => tf.Tensor);

type Project = (value: tf.Tensor) => tf.Tensor;

const specs = {
  constraint: {
    fallback: undefined,
    mustBe: 'one of tf.constraints, or a function from tensor to tensor',
    accepts: value =>
      typeof value === 'function' || typeof (value as {apply?: unknown} | null)?.apply === 'function',
    saved: savedConstraint,
    loaded: saved => loadedConstraint(saved as SavedConstraint),
  } as OptionSpec<WeightConstraint | undefined>,
  weights: weightsSpec,
};

export type ConstraintsOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Holds weights where they must lie: after each step it projects them to the
 * constraints of their layers (`kernelConstraint` and the like), which tfjs
 * itself ignores in training, or to one that is given here.
 *
 * Update rule, for each weight θ (any shape) with a constraint C, after each step:
 *     θ ← project(θ, C)
 *
 * Cost: no further phase; the projections, and memory for all of them at once.
 * Runs on: afterStep.
 * Changes: weights.
 * Neutral setting: no weight with a constraint, and none given.
 * Order: first after the step, so that Lookahead and averages see projected weights. In use twice, the second projects by its
 *     own option alone.
 * Evaluation: sees the projected weights.
 * Saved: nothing.
 * Differs from Keras: nothing; an optimizer of tfjs-inject in the seat projects to layers' constraints by itself, and they
 *     are not projected twice.
 *
 * @param options.constraint  for the chosen weights, in place of their own. Default: each weight's own.
 * @param options.weights     which it is for: a name, regular expression, layer, predicate, or a list. Default: all.
 * @throws InjectError `INVALID_OPTION`, also for weights without a constraint, and where a projection gives no tensor;
 *     `UNKNOWN_OPTION`.
 * @example
 * const kernelConstraint = tf.constraints.maxNorm({maxValue: 2});
 * const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [4], kernelConstraint})]});
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new Constraints().inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Srebro, Rennie and Jaakkola, "Maximum-margin matrix factorization", NIPS 2004 (max-norm)
 */
export class Constraints extends pluginOf('tfjs-inject/Constraints', specs) {
  constructor(options?: ConstraintsOptions) {
    super(options);
    if (this.options.weights === undefined || this.options.constraint !== undefined) return;
    throw new InjectError(
      'INVALID_OPTION',
      `weights of Constraints need a constraint, which they are chosen for; received none`,
    );
  }

  override apply(injection: Injection): void {
    const isChosen = choiceOf(this.name, this.options.weights, injection.weights);
    const isFirst = !injection.plugins.some(({name}) => name === this.name);
    const projections = new Map<string, Project>();
    const group = updateGroup({
      name: 'projection',
      compute: ({weights}) =>
        weights.map(({name, weight}): NewTensors => {
          const project = projections.get(name);
          return project ? {weight: projected(project, weight, name)} : {};
        }),
    });
    injection.hooks.afterStep.tap({name: this.name, stage: stages.project}, ({weights}) => {
      const isOwnDue = isFirst && !(injection.optimizer instanceof InjectOptimizer);
      projections.clear();
      for (const weight of weights) {
        const project =
          (isChosen(weight) ? this.given() : undefined) ?? (isOwnDue ? weight.project : undefined);
        if (project) projections.set(weight.key, project);
      }
      if (projections.size > 0) injection.update(this, group);
    });
  }

  private given(): Project | undefined {
    const {constraint} = this.options;
    if (!constraint) return undefined;
    return 'apply' in constraint && typeof constraint !== 'function'
      ? value => constraint.apply(value)
      : (constraint as Project);
  }
}

function projected(project: Project, weight: tf.Tensor, name: string): tf.Tensor {
  const value: unknown = project(weight);
  if (value instanceof tf.Tensor) return value;
  throw new InjectError(
    'INVALID_OPTION',
    `the constraint of weight '${name}' must give a tensor; it gave ${shown(value)}`,
  );
}

interface SavedConstraint {
  readonly className: string;
  readonly config: tf.serialization.ConfigDict;
}

function savedConstraint(constraint: WeightConstraint | undefined): SavedConstraint {
  if (constraint instanceof tf.serialization.Serializable)
    return {className: constraint.getClassName(), config: constraint.getConfig()};
  throw new InjectError(
    'INVALID_OPTION',
    `a constraint must be one of tf.constraints to be saved; received ${shown(constraint)}`,
  );
}

function loadedConstraint({className, config}: SavedConstraint): WeightConstraint {
  const constraint = registeredObject(className, config);
  if (constraint) return constraint as unknown as WeightConstraint;
  throw new InjectError(
    'INVALID_OPTION',
    `the class of a saved constraint must be registered; received ${shown(className)}`,
  );
}

tf.serialization.registerClass(Constraints);
