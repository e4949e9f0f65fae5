import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {InjectOptimizer} from '../inject/injectOptimizer.js';
import {optimizerOf} from '../inject/optimizerOf.js';
import {configOf, loadedOptions, type Rate, rate, required} from '../inject/options.js';
import {type Part, partitionedGroup} from '../inject/partitionedGroup.js';
import {savedText} from '../inject/savedText.js';
import {chooses, loadedSelector, requireChosen, savedSelector} from '../inject/selectWeights.js';
import {shortName} from '../inject/shortName.js';
import type {Weight} from '../inject/weight.js';
import {isOptimizer, otherOptimizer, type Partition, partNames, phasesOf} from './shared/partition.js';
import {rateInProportion} from './shared/rateInProportion.js';
import {loadedOptimizer, type SavedOptimizer, savedOptimizer} from './shared/savedOptimizer.js';

export interface PartitionsOptions {
  /** Updates what no partition chooses. */
  optimizer: InjectOptimizer;
  /** Weights with options of their own; the first that chooses a weight has it. */
  partitions: readonly Partition[];
  /** α. Default: that of `optimizer`. */
  learningRate?: Rate;
}

const specs = {
  learningRate: rate(0.01),
  optimizer: required<InjectOptimizer>('an optimizer of this library', isOptimizer),
  partitions: required<readonly Partition[]>(
    'a list of at least one {weights, learningRateFactor, options, optimizer}',
    value => Array.isArray(value) && value.length > 0,
  ),
};

/**
 * Different weights, different treatment: a learning-rate factor, options, or
 * another optimizer for those that a partition chooses; a main optimizer for
 * the rest.
 *
 * Update rule, for each weight θ, by the optimizer f of its partition, with factor c:
 *     θₜ₊₁ = f(θₜ, c·α)          α: the main optimizer's rate, or that of a partition with a rate of its own
 *
 * Cost: the phases of its optimizers, which must be equally many and search along no line; their slots.
 * Slots: those of its optimizers. Counters are named by what their partition chooses; that of a function by its number.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: there is none. torch has parameter groups for it, optax `partition`.
 *
 * @param options.optimizer     the main optimizer. Only its formula serves here: it can be injected elsewhere.
 * @param options.partitions    [{weights, learningRateFactor, options, optimizer}]; what is not given is as in the main one.
 * @param options.learningRate  α. ≥ 0, finite, or a function of the completed steps. A change of it, by assignment or by a
 *     plugin, changes every partition's rate in proportion. Default: the main optimizer's.
 * @throws InjectError `INVALID_OPTION` where a partition chooses no weight, or none that is left by those before it, where the
 *     optimizers' phases differ, or where one evaluates further within its step (LBFGS); `UNKNOWN_OPTION`.
 * @example
 * const optimizer = new Partitions({
 *   optimizer: new AdamW({learningRate: 0.01, weightDecay: 0.1}),
 *   partitions: [{weights: /bias$/, options: {weightDecay: 0}}, {weights: 'embedding', learningRateFactor: 0.1}],
 * });
 * optimizer.inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see torch.optim's "per-parameter options"; optax.transforms.partition
 */
export class Partitions extends optimizerOf('tfjs-inject/Partitions', specs) {
  private readonly others: readonly InjectOptimizer[];

  constructor(options?: PartitionsOptions) {
    super(options, {
      ...specs,
      learningRate: {...specs.learningRate, fallback: options?.optimizer?.learningRate ?? 0.01},
    });
    const {optimizer, partitions} = this.options;
    this.others = partitions.map((partition, i) => otherOptimizer(partition, optimizer, i + 1));
  }

  override get innerOptimizers(): readonly InjectOptimizer[] {
    return [...this.others, this.options.optimizer];
  }

  getGroupedUpdates() {
    const {partitions} = this.options;
    const phases = this.innerOptimizers.map(phasesOf);
    if (phases.some(({length}) => length !== phases[0]!.length)) {
      const counts = this.innerOptimizers.map((each, i) => `${shortName(each)} ${phases[i]!.length}`);
      throw new InjectError(
        'INVALID_OPTION',
        `the optimizers of Partitions must take equally many phases; received ${counts.join(', ')}`,
      );
    }
    const names = partNames(partitions);
    return phases[0]!.map((_, phase) =>
      partitionedGroup(
        phases.map((groups, i): Part => {
          const partition = partitions[i];
          return {
            name: names[i] ?? 'rest',
            isChoice: partition !== undefined,
            takes: weight => !partition || chooses(partition.weights, weight),
            group: groups[phase]!,
            rateAt: step => this.rateOf(i, step),
          };
        }),
      ),
    );
  }

  override checkWeights(weights: readonly Weight[]): void {
    this.options.partitions.forEach((partition, i) => {
      requireChosen(`weights of partition ${i + 1}`, partition.weights, weights);
    });
    for (const each of this.innerOptimizers) each.checkWeights(weights);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {optimizer, partitions} = this.options;
    const {learningRate} = configOf('Partitions', {learningRate: this.learningRate});
    for (const other of this.others) other.getConfig();
    const saved: Saved = {
      optimizer: savedOptimizer(optimizer),
      partitions: partitions.map(({weights, optimizer: other, ...rest}, i) => ({
        ...configOf(`partition ${i + 1}`, rest),
        weights: savedSelector(weights),
        ...(other && {optimizer: savedOptimizer(other)}),
      })),
    };
    return {learningRate: learningRate!, ...savedText(saved)};
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    {learningRate, name}: tf.serialization.ConfigDict,
  ): T {
    const {optimizer, partitions} = JSON.parse(name as string) as Saved;
    return new cls({
      ...loadedOptions({learningRate}),
      optimizer: loadedOptimizer(optimizer),
      partitions: partitions.map(({weights, optimizer: other, ...rest}) => ({
        ...loadedOptions(rest),
        weights: loadedSelector(weights),
        ...(other && {optimizer: loadedOptimizer(other)}),
      })),
    });
  }

  /** A partition's rate: in proportion to what the main optimizer's has become. */
  private rateOf(
    index: number,
    {iterations, learningRate}: {iterations: number; learningRate: number},
  ): number {
    const {optimizer, partitions} = this.options;
    const {learningRateFactor: factor = 1, options = {}} = partitions[index] ?? {};
    const other = this.others[index];
    if (!other || !(partitions[index]!.optimizer || 'learningRate' in options)) return learningRate * factor;
    const main = {planned: optimizer.rateAt(iterations - 1), actual: learningRate};
    return rateInProportion(other.rateAt(iterations - 1), main) * factor;
  }
}

interface Saved {
  optimizer: SavedOptimizer;
  partitions: {weights: unknown; optimizer?: SavedOptimizer; learningRateFactor?: number; options?: object}[];
}

tf.serialization.registerClass(Partitions);
