import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {InjectOptimizer} from '../inject/injectOptimizer.js';
import type {OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {type Group, membersOfGroup} from '../inject/seat.js';
import {choiceOf, weightsSpec} from '../inject/selectWeights.js';
import {shortName} from '../inject/shortName.js';
import {stages} from '../inject/stages.js';
import type {Weight} from '../inject/weight.js';
import {elementwise, updateGroup} from '../rules/index.js';
import {requireAlone} from './shared/requireAlone.js';

const specs = {weights: weightsSpec};

export type CautiousOptions = Partial<OptionsOf<typeof specs>>;

/** A weight as its group found it, and the gradient that the group was given. */
interface Found {
  readonly weight: Weight;
  readonly former: tf.Tensor;
  readonly gradient: tf.Tensor;
}

/** What is not a number is not masked: it would be hidden for a step. */
const maskOf = elementwise<'weight' | 'former' | 'gradient', 'mask'>(
  'cautious mask',
  ({weight, former, gradient}) => {
    const move = weight.sub(former);
    const against = gradient.greater(0).select(move, gradient.less(0).select(move.neg(), 0));
    return {mask: gradient.equal(0).select(0, against.greater(0).select(0, 1))};
  },
);

/** Where nothing is masked, the weights stay as the optimizer left them, to the last bit. */
const masked = elementwise<'weight' | 'former' | 'mask' | 'mean', 'weight'>(
  'cautious',
  ({weight, former, mask, mean}) => {
    const moved = former.add(weight.sub(former).div(mean.maximum(1e-3)));
    return {weight: mask.equal(0).select(former, mean.greaterEqual(1).select(weight, moved))};
  },
);

/**
 * Masks what of an optimizer's update goes against the gradient, as momentum
 * may, and enlarges the rest by as much as is missing. It speeds up Adam and
 * its kin, Lion and momentum, with no setting of its own.
 *
 * For each weight θ of n elements, which the optimizer's step takes to θ̃, with the gradient g that it was given:
 *     φ = 1 where (θ̃ − θ)·g ≤ 0 and g ≠ 0, else 0
 *     θ ← θ + φ·(θ̃ − θ)/max(Σφ/n, 10⁻³)
 *
 * Cost: no further phase, no slot; the former weights live on for the time of the update; three kernels for each weight.
 * Runs on: groups, gradients, afterPhase.
 * Changes: weights, right after the optimizer's own update.
 * Neutral setting: none; it equals the plain optimizer, bit for bit, where every element follows its gradient.
 * Order: decoupled decay by a plugin is done before, and not masked; constraints are projected anew; Lookahead and averages come
 *     after. One Cautious per model. Conflicts with optimizers of several phases, with line searches, and with those that take
 *     their gradient elsewhere than at the weights: their moves are not measured by one gradient.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from the paper: the scale is of its authors' later code (the paper has n/(Σφ + 1)). The update is measured from the
 *     weights, which suits any optimizer: decay inside the optimizer (AdamW's) is masked with it, and an element whose move
 *     float32 has rounded away counts as following its gradient.
 *
 * @param options.weights  Which weights: a name, a regular expression, a layer, a predicate, or a list of these. Default all.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` as above.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new Cautious().inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Liang et al., "Cautious Optimizers: Improving Training with One Line of Code", arXiv 2411.16085, algorithm 1
 */
export class Cautious extends pluginOf('tfjs-inject/Cautious', specs) {
  /** By the weight's key; of the phase under way, and freed with it. */
  private found = new Map<string, Found>();
  private projects = false;
  private readonly group = updateGroup({
    name: 'cautious',
    compute: ({weights}) => weights.map(({name}) => this.masked(name)),
  });

  override apply(injection: Injection): void {
    requireAlone(this, injection, 'a second would mask the same again');
    const {hooks, weights} = injection;
    const isChosen = choiceOf(this.name, this.options.weights, weights);

    // Last, to see the groups that other plugins add.
    hooks.groups.tap({name: this.name, stage: Number.MAX_SAFE_INTEGER}, groups =>
      requireOneGradient(groups, injection),
    );
    hooks.gradients.tap({name: this.name, stage: stages.beforeGroup}, gradients => {
      const chosen = [...gradients].filter(([weight]) => isChosen(weight));
      this.found = new Map(
        chosen.map(([weight, gradient]) => {
          const former = tf.clone(weight.variable);
          return [weight.key, {weight, former, gradient}];
        }),
      );
    });
    hooks.afterPhase.tap({name: this.name, stage: stages.cautious}, () => {
      this.projects = injection.optimizer instanceof InjectOptimizer;
      injection.update(this, this.group);
      this.found.clear();
    });
  }

  private masked(key: string): {weight?: tf.Tensor} {
    const found = this.found.get(key);
    if (!found) return {};
    const {former, gradient} = found;
    const {project, variable: weight} = found.weight;
    return tf.tidy(() => {
      const {mask} = maskOf({weight, former, gradient});
      const moved = masked({weight, former, mask, mean: tf.mean(mask)});
      return this.projects && project ? {weight: project(moved.weight)} : moved;
    });
  }
}

function requireOneGradient(groups: readonly Group[], {optimizer}: Injection): void {
  const isPlain = (group: ReturnType<typeof membersOfGroup>[number]) =>
    !(group.kind === 'compute' && group.evaluates) && !(group.kind === 'rule' && group.point);
  if (groups.length === 1 && groups.flatMap(membersOfGroup).every(isPlain)) return;
  throw new InjectError(
    'PLUGIN_CONFLICT',
    `Cautious needs an optimizer that takes one gradient a step, at the weights; ${shortName(optimizer)} has the ` +
      `groups ${groups.map(({name}) => name).join(', ')}`,
  );
}

tf.serialization.registerClass(Cautious);
