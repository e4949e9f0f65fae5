import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {FitCallback} from './earlyCallback.js';
import {claim, release, requireFree} from './holders.js';
import type {EvaluationPurpose, FitStart, UnresolvedLogs} from './hooks.js';
import {type Change, Injection} from './injection.js';
import {disposedError, type ModelInsides, requireWeights} from './layersModel.js';
import {type Driver, type FitPlan, openSeam, type Seam} from './modelSeam.js';
import {ModelTarget} from './modelTarget.js';
import {NativeSeat} from './nativeSeat.js';
import type {OwnSeat} from './ownSeat.js';
import {readLogs} from './readLogs.js';
import type {Seat} from './seat.js';
import {SeededOrder} from './seededOrder.js';
import {shortName} from './shortName.js';
import type {Batch} from './target.js';

const noneYet = {left: 0, rows: 0, rest: 0, isNow: false};

/** Drives one model by its injection, from `inject` to `eject`. */
export class ModelDriver implements Driver {
  readonly injection: Injection;
  isOpen = true;
  private readonly compiledLosses: unknown;
  private readonly compiledOptimizer: tf.Optimizer;
  private readonly seam: Seam;
  private releaseTrap: (() => void) | undefined;
  private warnedOf = '';
  /** Batches that the running epoch is to pass over, rows that it has, rows of its others; whether the last one was. */
  private passed = {...noneYet};
  /** Of the fit that has been called: nothing of it is to run. */
  private isOver = false;
  private isDisposed = false;

  constructor(
    private readonly outer: ModelInsides,
    private readonly inner: ModelInsides,
    seed: number | undefined,
  ) {
    this.compiledOptimizer = inner.optimizer_!;
    this.compiledLosses = inner.lossFunctions;
    requireFree(this.compiledOptimizer, 'optimizer');
    for (const model of this.models) requireFree(model, 'model');
    const seat = seatOf(this.compiledOptimizer);
    // What it has learnt from compile alone is keyed by names of variables; off the device it is matched anew.
    seat.leave();
    this.injection = new Injection(new ModelTarget(inner, outer), seat, seed, {
      requireIdle: what => this.requireIdle(what),
      close: () => this.giveBack(),
      isStale: () => this.isStale,
      batchOf: data => this.seam.batchOf(data),
    });
    claim(seat.optimizer, 'optimizer', this.injection);
    for (const model of this.models) claim(model, 'model', this.injection);
    this.seam = openSeam(outer, inner, this);
  }

  private get models(): Set<ModelInsides> {
    return new Set([this.outer, this.inner]);
  }

  /** Whether `compile` has come between; then the injection belongs to a model that is no more. */
  get isStale(): boolean {
    const {inner, outer} = this;
    return (outer !== inner && outer.model !== inner) || inner.lossFunctions !== this.compiledLosses;
  }

  /** Seats one of our optimizers. */
  sit(seat: OwnSeat): void {
    const present = this.injection.optimizer;
    if (present === seat.optimizer) return;
    this.requireIdle('inject');
    if (present !== this.compiledOptimizer) {
      throw new InjectError(
        'ALREADY_INJECTED',
        `a model takes one injected optimizer at a time; '${this.inner.name}' has ${shortName(present)}. ` +
          `Call eject() first`,
      );
    }
    seat.leave();
    this.injection.sit(seat);
    this.inner.optimizer_ = seat.optimizer;
  }

  beginTraining(isChecked: boolean): void {
    const {inner, injection} = this;
    if (this.isStale || inner.optimizer_ !== injection.optimizer) throw recompiledError(inner.name);
    requireWeights(inner);
    injection.ledger.hide();
    this.warnOfTrainable(isChecked);
    this.warnOfConstraints();
  }

  take(batch: Batch): tf.Scalar {
    return this.injection.stepper.take(batch);
  }

  keepsBatches(): boolean {
    return this.injection.hooks.window.isUsed();
  }

  evaluate<T>(purpose: EvaluationPurpose, body: () => T): T {
    return this.injection.ledger.during(purpose, body);
  }

  saving<T>(body: () => Promise<T>): Promise<T> {
    return this.injection.stepper.seat.saving(body);
  }

  endTraining(): void {
    // Those of a file are of a later call, where this one is passed over.
    if (!this.isOver) this.injection.epoch?.clear();
    this.injection.ledger.show('rest');
  }

  async beginFit(start: FitStart): Promise<void> {
    const {epoch} = start;
    // tfjs forgets a stop only when it begins: that of the fit before by now, one of a tap's must not be forgotten.
    this.inner.stopTraining_ = false;
    await this.injection.pass({kind: 'begin', logs: {}, start});
    if (this.inner.stopTraining_) start.epoch = Number.POSITIVE_INFINITY;
    this.isOver = start.epoch === Number.POSITIVE_INFINITY;
    const isEpoch = this.isOver || Number.isSafeInteger(start.epoch);
    const isPlace = isEpoch && Number.isSafeInteger(start.batch) && start.batch >= 0;
    if (!isPlace || start.epoch < epoch) {
      throw new InjectError(
        'INVALID_OPTION',
        `fit can be moved on from epoch ${epoch}, batch 0; a tap of 'boundary' gave epoch ${start.epoch}, batch ${start.batch}`,
      );
    }
    this.passed = {left: start.batch, rows: 0, rest: 0, isNow: false};
  }

  passesOver(rows: number): boolean {
    const {passed} = this;
    passed.isNow = passed.left > 0;
    if (passed.isNow) {
      passed.left--;
      passed.rows += rows;
    } else if (passed.rows > 0) passed.rest += rows;
    return passed.isNow;
  }

  orderOf(data: readonly (tf.Tensor | null)[]): SeededOrder | undefined {
    const {seed} = this.injection;
    return seed === undefined ? undefined : new SeededOrder(seed, data);
  }

  callback({order, batchesPerEpoch = 0}: FitPlan): FitCallback | undefined {
    const {boundary, window} = this.injection.hooks;
    if (this.isOver || (!boundary.isUsed() && !window.isUsed() && !order)) return undefined;
    const nothing = async () => {};
    let batches = 0;
    return {
      setParams() {},
      setModel() {},
      onTrainBegin: nothing,
      onEpochBegin: async (epoch: number) => {
        batches = 0;
        if (this.passed.left === 0) this.injection.epoch?.clear();
        order?.begin(epoch);
      },
      onBatchBegin: nothing,
      onBatchEnd: async (_index: number, logs: UnresolvedLogs = {}) => {
        batches++;
        if (this.passed.isNow) return;
        this.injection.epoch?.add(this.inner.metricsNames, logs);
        await this.injection.passBoundary('batch', logs);
      },
      onEpochEnd: async (_index: number, logs: UnresolvedLogs = {}) => {
        this.correct(logs);
        // History has them from here on, and would have disposed of the tensors at the end.
        if (boundary.isUsed()) tf.dispose(await readLogs(logs));
        await this.injection.pass({kind: 'epoch', logs}, batches < batchesPerEpoch);
      },
      onTrainEnd: async (logs: UnresolvedLogs = {}) => {
        this.injection.stepper.flush();
        await this.injection.passBoundary('train', logs);
      },
    };
  }

  /** An epoch's means, which have counted the batches that were passed over as zeros: those of all, where a file held their sums. */
  private correct(logs: UnresolvedLogs): void {
    const {rows, rest} = this.passed;
    if (rows === 0) return;
    this.passed = {...noneYet};
    const whole = this.injection.epoch?.means(rows + rest) ?? {};
    for (const [name, mean] of Object.entries(logs)) {
      if (!this.inner.metricsNames.includes(name)) continue;
      const factor = (rows + rest) / rest;
      logs[name] =
        whole[name] ??
        (typeof mean === 'number' ? mean * factor : tf.keep(tf.tidy(() => tf.mul(mean, factor))));
      tf.dispose(mean);
    }
  }

  async afterBatch(values: number | number[]): Promise<void> {
    const names = this.inner.metricsNames;
    const list = Array.isArray(values) ? values : [values];
    await this.injection.passBoundary(
      'batch',
      Object.fromEntries(list.map((value, i) => [names[i] ?? `metric${i}`, value])),
    );
  }

  recompiled(): void {
    const {model} = this.outer;
    if (!this.isOpen || !model) return;
    // The new inner model knows nothing of the injection: training it must not go unnoticed.
    const {name} = model;
    model.makeTrainFunction = () => {
      throw recompiledError(name);
    };
    this.releaseTrap = () => {
      delete (model as Partial<ModelInsides>).makeTrainFunction;
    };
  }

  dispose(): void {
    if (this.outer._refCount !== null && this.outer._refCount > 1) return;
    this.isDisposed = true;
    this.injection.abandon();
  }

  private giveBack(): void {
    this.isOpen = false;
    this.injection.epoch?.clear();
    this.seam.close(this.isDisposed ? disposedError(this.outer) : undefined);
    this.releaseTrap?.();
    for (const model of this.models) release(model, this.injection);
    if (!this.isStale && this.inner.optimizer_ === this.injection.optimizer) {
      this.inner.optimizer_ = this.compiledOptimizer;
    }
  }

  private requireIdle(what: Change): void {
    // What compile() has left behind can still be given back.
    if (this.isStale && what !== 'eject()') throw recompiledError(this.inner.name);
    if (this.inner.isTraining || this.injection.stepper.isStepping) {
      throw new InjectError(
        'TRAINING',
        `${what} must be called between calls of fit; '${this.inner.name}' is training`,
      );
    }
  }

  /** tfjs takes the list of trainable weights at compile; what has changed since is half obeyed, and only fit says so. */
  private warnOfTrainable(isChecked: boolean): void {
    const {inner} = this;
    const now = new Set(inner.trainableWeights);
    const listed = inner.collectedTrainableWeights!;
    const then = new Set(listed);
    const isSame = now.size === then.size && listed.every(weight => now.has(weight));
    const difference = isSame ? '' : [...now].map(weight => weight.id).join();
    const isSaidByTfjs = isChecked && inner.trainableWeights.length !== listed.length;
    if (difference !== '' && difference !== this.warnedOf && !isSaidByTfjs) {
      console.warn(
        `tfjs-inject: the trainable weights of '${inner.name}' have changed since compile, from ${then.size} to ` +
          `${now.size}. Newly frozen ones stay as they are; newly unfrozen ones are not trained until the next compile.`,
      );
    }
    this.warnedOf = difference;
  }

  private hasWarnedOfConstraints = false;

  private warnOfConstraints(): void {
    const {weights, stepper, plugins} = this.injection;
    if (
      this.hasWarnedOfConstraints ||
      stepper.seat.projects ||
      plugins.some(({name}) => name === 'Constraints')
    )
      return;
    const constrained = weights.filter(weight => weight.project);
    if (constrained.length === 0) return;
    this.hasWarnedOfConstraints = true;
    console.warn(
      `tfjs-inject: tfjs ignores weight constraints in training (${constrained.map(({key}) => key).join(', ')}). ` +
        `An optimizer of tfjs-inject in the seat obeys them; around any other the plugin Constraints does.`,
    );
  }
}

function seatOf(optimizer: tf.Optimizer): Seat {
  return (optimizer as Partial<{seat: OwnSeat}>).seat ?? new NativeSeat(optimizer);
}

function recompiledError(name: string): InjectError {
  return new InjectError(
    'MODEL_RECOMPILED',
    `the optimizer of '${name}' must be the one that was injected; compile() or an assignment has replaced it since, ` +
      `and with it what the injection knew. Call eject() on the injection before compile(), and inject again after it`,
  );
}
