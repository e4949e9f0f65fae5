import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {flag, integer, number, type OptionSpec, type OptionsOf, type Rate, rate} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {stages} from '../inject/stages.js';
import {evaluateOnSpec, moveAverage, showAverage} from './shared/average.js';

const specs = {
  decay: {...rate(0.999, {min: 0, max: 1}), fallback: undefined} as OptionSpec<Rate | undefined>,
  halfLife: {...number(0, {above: 0}), fallback: undefined} as OptionSpec<number | undefined>,
  biasCorrection: flag(false),
  dynamicDecay: flag(false),
  start: integer(0, {min: 0}),
  every: integer(1, {min: 1}),
  evaluateOn: evaluateOnSpec,
};

export type EMAOptions = Partial<OptionsOf<typeof specs>>;

/**
 * An exponential moving average of the weights, which evaluation sees: smoother
 * than the weights that train, and often better, at the cost of one copy.
 *
 * Update rule, for each weight θ (any shape), after step t > start, where t − start is a multiple of every:
 *     a ← a + (1 − d)·(θ − a)             a₀ = θ before the first step; a = θ up to step start
 * With biasCorrection, as if a had started at zero and were divided by c = 1 − Πd:
 *     c ← d·c + (1 − d),  a ← a + ((1 − d)/c)·(θ − a)        c₀ = 0
 * With halfLife h: d = 2^(−every/h). With dynamicDecay: min(d, (1 + u)/(10 + u)), u = t − 1 − start.
 *
 * Cost: no further phase; one copy of the weights.
 * Runs on: beforeStep, afterStep, evaluationWeights.
 * Changes: nothing that trains.
 * Neutral setting: decay 0, and evaluateOn 'training' at any.
 * Order: after Lookahead's sync, whose slow weights it averages. Conflicts with another average that evaluation is to see.
 * Evaluation: the average, unless evaluateOn says otherwise; the next training call goes on from the training weights.
 * Saved: slot average; with biasCorrection, counter mass.
 * Differs from other libraries: torch's AveragedModel starts as a copy at its first update, which is start: 1 here; TFA and
 *     Keras have biasCorrection false. Statistics of BatchNorm are not averaged. Weights that the user writes, and those
 *     that a loop trains only later, are where their average goes on from. The average of a frozen weight stays.
 *
 * @param options.decay           d at each update, 0 to 1, or a function of the completed steps. Default 0.999.
 * @param options.halfLife        in its place: the steps after which a weight counts half. > 0.
 * @param options.biasCorrection  start at nothing, not at the first weights. Default false.
 * @param options.dynamicDecay    begin with a small d, as TensorFlow's num_updates and TFA do. Default false.
 * @param options.start           steps during which the average is a mere copy. Integer ≥ 0. Default 0.
 * @param options.every           steps from one update to the next. Integer ≥ 1. Default 1.
 * @param options.evaluateOn      `'average'` or `'training'`. Default `'average'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second average to be seen.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new EMA({halfLife: 50}).inject(model);
 * await model.fit(x, y, {epochs: 10, validationData: [x, y]});
 * @see Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 1992;
 *     Kingma and Ba, "Adam", ICLR 2015, section 7.2
 */
export class EMA extends pluginOf('tfjs-inject/EMA', specs) {
  static readonly stateOptions = ['biasCorrection'];

  constructor(options?: EMAOptions) {
    super(options);
    const {decay, halfLife} = this.options;
    if (decay === undefined || halfLife === undefined) return;
    throw new InjectError('INVALID_OPTION', 'EMA takes either decay or halfLife; received both');
  }

  override apply(injection: Injection): void {
    const {biasCorrection, start, every} = this.options;
    const own = injection.slotsOf(this);
    const mass = () => own.count('mass', 0);
    showAverage(this, injection, () => !biasCorrection || mass() > 0);
    injection.hooks.beforeStep.tap(this.name, ({written}) => {
      for (const weight of injection.weights) {
        if (written.has(weight) || !own.has('average', weight)) own.write('average', weight, weight.variable);
      }
    });
    injection.hooks.afterStep.tap({name: this.name, stage: stages.average}, ({iterations}) => {
      if (iterations <= start) return moveAverage(this, injection, 1);
      if ((iterations - start) % every !== 0) return;
      const decay = this.decayAt(iterations - 1);
      const moved = decay * mass() + (1 - decay);
      const share = !biasCorrection ? 1 - decay : moved === 0 ? 0 : (1 - decay) / moved;
      moveAverage(this, injection, share);
      if (biasCorrection) own.setCount('mass', moved);
    });
  }

  private decayAt(completed: number): number {
    const {decay = 0.999, halfLife, every, start, dynamicDecay} = this.options;
    const constant = halfLife === undefined ? decay : 2 ** (-every / halfLife);
    const full = typeof constant === 'function' ? this.rateOf('decay', completed) : constant;
    const updates = completed - start;
    return dynamicDecay ? Math.min(full, (1 + updates) / (10 + updates)) : full;
  }
}

tf.serialization.registerClass(EMA);
