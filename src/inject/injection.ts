import type * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {RestoreOptions} from '../checkpoint/checkpoint.js';
import {InjectError, shown} from '../errors.js';
import type {ComputeGroup, RuleGroup} from '../rules/updateGroup.js';
import {captureAll} from './captureAll.js';
import {Description} from './describe.js';
import type {EpochSums} from './epochSums.js';
import {claim, release} from './holders.js';
import {
  type Boundary,
  createHooks,
  type FitStart,
  type Hooks,
  rememberTaps,
  type UnresolvedLogs,
} from './hooks.js';
import {type Captured, Journal} from './journal.js';
import {Ledger} from './ledger.js';
import {checkOptions, flag} from './options.js';
import {OwnSeat} from './ownSeat.js';
import {requireEffect} from './partitionedGroup.js';
import {readLogs, requireNumbers} from './readLogs.js';
import {type Mismatches, partOf, type Saved} from './saved.js';
import {mismatchesOf, putAll, type StateHolders, saveAll} from './savedState.js';
import {type Plan, requireConsistent, type Seat} from './seat.js';
import {shortName} from './shortName.js';
import {Slots} from './slots.js';
import {Stepper} from './stepper.js';
import type {Batch, Target} from './target.js';
import {update} from './update.js';
import type {Weight} from './weight.js';
import {atHome} from './withValues.js';

/** What joins in a step: a name, and a function that taps the injection's hooks. */
export interface Plugin {
  readonly name: string;
  /** Gradient evaluations that it adds to each phase, for `describe()`. Default 0. */
  readonly evaluationsPerPhase?: number;
  apply(injection: Injection): void;
}

/** What must wait until training is over. */
export type Change = 'inject' | 'use()' | 'eject()' | 'snapshot()' | 'save()' | 'restore()';

/**
 * The handle of an injection: what `inject` returns. Its `hooks` are where
 * plugins join in; `use` adds one; `eject` gives everything back.
 */
export class Injection {
  readonly hooks: Hooks = createHooks();
  private readonly journal = new Journal();
  private readonly pluginSlots = new Map<Plugin, Slots>();
  private readonly used: Plugin[] = [];
  private isEjected = false;
  /** Whether steps are taken only to be taken back (a search): what lies outside of the injection must not be touched. */
  isTrial = false;
  /** @internal The sums of the running epoch's logs, of a plugin that writes files in the middle of one. */
  epoch: EpochSums | undefined;
  /** @internal */
  readonly ledger: Ledger;
  /** @internal */
  readonly stepper: Stepper;

  /** @internal Users get one from `inject`. */
  constructor(
    private readonly target: Target,
    seat: Seat,
    /** What `inject` was given as `seed`. */
    readonly seed: number | undefined,
    private readonly surroundings: {
      /** Throws where nothing may be changed now. */
      readonly requireIdle: (what: Change) => void;
      readonly close: () => void;
      /** Of a model: whether `compile` has replaced what was injected. */
      readonly isStale?: () => boolean;
      /** A batch of data that a file has held; in a hand-written loop there is none. */
      readonly batchOf?: (data: (tf.Tensor | null)[]) => Batch;
    },
  ) {
    this.ledger = new Ledger(this.hooks, target);
    this.stepper = new Stepper(this.hooks, target, this.journal, this.ledger, seat, this.planFor(seat), seed);
    this.ledger.note();
  }

  /** The optimizer in the seat. */
  get optimizer(): tf.Optimizer {
    return this.stepper.seat.optimizer;
  }

  /**
   * The slots of the optimizer in the seat, for a plugin that moves them along with the weights; what they are called,
   * and how they start, the hook `groups` tells. `undefined` around a foreign optimizer, whose slots are its own.
   */
  get optimizerSlots(): Slots | undefined {
    const {seat} = this.stepper;
    return seat instanceof OwnSeat ? seat.slots : undefined;
  }

  /** The model; `undefined` in a hand-written loop. */
  get model(): LayersModel | undefined {
    return this.target.layersModel;
  }

  /** Whether a plugin has asked to end training: a hand-written loop must look; `fit` does by itself. */
  get isStopped(): boolean {
    return this.target.isStopped;
  }

  /** Completed steps. */
  get iterations(): number {
    return this.stepper.seat.completedSteps;
  }

  /** The plugins, in the order of `use`. */
  get plugins(): readonly Plugin[] {
    return this.used;
  }

  /** The weights that are trained, frozen ones among them; in a hand-written loop, those of all calls so far. */
  get weights(): readonly Weight[] {
    return this.target.weights;
  }

  /** All weights of the model: those that are not trained, statistics of BatchNorm above all, as well. */
  get allWeights(): readonly Weight[] {
    return this.target.allWeights;
  }

  /**
   * Adds a plugin.
   *
   * @returns this injection.
   * @throws InjectError `ALREADY_INJECTED` where it is in use, `TRAINING` during `fit`, `PLUGIN_CONFLICT` where
   *     the plugin refuses the company, `NOT_INJECTED` after `eject()`. Then nothing has changed.
   */
  use(plugin: Plugin): this {
    this.requireLive('use');
    this.surroundings.requireIdle('use()');
    if (typeof plugin === 'function') {
      const {name} = plugin as {name: string};
      throw new InjectError(
        'INVALID_OPTION',
        `use takes an object: write use(new ${name}(…)); received the class`,
      );
    }
    if (typeof plugin?.apply !== 'function' || typeof plugin.name !== 'string' || plugin.name === '') {
      throw new InjectError(
        'INVALID_OPTION',
        `a plugin needs a name and a function apply; received ${shown(plugin)}`,
      );
    }
    claim(plugin, 'plugin', this);
    const putTapsBack = rememberTaps(this.hooks);
    try {
      plugin.apply(this);
      this.stepper.plan = this.planFor(this.stepper.seat);
      this.used.push(plugin);
    } catch (error) {
      putTapsBack();
      this.pluginSlots.get(plugin)?.dispose();
      this.pluginSlots.delete(plugin);
      release(plugin, this);
      throw error;
    }
    return this;
  }

  /** The slots of a plugin, which the injection disposes of at `eject`. */
  slotsOf(plugin: Plugin): Slots {
    let slots = this.pluginSlots.get(plugin);
    if (!slots) {
      if (typeof plugin?.name !== 'string' || plugin.name === '')
        throw new InjectError(
          'INVALID_OPTION',
          `slots must be of a plugin, which has a name; received ${shown(plugin)}`,
        );
      slots = new Slots(plugin.name);
      slots.journal = this.journal;
      this.pluginSlots.set(plugin, slots);
    }
    return slots;
  }

  /**
   * Updates weights and a plugin's slots by a group, as optimizers do: whole or
   * not at all. `iterations` and `learningRate` are those of the step, between steps those after so many completed ones. In a
   * phase whose gradient is taken elsewhere, the weights themselves are read and written, not where they are meanwhile.
   *
   * @param scalars for a group that names its scalars instead of computing them.
   * @param weights of which those that are not frozen are updated. Default: those of the step.
   */
  update(
    plugin: Plugin,
    group: RuleGroup | ComputeGroup,
    scalars?: Readonly<Record<string, number>>,
    weights: readonly Weight[] = this.target.stepped,
  ): void {
    const {step, seat} = this.stepper;
    const updated = weights.filter(({variable}) => variable.trainable);
    atHome(updated, () => {
      update(group, {
        weights: updated,
        slots: this.slotsOf(plugin),
        iterations: step?.iterations ?? this.iterations,
        learningRate: step?.learningRate ?? rateAfter(seat, this.iterations),
        ...(scalars && {scalars}),
        journal: this.journal,
      });
    });
  }

  /**
   * Runs `body` on the weights that evaluation sees (an average, slow weights), as `evaluate` and `predict` do by
   * themselves: for `model.apply`, and for hand-written loops. The training weights are put back to the last bit.
   */
  evaluate<T>(body: () => T): T {
    return this.ledger.during('evaluate', body);
  }

  /**
   * Takes the step of a window that is not full yet (accumulation): `fit` does so at its end, a hand-written loop and
   * `trainOnBatch` must ask for it.
   */
  flush(): void {
    this.requireLive('flush');
    this.stepper.flush();
  }

  /**
   * Runs the plugins' asynchronous work between batches. `fit`, `fitDataset` and, for its batch, `trainOnBatch` do so by themselves; a hand-written loop
   * tells of its batches, epochs and end.
   *
   * @param kind what is to begin, or has ended.
   * @param logs what plugins may read (a monitored `val_loss`), and write into. Numbers take the places of tensors, which stay
   *     yours, but for those of a batch.
   * @throws InjectError `INVALID_OPTION` for another kind, or a log that is no number.
   */
  async passBoundary(kind: Boundary['kind'], logs: UnresolvedLogs = {}): Promise<void> {
    if (!['begin', 'batch', 'epoch', 'train'].includes(kind)) {
      throw new InjectError(
        'INVALID_OPTION',
        `kind of passBoundary must be 'begin', 'batch', 'epoch' or 'train'; received ${shown(kind)}`,
      );
    }
    requireNumbers(kind, logs);
    if (kind !== 'batch' && this.hooks.boundary.isUsed()) await readLogs(logs);
    await this.pass({kind, logs});
  }

  /** @internal */
  async pass(
    place: {kind: Boundary['kind']; logs: UnresolvedLogs; start?: FitStart},
    isCutShort = false,
  ): Promise<void> {
    if (!this.hooks.boundary.isUsed()) return;
    const isBrokenOff = isCutShort || this.isStopped;
    await this.hooks.boundary.promise({...place, isBrokenOff, stop: () => this.target.stop()} as Boundary);
    requireNumbers(place.kind, place.logs);
    if (place.kind !== 'batch') await readLogs(place.logs);
  }

  /**
   * Remembers weights, slots, counters, the optimizer's state and that of layers, until it is restored or released.
   * Postponed batches of a window are not part of it, and are dropped by `restore`.
   *
   * @throws InjectError `TRAINING` within a step, `NOT_INJECTED` after `eject()`.
   */
  snapshot(): Captured {
    this.requireLive('snapshot');
    this.requireBetweenSteps('snapshot()');
    const captured = captureAll(this.ledger, this.target, this.stepper, [...this.pluginSlots.values()]);
    return {
      ...captured,
      restore: () => {
        this.requireLive('restore');
        this.requireBetweenSteps('restore()');
        captured.restore();
      },
    };
  }

  /**
   * Writes a checkpoint: weights, slots, slow and averaged weights, counters, the optimizer's own state if it is a
   * foreign one, the state of layers and of seeded random sources, and the batches of a window that is not full; in
   * TensorFlow.js's own format, with a checksum. What training does meanwhile is not in it.
   *
   * @param place a URL (`file://folder`, `indexeddb://name`, …) or a handler. A folder holds the former checkpoint until
   *     the new one is whole.
   * @throws InjectError `TRAINING` within a step, `NOT_INJECTED` after `eject()`, `INVALID_OPTION` for a place that is
   *     none, `PLUGIN_CONFLICT` in the middle of a hand-written loop's window; and what the handler throws.
   */
  async save(place: string | tf.io.IOHandler): Promise<tf.io.SaveResult> {
    this.requireLive('save');
    this.requireBetweenSteps('save()');
    const state = this.state(true);
    const {write} = await import('../checkpoint/checkpoint.js');
    return write(this, state, place);
  }

  /**
   * Puts a checkpoint into this injection: as if training had just come there. Tensors are matched by name.
   *
   * @returns what did not match, which stays as it is: with `partial` only.
   * @throws InjectError `CHECKPOINT_MISMATCH`, which lists what is missing, extra, or of another shape or class;
   *     `CHECKPOINT_DAMAGED`, `CHECKPOINT_MISSING`; `TRAINING` within a step, `NOT_INJECTED` after `eject()`. Then nothing has
   *     changed.
   */
  async restore(
    place: string | tf.io.IOHandler,
    options: RestoreOptions = {},
  ): Promise<ReadonlyMap<string, string>> {
    const requireIdle = () => {
      this.requireLive('restore');
      this.requireBetweenSteps('restore()');
    };
    requireIdle();
    const {partial} = checkOptions('restore', options, {partial: flag(false)});
    const {restore} = await import('../checkpoint/checkpoint.js');
    return restore(this, place, {partial}, requireIdle);
  }

  /**
   * Makes a model anew from a checkpoint: compiled, injected, with its plugins, where training was. Classes are looked up
   * among the registered ones: import them, or `tfjs-inject/register`. A checkpoint of a model is also what
   * `tf.loadLayersModel` reads, for the training weights alone.
   *
   * @throws InjectError as `restore`; `CHECKPOINT_MISMATCH` where a class, an option or a loss is of the program's own.
   */
  static async load(place: string | tf.io.IOHandler): Promise<Injection> {
    const {load} = await import('../checkpoint/checkpoint.js');
    return load(place);
  }

  /** @internal All that training changes, or what of it files hold; the tensors are the caller's. */
  state(isForFile = false): Saved {
    return saveAll(this.holders(), isForFile);
  }

  /** @internal */
  mismatchesOf(state: Saved): Mismatches {
    this.target.adopt?.([...partOf(state, 'weights').tensors.keys()]);
    return mismatchesOf(this.holders(), state);
  }

  /** @internal */
  put(state: Saved, mismatches: Mismatches): void {
    putAll(this.holders(), state, mismatches);
  }

  private holders(): StateHolders {
    const {seed, ledger, target, stepper, used, surroundings, epoch} = this;
    const {batchOf} = surroundings;
    const slotsOf = (plugin: Plugin) => this.slotsOf(plugin);
    return {
      seed,
      ledger,
      target,
      stepper,
      plugins: used,
      slotsOf,
      ...(batchOf && {batchOf}),
      ...(epoch && {epoch}),
    };
  }

  /** What happens in one step, in order; `String(injection)` prints it. */
  describe(): Description {
    const {seat, plan} = this.stepper;
    return new Description({
      seat,
      plan,
      hooks: this.hooks,
      plugins: this.used,
      weights: this.target.weights,
      slots: [seat.slots, ...this.pluginSlots.values()],
      hasTrained: this.iterations > 0,
    });
  }

  toString(): string {
    return String(this.describe());
  }

  /**
   * Gives the model back as it was: its optimizer, its train function, its
   * tensor count. The trained weights stay: those that evaluation sees.
   *
   * @throws InjectError `TRAINING` during `fit`.
   */
  eject(): void {
    if (this.isEjected) return;
    this.surroundings.requireIdle('eject()');
    this.abandon();
  }

  /** @internal Ejects, whatever state the model is in. */
  abandon(): void {
    if (this.isEjected) return;
    this.isEjected = true;
    try {
      this.stepper.dropWindow();
      this.ledger.settle();
      this.ledger.show('rest');
      this.ledger.keepShown();
      if (this.hooks.eject.isUsed()) this.hooks.eject.call();
    } finally {
      for (const slots of this.pluginSlots.values()) slots.dispose();
      this.stepper.seat.leave();
      for (const subject of [...this.used, this.optimizer]) release(subject, this);
      this.surroundings.close();
    }
  }

  /** @internal Puts another optimizer into the seat. */
  sit(seat: Seat): void {
    this.requireLive('inject');
    const former = this.stepper.seat;
    const plan = this.planFor(seat);
    claim(seat.optimizer, 'optimizer', this);
    former.leave();
    release(former.optimizer, this);
    this.stepper.seat = seat;
    this.stepper.plan = plan;
  }

  /** @internal Whether it is a foreign optimizer that `compile` has replaced, of which nothing here is kept. */
  hasLost(subject: object): boolean {
    const {seat} = this.stepper;
    return seat.optimizer === subject && !(seat instanceof OwnSeat) && !!this.surroundings.isStale?.();
  }

  /** @internal */
  requireBetweenSteps(what: Change): void {
    if (!this.stepper.isStepping) return;
    throw new InjectError('TRAINING', `${what} must be called between steps; a step is under way`);
  }

  private requireLive(what: string): void {
    if (this.isEjected) {
      throw new InjectError('NOT_INJECTED', `${what}() needs a live injection; this one was ejected`);
    }
  }

  private planFor(seat: Seat): Plan {
    const {window, groups, evaluated, skip, gradients, learningRate} = this.hooks;
    const seesGradients = [window, groups, evaluated, skip, gradients, learningRate].some(hook =>
      hook.isUsed(),
    );
    if (seat.minimizesItself && seesGradients) {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        `a plugin that joins in the gradients needs an optimizer with tf.Optimizer's own minimize; ` +
          `${shortName(seat.optimizer)} has one of its own, which runs as a whole`,
      );
    }
    const plan = seat.makePlan();
    const {weights, allWeights, layersModel} = this.target;
    if (weights.length > 0) seat.checkWeights(weights);
    const owner = shortName(seat.optimizer);
    // A loop may bring further weights with each step.
    if (plan.kind === 'fixed' && layersModel && weights.length > 0)
      for (const group of plan.groups) requireEffect(owner, group, allWeights);
    if (!this.hooks.groups.isUsed()) {
      if (plan.kind === 'fixed') requireConsistent(owner, plan.groups);
      return plan;
    }
    if (plan.kind === 'fixed') {
      const groups = this.hooks.groups.call(plan.groups);
      requireConsistent(`${owner} and its plugins`, groups);
      return {...plan, groups};
    }
    throw new InjectError(
      'PLUGIN_CONFLICT',
      `a plugin that changes the update groups needs an optimizer whose groups are fixed; those of ` +
        `${shortName(seat.optimizer)} depend on what a step sees`,
    );
  }
}

/** Between steps: after the last one a schedule may have no further rate. */
function rateAfter(seat: Seat, iterations: number): number {
  try {
    return seat.rateAt(iterations);
  } catch {
    return Number.NaN;
  }
}
