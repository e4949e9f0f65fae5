import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {type OptionsOf, oneOf, rate} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {type Group, membersOfGroup} from '../inject/seat.js';
import {choiceOf, weightsSpec} from '../inject/selectWeights.js';
import {shortName} from '../inject/shortName.js';
import {stages} from '../inject/stages.js';
import type {Weight, WeightMap} from '../inject/weight.js';
import {type ComputeGroup, elementwise, updateGroup} from '../rules/index.js';
import {requireAlone} from './shared/requireAlone.js';

const specs = {
  weightDecay: rate(0.01),
  decay: oneOf('decoupled', 'decoupled', 'independent'),
  weights: weightsSpec,
};

export type WeightDecayOptions = Partial<OptionsOf<typeof specs>>;

/** The rounding of AdamW's: λ and α as float32, then their product. */
const shrink = elementwise<'weight' | 'rate' | 'weightDecay', 'weight'>(
  'weight decay',
  ({weight, rate, weightDecay}) => ({weight: weight.sub(weight.mul(rate.mul(weightDecay)))}),
);

/**
 * Decay of the weights that does not go through the optimizer's gradient, so that it pulls all weights alike: what makes
 * AdamW of Adam, around any optimizer.
 *
 * Update rule, for each weight θ (any shape), once in a step, before the optimizer's first update:
 *     θ ← θ − α·λ·θ                     or, with decay 'independent', θ − λ·θ
 *
 * Cost: no further phase; one kernel for each weight, and no slot.
 * Runs on: groups (to look), gradients.
 * Changes: weights, before the first phase's update. Skipped and postponed batches change nothing.
 * Neutral setting: weightDecay = 0.
 * Order: at the end of `gradients`, so that gradients are those at the weights before they decay. One per model. Not around
 *     optimizers that decay by themselves or by one within them, that keep copies of the weights in slots (schedule-free, Prodigy,
 *     extragradient), or that search along a line: their weights are not where their formulas left them.
 * Evaluation: not touched.
 * Saved: nothing.
 * Differs from AdamW: nothing; around Adam it is AdamW, bit for bit. Weights without a gradient and frozen ones do not decay.
 *
 * @param options.weightDecay  λ ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.decay        `'decoupled'`: times the step's learning rate α, after schedules; `'independent'`: of it. Default
 *     `'decoupled'`.
 * @param options.weights      which decay: by name of a weight or layer, by regular expression on names, by layer, by
 *     predicate, or a list of these. Default: all, biases and norms too.
 * @throws InjectError `INVALID_OPTION` where `weights` chooses none, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT`.
 * @example
 * model.compile({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError'});
 * new WeightDecay({weightDecay: 0.1, weights: /kernel$/}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2
 */
export class WeightDecay extends pluginOf('tfjs-inject/WeightDecay', specs) {
  override apply(injection: Injection): void {
    requireAlone(this, injection, 'the decay of two adds up to one that neither names');
    const chooses = choiceOf(this.name, this.options.weights, injection.weights);
    this.refuseOptimizer(injection);
    injection.hooks.groups.tap(this.name, groups => {
      for (const group of groups.flatMap(membersOfGroup)) refuseGroup(group);
    });

    // Weights are chosen once: a predicate is the user's code.
    const isChosen = new WeakMap<Weight, boolean>();
    let decaying: ReadonlySet<string> = new Set();
    const group: ComputeGroup = updateGroup({
      name: 'weight decay',
      scalars: ['rate', 'weightDecay'],
      compute: ({weights, scalars}) =>
        weights.map(({name, weight}) => (decaying.has(name) ? shrink({weight, ...scalars} as never) : {})),
    });
    const choose = (gradients: WeightMap): Set<string> => {
      const keys = new Set<string>();
      for (const weight of gradients.keys()) {
        if (!isChosen.has(weight)) isChosen.set(weight, chooses(weight));
        if (isChosen.get(weight)) keys.add(weight.key);
      }
      return keys;
    };
    const tap = {name: this.name, stage: stages.decay};
    injection.hooks.gradients.tap(tap, (gradients, {index, step}) => {
      if (index > 0) return;
      this.refuseOptimizer(injection);
      const weightDecay = this.rateOf('weightDecay', step.iterations - 1);
      const rate = this.options.decay === 'decoupled' ? step.learningRate : 1;
      if (weightDecay === 0 || rate === 0) return;
      decaying = choose(gradients);
      injection.update(this, group, {rate, weightDecay});
    });
  }

  /** Asked at each step as well: another optimizer may take the seat. */
  private refuseOptimizer({optimizer}: Injection): void {
    const {learningRate} = optimizer as unknown as {learningRate?: unknown};
    const decaying = decayingIn(optimizer);
    if (decaying) {
      const whose = decaying === optimizer ? '' : ` within ${shortName(optimizer)}`;
      throw new InjectError(
        'PLUGIN_CONFLICT',
        `weights must decay once; ${shortName(decaying)}${whose} has a weightDecay of its own, ` +
          shown(decaying.options!.weightDecay),
      );
    }
    if (this.options.decay === 'independent' || ['number', 'function'].includes(typeof learningRate)) return;
    throw new InjectError(
      'PLUGIN_CONFLICT',
      `decay 'decoupled' needs an optimizer with a learningRate; ${shortName(optimizer)} has none`,
    );
  }
}

interface Decaying extends Pick<tf.Optimizer, 'getClassName'> {
  readonly options?: {readonly weightDecay?: unknown};
  readonly innerOptimizers?: readonly Decaying[];
}

/** The optimizer that decays weights by itself: this one, or one within it. */
function decayingIn(optimizer: Decaying): Decaying | undefined {
  if (optimizer.options?.weightDecay) return optimizer;
  for (const inner of optimizer.innerOptimizers ?? []) {
    const found = decayingIn(inner);
    if (found) return found;
  }
  return undefined;
}

function refuseGroup(group: Group): void {
  const copy = Object.keys(group.slots).find(
    slot => (group.slots as Record<string, unknown>)[slot] === 'weight',
  );
  if (copy === undefined && !(group.kind === 'compute' && group.evaluates)) return;
  throw new InjectError(
    'PLUGIN_CONFLICT',
    `WeightDecay needs an optimizer that takes the weights as it finds them; group '${group.name}' ` +
      (copy === undefined ? 'searches along a line from them' : `has a copy of them in slot '${copy}'`),
  );
}

tf.serialization.registerClass(WeightDecay);
