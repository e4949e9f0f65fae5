import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {type Evaluated, Evaluation} from './evaluation.js';
import {warnOfHalfFloats} from './halfFloats.js';
import {hold} from './hold.js';
import type {Hooks, Outcome} from './hooks.js';
import type {Journal} from './journal.js';
import type {Ledger} from './ledger.js';
import {Draws, seededSource} from './randomness.js';
import {isNumber, numberIn, partOf, type Saved, valuesIn} from './saved.js';
import {type Plan, type Seat, takesSeveral} from './seat.js';
import type {Step} from './step.js';
import {takePhases} from './takePhases.js';
import type {Batch, Target} from './target.js';
import {Window} from './window.js';

/** Of a model: what a file says beyond it is no model's. */
const mostInputs = 10_000;

type Mutable<T> = {-readonly [K in keyof T]: T[K]};

/**
 * Takes steps: from one batch's loss to the written weights. Everything that
 * can fail runs before the commit; until then the journal can take all back.
 */
export class Stepper {
  private window = Window.empty;
  isStepping = false;
  /** The step that is being taken. */
  step: Step | undefined;

  constructor(
    private readonly hooks: Hooks,
    private readonly target: Target,
    private readonly journal: Journal,
    private readonly ledger: Ledger,
    public seat: Seat,
    public plan: Plan,
    /** By which masks follow from the step. */
    public seed: number | undefined,
  ) {}

  /** Takes one batch, and returns the loss of its first evaluation as the caller's own. */
  take(batch: Batch): tf.Scalar {
    let evaluation: Evaluation | undefined;
    try {
      warnOfHalfFloats();
      return this.alone(() => {
        const step = this.open(false);
        evaluation = this.evaluationOf(batch, step);
        return this.attempt(step, evaluation)!;
      });
    } finally {
      if (!evaluation) batch.release?.();
    }
  }

  /** Applies the window that the end of training has left partial. */
  flush(): void {
    if (this.isPostponing) this.alone(() => this.attempt(this.open(true), undefined));
  }

  /** Whether batches wait for the rest of their window. */
  get isPostponing(): boolean {
    return this.window.evaluations.length > 0;
  }

  /** Forgets the postponed batches. */
  dropWindow(): void {
    this.window.dispose();
    this.window = Window.empty;
  }

  /** The postponed batches, as a file can hold them. */
  saveWindow(): Saved {
    return this.window.save();
  }

  /** Takes the postponed batches of a file; leaves layers in the state before the last of them. */
  putWindow(saved: Saved, batchOf: (data: (tf.Tensor | null)[]) => Batch): void {
    const {target, seat, seed} = this;
    this.dropWindow();
    const iterations = seat.completedSteps + 1;
    this.window = Window.of(saved, target.weights, (own, index) => {
      const {tensors, data} = partOf(own, 'own');
      target.putState(partOf(own, 'layers'));
      const draws = 'draws' in data ? Object.values(valuesIn(data, 'draws', isNumber)) : undefined;
      const inputs = Math.min(numberIn(data, 'inputs', 'count'), mostInputs);
      const source = seed === undefined ? Math.random : seededSource(seed, iterations, index);
      // Later ones go on after those that were drawn.
      if (seed !== undefined) for (const _ of draws ?? []) source();
      const kept = Array.from({length: inputs}, (_, i) => {
        const tensor = tensors.get(`data/${i}`);
        return tensor ? hold(tensor) : null;
      });
      const evaluation = new Evaluation(
        batchOf(kept),
        target,
        seat,
        target.captureState(),
        draws && new Draws(source, draws),
      );
      evaluation.resume(own);
      return evaluation;
    });
  }

  private alone<T>(body: () => T): T {
    if (this.isStepping) {
      throw new InjectError(
        'TRAINING',
        'one step must be over before the next begins; a hook asked for another',
      );
    }
    this.isStepping = true;
    this.seat.slots.journal = this.journal;
    try {
      return body();
    } finally {
      this.isStepping = false;
    }
  }

  private open(isFinal: boolean): Mutable<Step> {
    const written = this.ledger.settle();
    const postponed = this.window.evaluations.length;
    if (written.size > 0 && postponed > 0) {
      console.warn(
        `tfjs-inject: weights were written in the middle of an accumulation window. Its ${postponed} batch(es) ` +
          `saw other weights, and are dropped.`,
      );
      this.dropWindow();
    }
    const {completedSteps} = this.seat;
    const learningRate = this.seat.rateAt(completedSteps);
    const {stepped: weights, listed} = this.target;
    return {iterations: completedSteps + 1, weights, listed, written, learningRate, isFinal};
  }

  private evaluationOf(batch: Batch, {iterations}: Step): Evaluation {
    const {hooks, plan, seed, seat} = this;
    const isRepeated =
      takesSeveral(plan) ||
      [hooks.evaluated, hooks.gradients, hooks.window, hooks.skip, hooks.afterPhase].some(hook =>
        hook.isUsed(),
      );
    let draws: Draws | undefined;
    if (seed !== undefined) draws = new Draws(seededSource(seed, iterations, this.window.evaluations.length));
    else if (isRepeated) draws = new Draws(Math.random);
    return new Evaluation(batch, this.target, seat, this.target.captureState(), draws);
  }

  /** One batch, or none at the end of training: all or nothing. */
  private attempt(step: Mutable<Step>, evaluation: Evaluation | undefined): tf.Scalar | undefined {
    const {hooks, journal, seat, plan, window: before} = this;
    let after = Window.empty;
    let outcome: Outcome | undefined;
    let isUndone = false;
    journal.begin();
    this.step = step;
    this.ledger.isInStep = true;
    try {
      if (step.written.size > 0) seat.tell(step, plan);
      tf.tidy(() => {
        if (hooks.learningRate.isUsed()) step.learningRate = this.scheduledRate(step);
        if (hooks.beforeStep.isUsed()) hooks.beforeStep.call(step);
        const evaluations = this.choose(step, evaluation);
        if (evaluations === 'postpone') {
          after = evaluation ? before.with(evaluation, this.postponed(evaluation, step)) : before;
          outcome = 'postponed';
        } else {
          const skip = takePhases({hooks, journal, seat, plan, step, evaluations, window: before});
          if (skip) this.undo(...before.evaluations, evaluation);
          if (skip?.action === 'stop') this.target.stop();
          outcome = skip ? 'skipped' : 'applied';
          if (!skip && hooks.afterStep.isUsed()) hooks.afterStep.call(step);
        }
        if (hooks.afterBatch.isUsed()) hooks.afterBatch.call(step, outcome);
      });
      return evaluation?.takeLoss();
    } catch (error) {
      isUndone = journal.isOpen;
      if (isUndone) {
        this.undo(evaluation);
        if (after !== before) after.disposeSum();
      }
      throw error;
    } finally {
      if (journal.isOpen) journal.commit();
      this.step = undefined;
      this.ledger.isInStep = false;
      if (!isUndone) this.window = after;
      if (isUndone) evaluation?.release();
      else if (outcome !== 'postponed') {
        before.dispose();
        evaluation?.release();
      } else if (evaluation) before.disposeSum();
      if (!isUndone && outcome !== 'skipped') this.ledger.note();
    }
  }

  /** A postponed batch's loss and gradients, where the first phase wants them. */
  private postponed(evaluation: Evaluation, step: Step): Evaluated {
    const run = () => evaluation.run();
    return this.plan.kind === 'fixed' ? this.seat.atPoint(this.plan.groups[0]!, step, run) : run();
  }

  /** Takes back what was written, and what these evaluations, the newest last, did to layers. */
  private undo(...evaluations: (Evaluation | undefined)[]): void {
    this.journal.rollback();
    for (const evaluation of evaluations.reverse()) evaluation?.undo();
  }

  private scheduledRate(step: Step): number {
    const rate = this.hooks.learningRate.call(step.learningRate, step);
    if (Number.isFinite(rate) && rate >= 0) return rate;
    throw new InjectError(
      'INVALID_OPTION',
      `a learning rate must be finite and ≥ 0; a schedule gave ${shown(rate)}`,
    );
  }

  private choose(step: Step, evaluation: Evaluation | undefined): readonly Evaluation[] | 'postpone' {
    const all = evaluation ? [...this.window.evaluations, evaluation] : this.window.evaluations;
    if (!this.hooks.window.isUsed()) return all;
    const chosen = this.hooks.window.call(all, step);
    if (chosen === 'postpone') return chosen;
    // The batch that has come is what the caller gets a loss and metrics of.
    if (Array.isArray(chosen) && chosen.length > 0 && (!evaluation || chosen.includes(evaluation)))
      return chosen;
    throw new InjectError(
      'INVALID_OPTION',
      `the hook 'window' must give 'postpone' or evaluations of which the batch's own is one; received ${shown(chosen)}`,
    );
  }
}
