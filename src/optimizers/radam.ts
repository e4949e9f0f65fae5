import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number, oneOf} from '../inject/options.js';
import {decayed, moments, quotient, updateGroup} from '../rules/index.js';
import {adamKinSpecs} from './shared/adamKinSpecs.js';
import {rectification} from './shared/rectification.js';

export type RAdamOptions = Partial<RAdam['options']>;

/**
 * Adam that trusts its average of squared gradients by how many of them it has
 * seen: a warm-up of the learning rate that need not be tuned.
 *
 * Update rule, for each weight θ (any shape), step t, m̂, v̂ as in Adam:
 *     ρ∞   = 2/(1 − β₂) − 1                ρ = ρ∞ − 2t·β₂ᵗ/(1 − β₂ᵗ)
 *     r²   = (ρ − 4)(ρ − 2)·ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)·ρ)
 *     θₜ₊₁ = θₜ − α·r·m̂/√v̂    if ρ > 5;    else θₜ − α·m̂
 *
 * Cost: one phase; two slots of the weights' size.
 * Slots: m, v: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: its threshold is 4, and it has no ε; 5 and √v + ε are torch's. With ε = 0, a weight whose v is
 *     0 stays.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.beta1, beta2, epsilon  β₁, β₂: ≥ 0, below 1; ε: ≥ 0. Defaults 0.9, 0.999, 1e-8.
 * @param options.epsilonOn  `'uncorrected'`: √v + ε, then the correction; or `'corrected'`: √v̂ + ε. Default the former.
 * @param options.threshold, unrectified  ≥ 4, which ρ must exceed for v to be trusted; until then `'momentum'`: θ − α·m̂,
 *     or `'skip'`: θ stays, without decay. Defaults 5, `'momentum'`.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new RAdam({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020, algorithm 2
 */
export class RAdam extends optimizerOf('tfjs-inject/RAdam', {
  ...adamKinSpecs(),
  epsilonOn: oneOf('uncorrected', 'corrected', 'uncorrected'),
  threshold: number(5, {min: 4}),
  unrectified: oneOf('momentum', 'momentum', 'skip'),
}) {
  getGroupedUpdates() {
    const {epsilon, epsilonOn, unrectified} = this.options;
    return [
      updateGroup({
        name: 'radam',
        slots: {m: 'zeros', v: 'zeros'},
        scalars: context => {
          const {correction, ...rates} = rectification(this.options, context);
          return {...rates, stability: epsilon * (epsilonOn === 'corrected' ? Math.sqrt(correction) : 1)};
        },
        update: ({isRectified, momentumRate, adaptiveRate, stability, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const {m, v} = moments(operands, gradient, this.options);
          const step = quotient(m.mul(adaptiveRate), v.sqrt(), epsilon === 0 ? 0 : stability);
          const isAdaptive = isRectified.equal(1);
          if (unrectified === 'momentum')
            return {m, v, weight: weight.sub(isAdaptive.select(step, m.mul(momentumRate)))};
          return {m, v, weight: isAdaptive.select(weight.sub(step), operands.weight)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(RAdam);
