import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {InjectError, shown} from '../errors.js';
import {holderOf} from './holders.js';
import {type InjectOptions, injectOptimizer} from './inject.js';
import type {Injection} from './injection.js';
import {MinimizeLoop} from './minimizeLoop.js';
import {checkOptions, configOf, loadedOptions, type OptionSpecs, type Rate, rate, rateAt} from './options.js';
import {OwnSeat} from './ownSeat.js';
import type {OwnGroup} from './partitionedGroup.js';
import {type GroupedUpdates, needsLoss, stateNames} from './seat.js';
import {shortName} from './shortName.js';
import {Slots} from './slots.js';
import {update} from './update.js';
import type {Weight} from './weight.js';

/** What every optimizer has. */
export interface InjectOptimizerOptions {
  /** α, step size: finite and ≥ 0, or a function of the completed steps. Default 0.01. */
  learningRate?: Rate;
}

type Complete = {learningRate: Rate};

/**
 * An optimizer as a list of update groups: each is applied with a gradient of
 * its own, taken on the same batch at the weights that the group before has
 * left. It is a `tf.Optimizer` as well: in `compile`, in a hand-written
 * `minimize` loop, in `model.save`.
 *
 * A subclass writes `getGroupedUpdates`; `optimizerOf` gives it its options. One
 * without that passes them and what they must be to `super`, and needs for
 * loading by name a static `className`; both need `tf.serialization.registerClass`.
 *
 * @param options what the user gave.
 * @param specs   what each option must be; `learningRate` is among them.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 */
export abstract class InjectOptimizer<O extends Complete = Complete> extends tf.Optimizer {
  /** The options, with defaults filled in. */
  readonly options: Readonly<O>;
  /** α; may be changed between steps. */
  learningRate: Rate;
  /** @internal */
  readonly slots: Slots;
  /** @internal */
  readonly seat: OwnSeat = new OwnSeat(this);
  /** The class's name as errors and saved slots have it. */
  private readonly shortName: string;
  private readonly specs: OptionSpecs<O>;
  private handedOut: tf.Tensor[] = [];
  /** @internal The steps of its own `minimize`. */
  loop: MinimizeLoop | undefined;

  constructor(
    options?: Partial<O>,
    specs: OptionSpecs<O> = {learningRate: rate(0.01)} as unknown as OptionSpecs<O>,
  ) {
    super();
    this.specs = specs;
    this.shortName = shortName(this);
    if (!('learningRate' in specs)) {
      throw new InjectError(
        'INVALID_OPTION',
        `the specs of ${this.shortName} must have a learningRate, such as learningRate: option.rate(0.01); received ${Object.keys(specs).join(', ') || 'none'}`,
      );
    }
    this.options = Object.freeze(checkOptions(this.shortName, options, specs));
    this.learningRate = this.options.learningRate;
    this.slots = new Slots(this.shortName);
  }

  /**
   * The update groups, in order: an array, asked for once; or a generator, run
   * in each step, which yields groups that were made once and receives for
   * each the phase that it has become.
   */
  abstract getGroupedUpdates(): GroupedUpdates;

  /**
   * Takes the seat of the model's optimizer, whether or not it is the one that
   * was given to `compile`, until `eject()`.
   *
   * @param options as of `inject`.
   * @throws InjectError `ALREADY_INJECTED` where it serves another model, or another optimizer was injected here;
   *     else as `inject`.
   */
  inject(model: LayersModel, options?: InjectOptions): Injection {
    return injectOptimizer(model, this, options);
  }

  /** Of an optimizer that is a method for the gradient flow θ′ = −∇L: the order p of its step, whose error is O(αᵖ⁺¹). */
  get order(): number | undefined {
    return undefined;
  }

  /** The optimizers whose formulas serve within this one, such as those of `Partitions`: what plugins ask of its options, they ask of theirs. */
  get innerOptimizers(): readonly InjectOptimizer[] {
    return [];
  }

  /** Is told the weights before it trains them for the first time: an option may have to agree with them. */
  checkWeights(_weights: readonly Weight[]): void {}

  /** @throws InjectError `NOT_INJECTED` from `fit` with several phases or parts: a batch is replayed, and layers are known, only where it is injected. */
  override minimize(loss: () => tf.Scalar, returnCost = false, variables?: tf.Variable[]): tf.Scalar | null {
    const holder = holderOf(this);
    if (holder && holder !== this.loop?.injection) {
      throw new InjectError(
        'ALREADY_INJECTED',
        `${this.shortName} trains the model that it was injected into; another model, or a hand-written minimize, needs one of its own`,
      );
    }
    return (this.loop ?? this.openLoop()).minimize(loss, returnCost, variables);
  }

  /** @internal */
  openLoop(seed?: number): MinimizeLoop {
    // A loop that has a seed has an injection that somebody holds.
    if (this.loop?.injection.seed !== seed) this.loop = undefined;
    this.loop ??= new MinimizeLoop(this.seat, seed, () => {
      this.loop = undefined;
    });
    return this.loop;
  }

  /**
   * Applies gradients that were computed elsewhere, as one step.
   *
   * @throws InjectError `NEEDS_LOSS` for an optimizer of several phases, which must evaluate the loss itself.
   */
  override applyGradients(gradients: tf.NamedTensorMap | {name: string; tensor: tf.Tensor}[]): void {
    const plan = this.seat.makePlan();
    if (plan.kind === 'generated' || needsLoss(plan)) {
      throw new InjectError(
        'NEEDS_LOSS',
        `${this.shortName} must evaluate the loss itself, more than once or not at the weights: use minimize`,
      );
    }
    const named = Array.isArray(gradients)
      ? gradients
      : Object.keys(gradients).map(name => ({name, tensor: gradients[name]!}));
    const {registeredVariables} = tf.engine();
    const present = new Map<Weight, tf.Tensor>();
    for (const {name, tensor} of named) {
      const variable = registeredVariables[name];
      if (!variable)
        throw new InjectError('INVALID_OPTION', `a gradient must name a variable; received ${shown(name)}`);
      if (tensor != null) present.set({key: name, variable}, tensor);
    }
    update(plan.groups[0] as OwnGroup, {
      weights: present.keys(),
      gradients: present,
      slots: this.slots,
      iterations: this.iterations + 1,
      learningRate: this.rateAt(this.iterations),
      isOptimizer: true,
    });
    this.completedSteps++;
  }

  override getClassName(): string {
    return (this.constructor as {className?: string}).className ?? this.constructor.name;
  }

  /** @throws InjectError `INVALID_OPTION` where an option is what no file can hold: neither plain nor one of `schedules`, without `saved` in its spec. */
  override getConfig(): tf.serialization.ConfigDict {
    const isFinal = this.getConfig === InjectOptimizer.prototype.getConfig;
    const options = {...this.options, learningRate: this.learningRate};
    return configOf(this.shortName, options, this.specs, isFinal);
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // tfjs adds its registry to every config that it reads from a file.
    const {customObjects: _, ...options} = config;
    return new cls(loadedOptions(options, (cls as {specs?: Parameters<typeof loadedOptions>[1]}).specs));
  }

  /** Not inherited from `tf.Optimizer`, which takes whatever has its methods for its instance. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the subclass that was asked.
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** The step count and all slots, named `<optimizer>/<slot>/<weight>`. They stay this optimizer's, which replaces them in its next step: do not dispose of them, and take copies of what is to last. */
  override async getWeights(): Promise<{name: string; tensor: tf.Tensor}[]> {
    this.takeBack();
    // Of its own groups: those that plugins have added are not saved with a model.
    const own = stateNames(this.seat.makePlan());
    const entries = [await this.saveIterations(), ...this.slots.entries(own?.slots, own?.counters)];
    this.handedOut = entries.map(({tensor}) => tensor).filter(tensor => !this.slots.owns(tensor));
    return entries;
  }

  /** @throws InjectError `CHECKPOINT_MISMATCH` without a step count, `UNKNOWN_SLOT`; before anything has changed. */
  override async setWeights(values: {name: string; tensor: tf.Tensor}[]): Promise<void> {
    const [counter, ...rest] = values;
    if (counter?.name !== 'iter') {
      throw new InjectError(
        'CHECKPOINT_MISMATCH',
        `the saved state of ${this.shortName} must begin with 'iter'; received ${shown(counter?.name)}`,
      );
    }
    const saved = await Promise.all(
      rest.map(async ({name, tensor}) => ({
        name,
        shape: tensor.shape,
        values: Float32Array.from(await tensor.data()),
      })),
    );
    const iterations = (await counter.tensor.data())[0]!;
    const own = stateNames(this.seat.makePlan());
    this.slots.load(saved, own?.slots, own?.counters);
    this.completedSteps = iterations;
  }

  override dispose(): void {
    this.takeBack();
    this.slots.dispose();
  }

  /** @internal Steps taken. */
  get completedSteps(): number {
    return this.iterations;
  }
  set completedSteps(steps: number) {
    this.iterations_ = steps;
  }

  /** @internal */
  rateAt(completedSteps: number): number {
    return rateAt(this.shortName, this.learningRate, completedSteps);
  }

  /** @internal Frees what `getWeights` made for its caller. */
  takeBack(): void {
    tf.dispose(this.handedOut);
    this.handedOut = [];
  }
}
