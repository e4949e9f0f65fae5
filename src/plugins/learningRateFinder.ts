import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {integer, number, type OptionsOf, oneOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {stages} from '../inject/stages.js';
import type {Weight} from '../inject/weight.js';
import {LossCurve} from './shared/lossCurve.js';
import {rateChart} from './shared/rateChart.js';
import {type RateSuggestion, rateSuggestion} from './shared/rateSuggestion.js';
import {requireAlone} from './shared/requireAlone.js';

const specs = {
  minLearningRate: number(1e-7, {above: 0}),
  maxLearningRate: number(10, {above: 0}),
  steps: integer(100, {min: 2}),
  scale: oneOf('exponential', 'exponential', 'linear'),
  smoothing: number(0.98, {min: 0, below: 1}),
  divergeAt: number(4, {above: 1}),
};

export type LearningRateFinderOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Finds a learning rate: trains with one that grows from step to step, notes the loss, and puts everything back as it
 * was. `search` does it; otherwise the plugin does nothing.
 *
 * In step i = 0 … n − 1, of the losses L of the first phase:
 *     αᵢ = min·(max/min)^(i/(n−1))          or min + (max − min)·i/(n−1)
 *     sᵢ = s·β + (1 − β)·Lᵢ                  s₋₁ = 0
 *     lossᵢ = sᵢ / (1 − βⁱ⁺¹)
 *     until lossᵢ > divergeAt · min loss, or Lᵢ is not finite
 *     steepest = αᵢ where (lossᵢ₊₁ − lossᵢ)/(ln αᵢ₊₁ − ln αᵢ) is least
 *     minimum  = αᵢ/10 where lossᵢ is least
 *
 * Cost: n steps at most; a second reference to weights and state meanwhile. The loss is read between batches.
 * Runs on: learningRate, beforeStep, afterPhase, afterStep, afterBatch, boundary; none of them outside a search.
 * Changes: the learning rate, in a search.
 * Neutral setting: every one, outside a search.
 * Order: after schedules and ReduceOnPlateau, in place of which its rate stands. One LearningRateFinder per model.
 * Evaluation: as without it.
 * Saved: nothing.
 * Differs from the paper: the loss in place of the accuracy, exponential growth and suggestions, as in fastai's
 *     `lr_find`; there the last rate is not reached. As there, the first tenth of the steps and the last five suggest nothing.
 *
 * @param options.minLearningRate  > 0. Default 1e-7.
 * @param options.maxLearningRate  > minLearningRate. Default 10.
 * @param options.steps            n, an integer ≥ 2. Default 100.
 * @param options.scale            `'exponential'` or `'linear'`. Default `'exponential'`.
 * @param options.smoothing        β, 0 ≤ β < 1. Default 0.98.
 * @param options.divergeAt        > 1. Default 4.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model.
 * @example
 * const optimizer = tf.train.adam();
 * model.compile({optimizer, loss: 'meanSquaredError'});
 * const finder = new LearningRateFinder({steps: 60});
 * finder.inject(model);
 * const {steepest} = await finder.search(() => model.fit(x, y, {epochs: 30}));
 * optimizer.learningRate = steepest;
 * await model.fit(x, y, {epochs: 10});
 * @see Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017 (arXiv 1506.01186), section 3.3
 */
export class LearningRateFinder extends pluginOf('tfjs-inject/LearningRateFinder', specs) {
  private injection: Injection | undefined;
  private curve: LossCurve | undefined;
  /** The weights that are put back. */
  private known: ReadonlySet<Weight> = new Set();
  private isSearching = false;
  private isDone = false;
  /** The rates of steps whose losses are still on the device. */
  private pending: number[] = [];
  /** Slots are kept by weight; a loss is of none, and goes by the first one seen. */
  private anchor: Weight | undefined;

  constructor(options?: LearningRateFinderOptions) {
    super(options);
    const {minLearningRate, maxLearningRate} = this.options;
    if (minLearningRate >= maxLearningRate) {
      throw new InjectError(
        'INVALID_OPTION',
        `maxLearningRate of LearningRateFinder must be a finite number > minLearningRate, ${minLearningRate}; received ` +
          `${maxLearningRate}`,
      );
    }
  }

  /** The rates of the last search, step by step. */
  get rates(): readonly number[] {
    return this.curve?.rates ?? [];
  }

  /** The smoothed loss with each of them, as it was before the step. */
  get losses(): readonly number[] {
    return this.curve?.losses ?? [];
  }

  /** Whether the search has seen enough: a loop of one's own ends then; `fit` does so by itself. */
  get isOver(): boolean {
    return this.isDone;
  }

  override apply(injection: Injection): void {
    requireAlone(this, injection, 'it may search again');
    [this.injection, this.anchor] = [injection, undefined];
    const {hooks} = injection;
    const own = injection.slotsOf(this);
    const isActive = () => this.isSearching && !this.isDone;
    hooks.learningRate.tap({name: this.name, stage: stages.search}, () =>
      isActive() ? this.nextRate() : undefined,
    );
    hooks.beforeStep.tap(this.name, ({weights}) => {
      const other = this.isSearching && weights.find(weight => !this.known.has(weight));
      if (!other) return;
      throw new InjectError(
        'INVALID_OPTION',
        `a search must train the weights that the step before it had, for it puts back these; received '${other.key}'`,
      );
    });
    hooks.afterPhase.tap({name: this.name, stage: stages.observe}, ({index, loss, step}) => {
      if (index > 0 || !isActive()) return;
      this.anchor ??= step.weights[0]!;
      own.write(`loss${this.pending.length}`, this.anchor, loss);
    });
    hooks.afterStep.tap({name: this.name, stage: stages.observe}, ({learningRate}) => {
      if (!isActive()) return;
      this.pending.push(learningRate);
      if (this.rates.length + this.pending.length >= this.options.steps) this.isDone = true;
    });
    hooks.afterBatch.tap({name: this.name, stage: stages.observe}, (_step, outcome) => {
      // A guard has seen the loss diverge.
      if (outcome === 'skipped' && isActive()) this.isDone = true;
    });
    hooks.boundary.tapPromise({name: this.name, stage: stages.react}, async ({kind, stop}) => {
      if (!this.isSearching || kind === 'begin') return;
      await this.collect();
      if (this.isDone) stop();
    });
    hooks.eject.tap(this.name, () => {
      this.injection = undefined;
    });
  }

  /**
   * Searches while `train` trains, which may be a `fit` or `fitDataset` of more than `steps` batches, or a loop until
   * `isOver`. Then weights, optimizer, layers and plugins are as they were before, also where `train` throws.
   *
   * @throws InjectError `NOT_INJECTED` before it is injected, `TRAINING` within a search, `PLUGIN_CONFLICT` within an
   *     accumulation window, `INVALID_OPTION` where `train`
   *     takes less than two steps, or trains weights that are not known: in a loop of one's own, take a step before.
   */
  async search(train: () => unknown): Promise<RateSuggestion> {
    const {injection} = this;
    if (!injection) {
      throw new InjectError(
        'NOT_INJECTED',
        'a LearningRateFinder must be injected before it searches; it is not',
      );
    }
    if (this.isSearching) {
      throw new InjectError('TRAINING', 'one search must be over before the next begins; received another');
    }
    if (typeof train !== 'function') {
      throw new InjectError(
        'INVALID_OPTION',
        `search needs a function that trains; received ${shown(train)}`,
      );
    }
    if (injection.weights.length === 0) {
      throw new InjectError(
        'INVALID_OPTION',
        "search must know the weights that it puts back, which a loop of one's own shows in its first step: take one before",
      );
    }
    if (injection.stepper.isPostponing) {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        'a search must begin where no accumulation window is open, for it cannot put its batches back; call flush() on the injection before it',
      );
    }
    const before = injection.snapshot();
    this.begin(injection.weights);
    injection.isTrial = true;
    try {
      await train();
      await this.collect();
    } finally {
      injection.isTrial = false;
      this.isSearching = false;
      this.pending = [];
      injection.slotsOf(this).dispose();
      try {
        if (this.injection === injection) before.restore();
      } finally {
        before.release();
      }
    }
    return this.suggestion;
  }

  /**
   * What the last search leads to.
   *
   * @throws InjectError `INVALID_OPTION` where it had less than two steps.
   */
  get suggestion(): RateSuggestion {
    const {rates, losses} = this;
    if (rates.length >= 2) return rateSuggestion(rates, losses, Math.floor(this.options.steps / 10));
    throw new InjectError(
      'INVALID_OPTION',
      `a search must take at least 2 steps with a finite loss; this one took ${rates.length}`,
    );
  }

  /** The last search as a specification of Vega-Lite, which vega-embed shows in a page, and vega as an SVG in Node. */
  toVegaLite(): Record<string, unknown> {
    const scale = this.options.scale === 'linear' ? 'linear' : 'log';
    return rateChart(this.rates, this.losses, this.suggestion, scale);
  }

  private begin(weights: readonly Weight[]): void {
    const {smoothing, divergeAt} = this.options;
    this.known = new Set(weights);
    this.curve = new LossCurve(smoothing, divergeAt);
    this.pending = [];
    [this.isSearching, this.isDone] = [true, false];
  }

  private nextRate(): number {
    const {minLearningRate: min, maxLearningRate: max, scale, steps} = this.options;
    const share = (this.rates.length + this.pending.length) / (steps - 1);
    return scale === 'linear' ? min + (max - min) * share : min * (max / min) ** share;
  }

  /** Reads the losses that are on the device. */
  private async collect(): Promise<void> {
    const {anchor, curve, injection, pending} = this;
    if (pending.length === 0 || !curve || !injection || !anchor) return;
    const own = injection.slotsOf(this);
    const losses = pending.map((_, i) => tf.keep(tf.clone(own.read(`loss${i}`, anchor))));
    this.pending = [];
    own.dispose();
    try {
      const values = await Promise.all(losses.map(loss => loss.data()));
      // What came after the loss diverged tells nothing.
      this.isDone = !pending.every((rate, i) => curve.add(rate, values[i]![0]!)) || this.isDone;
    } finally {
      tf.dispose(losses);
    }
  }
}

tf.serialization.registerClass(LearningRateFinder);
