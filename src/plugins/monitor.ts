import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {Boundary} from '../inject/hooks.js';
import type {Injection} from '../inject/injection.js';
import {flag, integer, type OptionSpec, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {stages} from '../inject/stages.js';
import {measurePhases} from './shared/measurePhases.js';
import {measureSteps} from './shared/measureSteps.js';
import {type Measure, type Measuring, measures} from './shared/measuring.js';
import {requireAlone} from './shared/requireAlone.js';
import {addTotal, RunningMeans, type Totals} from './shared/runningMeans.js';

const isMeasure = (value: unknown) => measures.includes(value as Measure);
const include: OptionSpec<readonly Measure[]> = {
  fallback: measures.filter(measure => measure !== 'clippedGradientNorm' && measure !== 'weightNorm'),
  mustBe: `a list of ${measures.join(', ')}`,
  accepts: value => Array.isArray(value) && value.length > 0 && value.every(isMeasure),
};

const specs = {
  include,
  perWeight: flag(false),
  measureEvery: integer(1, {min: 1}),
  logEvery: integer(0, {min: 0}),
};

export type MonitorOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Writes what happens in training into the logs, where History, callbacks,
 * `tf.node.tensorBoard` and tfjs-vis find it: rates, norms, losses, tensors, time.
 *
 * In the logs, for weights θ and gradients g of all trained weights together, each a mean over the epoch's steps:
 *     learningRate          α, after schedules
 *     gradientNorm          ‖g‖₂ of the first phase as clipping sees it; gradientNormPhase2 … of later ones
 *     clippedGradientNorm   ‖g‖₂ as the optimizer takes it; clippedGradientNormPhase2 …
 *     updateNorm            ‖θₜ₊₁ − θₜ‖₂, all that the step and its plugins did
 *     weightNorm            ‖θₜ‖₂
 *     updateRatio           ‖θₜ₊₁ − θₜ‖₂ / ‖θₜ‖₂, and 0 where θₜ is 0
 *     lossPhase1 …          losses of the phases, of optimizers with more than one
 *     skippedBatches        how many, not a mean
 *     stepMilliseconds      time within the train function, of all batches over all steps
 *     tensors               `tf.memory().numTensors` at this moment
 *
 * Cost: no further phase; two small kernels per weight for each norm, in steps that are measured. One vector on the device
 *     for each phase and for the step. Nothing is read in mid-step.
 * Runs on: beforeStep, gradients, afterPhase, afterStep, afterBatch, boundary; those that `include` asks for.
 * Changes: nothing.
 * Neutral setting: every one.
 * Order: before and after all other taps of `gradients`, after all of afterStep. One Monitor per model.
 * Evaluation: as without it.
 * Saved: nothing. After a break the means are, as those of `fit`, of an epoch's remaining steps.
 *
 * @param options.include       a list of the above; `'phaseLosses'` stands for lossPhase1 … Default: all but
 *     clippedGradientNorm and weightNorm.
 * @param options.perWeight     whether norms and ratios come for each weight as well, as gradientNorm/<weight>. Default false.
 * @param options.measureEvery  integer ≥ 1: norms and losses are measured in each n-th step. Default 1.
 * @param options.logEvery      integer ≥ 0: batches from one entry in the logs of a batch to the next; each waits for the
 *     device. Default 0: logs of epochs alone.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new Monitor({include: ['gradientNorm', 'updateRatio']}).inject(model);
 * const {history} = await model.fit(x, y, {epochs: 10});
 * console.log(history.gradientNorm);
 */
export class Monitor extends pluginOf('tfjs-inject/Monitor', specs) {
  private means: RunningMeans | undefined;
  /** What was read from the device since the last report. */
  private totals: Totals = new Map();
  /** Names in former reports. */
  private reported = new Set<string>();
  private batches = 0;

  override apply(injection: Injection): void {
    requireAlone(this, injection, 'two would write the same entries of the logs');
    const {include, perWeight, measureEvery} = this.options;
    const means = new RunningMeans(injection.slotsOf(this));
    const measuring: Measuring = {
      owner: this.name,
      means,
      perWeight,
      asksFor: (...names) => names.some(name => include.includes(name)),
      isMeasured: ({iterations}) => (iterations - 1) % measureEvery === 0,
    };
    Object.assign(this, {means, totals: new Map(), reported: new Set(), batches: 0});
    measurePhases(injection, measuring);
    measureSteps(injection, measuring);
    injection.hooks.boundary.tapPromise({name: this.name, stage: stages.report}, boundary =>
      this.atBoundary(boundary),
    );
  }

  /**
   * The means since the last report, which this is: for loops of `trainOnBatch` and `minimize`, which have no epochs.
   *
   * @throws InjectError `NOT_INJECTED` before it is injected.
   */
  async read(): Promise<Record<string, number>> {
    if (!this.means) {
      throw new InjectError('NOT_INJECTED', 'a Monitor must be injected before it is read; it was not');
    }
    addAll(this.totals, await this.means.take());
    return this.report();
  }

  private async atBoundary({kind, logs}: Boundary): Promise<void> {
    const {logEvery} = this.options;
    if (kind === 'begin') return;
    if (kind === 'batch' && (logEvery === 0 || ++this.batches < logEvery)) return;
    this.batches = 0;
    const latest = await this.means!.take();
    addAll(this.totals, latest);
    if (kind === 'batch') Object.assign(logs, this.entriesOf(latest));
    else if (kind === 'epoch') Object.assign(logs, this.report());
    // After the last epoch there is something to say where a step was postponed until then.
    else if (latest.has('steps')) Object.assign(logs, this.report());
  }

  private report(): Record<string, number> {
    const entries = this.entriesOf(this.totals);
    this.totals = new Map();
    // History has one array for each name: an epoch without a value must not shorten it.
    for (const name of this.reported) entries[name] ??= Number.NaN;
    this.reported = new Set(Object.keys(entries));
    return entries;
  }

  private entriesOf(totals: Totals): Record<string, number> {
    const {include} = this.options;
    const sumOf = (name: string) => totals.get(name)?.sum ?? 0;
    const entries: Record<string, number> = {};
    for (const [name, {sum, count}] of totals) if (!(name in ofSteps)) entries[name] = sum / count;
    // Of one phase, it is the loss that fit reports.
    if (!totals.has('lossPhase2')) delete entries.lossPhase1;
    if (include.includes('skippedBatches')) entries.skippedBatches = sumOf('skipped');
    if (include.includes('stepMilliseconds') && totals.has('steps'))
      entries.stepMilliseconds = sumOf('milliseconds') / sumOf('steps');
    if (include.includes('tensors')) entries.tensors = tf.memory().numTensors;
    return entries;
  }
}

/** Sums that are no entries themselves. */
const ofSteps = {steps: 0, milliseconds: 0, skipped: 0};

function addAll(totals: Totals, more: Totals): void {
  for (const [name, total] of more) addTotal(totals, name, total);
}

tf.serialization.registerClass(Monitor);
