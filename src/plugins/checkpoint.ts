import * as tf from '@tensorflow/tfjs-core';
import {shelfAt} from '../checkpoint/shelf.js';
import {InjectError} from '../errors.js';
import {EpochSums} from '../inject/epochSums.js';
import type {Boundary, FitStart} from '../inject/hooks.js';
import type {Injection} from '../inject/injection.js';
import {flag, integer, number, type OptionSpec, type OptionsOf, oneOf, required} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import type {Slots} from '../inject/slots.js';
import {stages} from '../inject/stages.js';
import {isGreaterBetter, monitored, monitorSpecs} from './shared/monitored.js';
import {requireAlone} from './shared/requireAlone.js';

const never = <T>(spec: OptionSpec<T>): OptionSpec<T | undefined> => ({...spec, fallback: undefined});

const specs = {
  url: required<string>(
    "a URL under which checkpoints are kept, such as 'file://runs/mine' or 'indexeddb://mine'",
    value => typeof value === 'string' && /^\w+:\/\/./.test(value),
  ),
  everySteps: never(integer(1, {min: 1})),
  everyEpochs: never(integer(1, {min: 1})),
  everyMinutes: never(number(1, {above: 0})),
  keep: integer(3, {min: 1}),
  keepBest: flag(false),
  ...monitorSpecs,
  resume: oneOf('auto', 'auto', 'never'),
  onFailure: oneOf('throw', 'throw', 'warn'),
};

export type CheckpointOptions = Partial<OptionsOf<typeof specs>> & {url: string};

/** Where training goes on. */
export interface ResumedAt extends FitStart {
  /** Completed steps. */
  iterations: number;
  /** Of the calls of `fit`, from 1; 0 in a loop of one's own. */
  fit: number;
  /** Whether training was told to stop there: it is over, though epochs are left. */
  isStopped: boolean;
}

/**
 * Saves checkpoints while training runs, and goes on from the last of them when the program is started again: after a
 * crash, a closed tab, a machine that was taken away.
 *
 * A checkpoint is due after everySteps completed steps, everyEpochs epochs, everyMinutes minutes, whichever is given; and
 * at the end of training. Each is written beside the others and complete before one of them is removed.
 *
 * Cost: while one is written, training waits; one copy of weights and slots in memory. Two small operations for each log of a batch.
 * Runs on: boundary.
 * Changes: nothing; when it resumes, everything: weights, slots, plugins, layers, and where `fit` begins.
 * Neutral setting: none.
 * Order: last between batches and epochs, when what others keep and write has been kept and written.
 *     Does nothing while a LearningRateFinder searches.
 * Evaluation: not touched; a checkpoint holds the training weights, and what is shown in their place in slots.
 * Saved: counters fit, epoch, batch, stopped, best, bestStep.
 * Resumes: with 'auto', in the first `fit`, if it is the one that was broken off: at its epoch and batch. Calls of
 *     `fit` that were over, or stopped early, are passed over, each with an empty History; one that was stopped goes on where it
 *     is given the `initialEpoch` at which it was. Batches are the same where their order is: with the injection's
 *     `seed`, with `shuffle: false`, from a dataset that gives the same ones. The logs of an epoch that goes on are of all its
 *     batches. In a loop of one's own, `await checkpoint.resume()` says where it is to go on.
 * Differs from Keras's ModelCheckpoint and BackupAndRestore: one plugin for both; slots, averages, counters and seeds are in
 *     it, so that what follows is the same to the last bit as without the break.
 *
 * @param options.url           where: `file://folder` in Node, `indexeddb://name` or `localstorage://name` in a page.
 * @param options.everySteps    integer ≥ 1. Default: not by steps.
 * @param options.everyEpochs   integer ≥ 1. Default: 1 if none of the three is given.
 * @param options.everyMinutes  > 0. Default: not by time.
 * @param options.keep          how many of the newest stay: an integer ≥ 1. Default 3.
 * @param options.keepBest      whether the best by monitor stays as well, and is saved when it comes. Default false.
 * @param options.monitor       name of a log of an epoch. Default `'val_loss'`, which needs validation data.
 * @param options.mode          `'min'`, `'max'`, or `'auto'`: max where the name has acc, auc, precision, recall, f1 or r2 in
 *     it and is no loss's. Default `'auto'`.
 * @param options.resume        `'auto'` or `'never'`. Default `'auto'`.
 * @param options.onFailure     what becomes of training where a checkpoint cannot be written: it throws what the disk or the
 *     browser gave (`'throw'`), or warns, goes on and tries again when the next is due (`'warn'`). Default `'throw'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model; from `fit` and
 *     `resume`, as `injection.restore`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new Checkpoint({url: 'file://out/run', everyEpochs: 2}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 */
export class Checkpoint extends pluginOf('tfjs-inject/Checkpoint', specs) {
  private injection: Injection | undefined;
  private own: Slots | undefined;
  /** What was saved last, and when. */
  private saved = {steps: 0, epochs: 0, at: 0, position: ''};
  /** Since it was injected or resumed. */
  private epochs = 0;
  private fits = 0;
  private isResumed = false;
  private target: ResumedAt | undefined;

  constructor(options: CheckpointOptions) {
    super(options);
  }

  override apply(injection: Injection): void {
    requireAlone(this, injection, 'each would remove what the other keeps');
    const own = injection.slotsOf(this);
    const isResumed = this.options.resume === 'never';
    Object.assign(this, {injection, own, epochs: 0, fits: 0, isResumed, target: undefined});
    this.note(own, injection.iterations);
    injection.epoch = new EpochSums();
    injection.hooks.boundary.tapPromise({name: this.name, stage: stages.save}, boundary =>
      this.atBoundary(injection, own, boundary),
    );
  }

  /**
   * Puts the newest checkpoint that is whole into the injection.
   *
   * @returns where training goes on; `undefined` where there is no checkpoint.
   * @throws InjectError `NOT_INJECTED` before it is injected; as `injection.restore` for a checkpoint of other training.
   */
  async resume(): Promise<ResumedAt | undefined> {
    const {injection, own} = this.requireInjected('resumes');
    const {url} = this.options;
    const shelf = shelfAt(url);
    this.target = undefined;
    for (const name of (await shelf.list()).filter(isOurs).reverse()) {
      try {
        await injection.restore(shelf.place(name));
      } catch (error) {
        // A save that was killed leaves a folder without one.
        if (error instanceof InjectError && !/T_(DAMAGED|MISSING)/.test(error.code)) throw error;
        const {message} = error as Error;
        console.warn(`tfjs-inject: ${url}/${name} is not whole; the one before it is taken: ${message}`);
        continue;
      }
      const {iterations} = injection;
      this.epochs = 0;
      this.note(own, iterations);
      const [fit, epoch, batch, stopped] = positionCounters.map(counter => own.count(counter, 0));
      this.target = {iterations, fit: fit!, epoch: epoch!, batch: batch!, isStopped: stopped === 1};
      break;
    }
    // Not where it was refused: what was saved by other training would be removed by the next save.
    this.isResumed = true;
    return this.target;
  }

  /**
   * Saves one now, whether it is due or not.
   *
   * @throws InjectError `NOT_INJECTED` before it is injected; as `injection.save`.
   */
  async save(): Promise<void> {
    const {injection, own} = this.requireInjected('saves');
    const {url, keep, onFailure} = this.options;
    const shelf = shelfAt(url);
    const name = nameOf(injection.iterations);
    this.note(own, injection.iterations);
    try {
      await injection.save(shelf.place(name));
      const names = (await shelf.list()).filter(isOurs);
      // Later ones are of a run that was given up.
      const newest = names.filter(each => each <= name).slice(-keep);
      const kept = [...newest, nameOf(own.count('bestStep', -1))];
      for (const each of names) if (!kept.includes(each)) await shelf.remove(each);
    } catch (error) {
      this.saved.position = '';
      if (onFailure === 'throw') throw error;
      console.warn(`tfjs-inject: a checkpoint could not be saved to ${url}: ${(error as Error).message}`);
    }
  }

  private requireInjected(does: string): {injection: Injection; own: Slots} {
    const {injection, own} = this;
    if (injection && own) return {injection, own};
    throw new InjectError('NOT_INJECTED', `a Checkpoint must be injected before it ${does}; it is not`);
  }

  private async atBoundary(injection: Injection, own: Slots, boundary: Boundary): Promise<void> {
    const {kind, start} = boundary;
    if (injection.isTrial) return;
    if (kind === 'begin') return this.begin(own, start);
    let isBest = false;
    if (kind === 'batch') own.setCount('batch', own.count('batch', 0) + 1);
    if (kind === 'epoch') {
      this.epochs++;
      own.setCount('epoch', own.count('epoch', 0) + 1);
      own.setCount('batch', 0);
      if (this.options.keepBest) isBest = await this.noteBest(injection, own, boundary);
    }
    if (kind === 'epoch') own.setCount('stopped', 0);
    if ((kind === 'epoch' || kind === 'train') && injection.isStopped) own.setCount('stopped', 1);
    const isEnd = kind === 'train' && this.saved.position !== positionOf(own, injection.iterations);
    if (isBest || isEnd || this.isDue(injection, kind)) await this.save();
  }

  /** Goes on in the fit that was broken off, passes over those before it, and counts those after it. */
  private async begin(own: Slots, start: FitStart | undefined): Promise<void> {
    if (!this.isResumed) await this.resume();
    if (!start) return;
    this.fits++;
    const {target, fits} = this;
    if (target && fits < target.fit) start.epoch = Number.POSITIVE_INFINITY;
    else if (target && fits === target.fit) {
      // What comes at the end of training is still to come.
      const isOver = target.isStopped && start.epoch < target.epoch;
      start.epoch = Math.max(start.epoch, isOver ? Number.MAX_SAFE_INTEGER : target.epoch);
      start.batch = isOver ? 0 : target.batch;
    } else {
      this.target = undefined;
      own.setCount('fit', fits);
      own.setCount('epoch', start.epoch);
      own.setCount('batch', 0);
      own.setCount('stopped', 0);
    }
  }

  private async noteBest(injection: Injection, own: Slots, boundary: Boundary): Promise<boolean> {
    const value = monitored('Checkpoint', this.options.monitor, boundary);
    if (value === undefined || Number.isNaN(value)) return false;
    const sign = isGreaterBetter(this.options) ? 1 : -1;
    if (sign * value <= sign * own.count('best', -sign * Number.POSITIVE_INFINITY)) return false;
    own.setCount('best', value);
    own.setCount('bestStep', injection.iterations);
    return true;
  }

  private note(own: Slots, steps: number): void {
    this.saved = {steps, epochs: this.epochs, at: Date.now(), position: positionOf(own, steps)};
  }

  private isDue({iterations}: Injection, kind: Boundary['kind']): boolean {
    const {everySteps, everyMinutes, everyEpochs} = this.options;
    const {steps, epochs, at} = this.saved;
    const none = everySteps === undefined && everyMinutes === undefined;
    const perEpochs = everyEpochs ?? (none ? 1 : Number.POSITIVE_INFINITY);
    return (
      (everySteps !== undefined && iterations - steps >= everySteps) ||
      (everyMinutes !== undefined && Date.now() - at >= everyMinutes * 60_000) ||
      (kind === 'epoch' && this.epochs - epochs >= perEpochs)
    );
  }
}

/** Names sort as steps do. */
const nameOf = (steps: number) => `step-${String(steps).padStart(9, '0')}`;
/** What tells how far training was. */
const positionCounters = ['fit', 'epoch', 'batch', 'stopped'];
const isOurs = (name: string) => /^step-\d{9,}$/.test(name);

function positionOf(own: Slots, steps: number): string {
  return [steps, ...positionCounters.map(counter => own.count(counter, 0))].join();
}

tf.serialization.registerClass(Checkpoint);
