import type * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {ComputeGroup, RuleGroup} from '../rules/updateGroup.js';
import {Description} from './describe.js';
import {type Boundary, createHooks, type Hooks, rememberTaps} from './hooks.js';
import {Journal} from './journal.js';
import {Ledger} from './ledger.js';
import {OwnSeat} from './ownSeat.js';
import type {Plan, Seat} from './seat.js';
import {Slots} from './slots.js';
import {Stepper} from './stepper.js';
import type {Target} from './target.js';
import {update} from './update.js';
import type {Weight} from './weight.js';

/** What joins in a step: a name, and a function that taps the injection's hooks. */
export interface Plugin {
  readonly name: string;
  apply(injection: Injection): void;
}

/** What must wait until training is over. */
export type Change = 'inject' | 'use()' | 'eject()';

const holders = new WeakMap<object, Injection>();

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

  /** Completed steps. */
  get iterations(): number {
    return this.stepper.seat.completedSteps;
  }

  /** The plugins, in the order of `use`. */
  get plugins(): readonly Plugin[] {
    return this.used;
  }

  /** The weights that are trained, frozen ones among them. */
  get weights(): readonly Weight[] {
    return this.target.weights;
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
    if (typeof plugin?.apply !== 'function' || typeof plugin.name !== 'string' || plugin.name === '') {
      throw new InjectError(
        'INVALID_OPTION',
        `a plugin needs a name and a function apply; received ${shown(plugin)}`,
      );
    }
    claim(plugin, this, `plugin '${plugin.name}'`);
    const putTapsBack = rememberTaps(this.hooks);
    try {
      plugin.apply(this);
      this.stepper.plan = this.planFor(this.stepper.seat);
      this.used.push(plugin);
    } catch (error) {
      putTapsBack();
      this.pluginSlots.get(plugin)?.dispose();
      this.pluginSlots.delete(plugin);
      holders.delete(plugin);
      throw error;
    }
    return this;
  }

  /** The slots of a plugin, which the injection disposes of at `eject`. */
  slotsOf(plugin: Plugin): Slots {
    let slots = this.pluginSlots.get(plugin);
    if (!slots) {
      slots = new Slots(plugin.name);
      slots.journal = this.journal;
      this.pluginSlots.set(plugin, slots);
    }
    return slots;
  }

  /**
   * Updates weights and a plugin's slots by a group, as optimizers do: whole or
   * not at all.
   *
   * @param scalars for a group that names its scalars instead of computing them.
   */
  update(plugin: Plugin, group: RuleGroup | ComputeGroup, scalars?: Readonly<Record<string, number>>): void {
    update(group, {
      weights: this.target.weights.filter(weight => weight.variable.trainable),
      slots: this.slotsOf(plugin),
      iterations: this.iterations,
      learningRate: Number.NaN,
      ...(scalars && {scalars}),
      journal: this.journal,
    });
  }

  /** What happens in one step, in order; `String(injection)` prints it. */
  describe(): Description {
    const {seat, plan} = this.stepper;
    const names = this.used.map(plugin => plugin.name);
    const owners = [seat.slots, ...this.pluginSlots.values()];
    const bytes = owners.reduce((sum, slots) => sum + slots.bytes, 0);
    return new Description(seat, plan, names, this.target.weights.length, bytes);
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
      for (const subject of [...this.used, this.optimizer]) holders.delete(subject);
      this.surroundings.close();
    }
  }

  /** @internal Puts another optimizer into the seat. */
  sit(seat: Seat): void {
    this.requireLive('inject');
    const former = this.stepper.seat;
    const plan = this.planFor(seat);
    claim(seat.optimizer, this, `optimizer ${seat.optimizer.getClassName()}`);
    former.leave();
    holders.delete(former.optimizer);
    this.stepper.seat = seat;
    this.stepper.plan = plan;
  }

  /** @internal Runs the plugins' asynchronous work between batches. */
  async passBoundary(kind: Boundary['kind'], logs: Boundary['logs']): Promise<void> {
    if (!this.hooks.boundary.isUsed()) return;
    await this.hooks.boundary.promise({kind, logs, stop: () => this.target.stop()});
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
          `${seat.optimizer.getClassName()} has one of its own, which runs as a whole`,
      );
    }
    const plan = seat.makePlan();
    if (this.target.weights.length > 0) seat.checkWeights(this.target.weights);
    if (!this.hooks.groups.isUsed()) return plan;
    if (plan.kind === 'fixed') return {...plan, groups: this.hooks.groups.call(plan.groups)};
    throw new InjectError(
      'PLUGIN_CONFLICT',
      `a plugin that changes the update groups needs an optimizer whose groups are fixed; those of ` +
        `${seat.optimizer.getClassName()} depend on what a step sees`,
    );
  }
}

/** Marks an optimizer or a plugin as used by one injection: shared state would mix two models. */
export function claim(subject: object, injection: Injection, name: string): void {
  if (holders.has(subject)) {
    const where = holders.get(subject) === injection ? 'this model' : 'another model';
    throw new InjectError(
      'ALREADY_INJECTED',
      `one object serves one injection; ${name} is already in ${where}. Make a new one, or call eject() there first`,
    );
  }
  holders.set(subject, injection);
}

export function holderOf(subject: object): Injection | undefined {
  return holders.get(subject);
}
