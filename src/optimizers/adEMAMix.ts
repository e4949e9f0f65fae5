import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number} from '../inject/options.js';
import {decayed, movingMean, quotient, updateGroup} from '../rules/index.js';
import {adamKinSpecs} from './shared/adamKinSpecs.js';

export type AdEMAMixOptions = Partial<AdEMAMix['options']>;

/**
 * AdEMAMix: AdamW with a second, much slower mean of the gradient, which keeps
 * what gradients of many thousands of steps ago have told. For long training.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     m₁   ← β₁·m₁ + (1 − β₁)·g                      m̂₁ = m₁/(1 − β₁ᵗ)
 *     m₂   ← b·m₂ + (1 − b)·g                        not corrected
 *     ν    ← β₂·ν + (1 − β₂)·g²                      ν̂ = ν/(1 − β₂ᵗ)
 *     θₜ₊₁ = θₜ − α·((m̂₁ + a·m₂)/(√(ν̂ + ε̄) + ε) + λ·θₜ)
 * with warm-ups over A and B steps, of the weight a and of the half-life of m₂:
 *     a    = `alpha`·min(t/A, 1)
 *     ln b = 1/((1 − s)/ln β₁ + s/ln β₃)             s = min(t/B, 1), b ≤ β₃
 *
 * Cost: one phase; three slots of the weights' size.
 * Slots: m1, m2, nu: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: its α is `alpha` here, its η the learning rate; each warm-up has its own number of steps, as in
 *     the authors' code.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.beta1, beta2, beta3  β₁, β₂, β₃: how much of m₁, ν, m₂ stays. ≥ 0, below 1. Defaults 0.9, 0.999, 0.9999.
 * @param options.alpha         How much m₂ counts. ≥ 0. Default 5 (2 in the authors' code for torch).
 * @param options.alphaWarmupSteps, beta3WarmupSteps  A, B: steps in which `alpha` is reached from 0, β₃ from β₁. ≥ 0.
 *     Default 0: no warm-up. The paper has the number of all steps for both.
 * @param options.epsilon, epsilonRoot  ε, ε̄. ≥ 0. Defaults 1e-8, 0.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'decoupled'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new AdEMAMix({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Pagliardini, Ablin, Grangier, "The AdEMAMix Optimizer: Better, Faster, Older", arXiv 2409.03137, algorithm 1
 */
export class AdEMAMix extends optimizerOf('tfjs-inject/AdEMAMix', {
  ...adamKinSpecs({decay: 'decoupled'}),
  beta3: number(0.9999, {min: 0, below: 1}),
  alpha: number(5, {min: 0}),
  alphaWarmupSteps: number(0, {min: 0}),
  beta3WarmupSteps: number(0, {min: 0}),
  epsilonRoot: number(0, {min: 0}),
}) {
  getGroupedUpdates() {
    const {options} = this;
    const {beta1, beta2, beta3, alpha, alphaWarmupSteps, beta3WarmupSteps, epsilon, epsilonRoot} = options;
    return [
      updateGroup({
        name: 'adEMAMix',
        slots: {m1: 'zeros', m2: 'zeros', nu: 'zeros'},
        // As in Adam, the correction of √ν̂ is a scalar, √(1 − β₂ᵗ), which all that is divided or added has in it.
        scalars: ({iterations: t, learningRate}) => {
          const kept = warmedUpBeta(t, beta3WarmupSteps, beta1, beta3);
          const mix = t < alphaWarmupSteps ? (alpha * t) / alphaWarmupSteps : alpha;
          const correction = 1 - beta2 ** t;
          const scale = Math.sqrt(correction);
          return {
            kept,
            added: 1 - kept, // In double precision: float32 has few digits of it.
            fastRate: (learningRate * scale) / (1 - beta1 ** t),
            slowRate: learningRate * scale * mix,
            rootStability: epsilonRoot * correction,
            stability: epsilon * scale,
          };
        },
        update: operands => {
          const {m1, m2, nu, kept, added, fastRate, slowRate, rootStability, stability} = operands;
          const {weight, gradient} = decayed(options, operands);
          const fast = movingMean(m1, gradient, beta1);
          const slow = m2.mul(kept).add(gradient.mul(added));
          const square = movingMean(nu, gradient.mul(gradient), beta2);
          const root = (epsilonRoot === 0 ? square : square.add(rootStability)).sqrt();
          const direction = fast.mul(fastRate).add(slow.mul(slowRate));
          const step = quotient(direction, root, epsilon === 0 ? 0 : stability);
          return {m1: fast, m2: slow, nu: square, weight: weight.sub(step)};
        },
      }),
    ];
  }
}

/** β at step t on its way from one to another: the half-life, which is proportional to 1/ln β, grows by equal steps. */
function warmedUpBeta(t: number, steps: number, from: number, to: number): number {
  if (t >= steps) return to;
  const done = t / steps;
  return Math.min(Math.exp(1 / ((1 - done) / Math.log(from) + done / Math.log(to))), to);
}

tf.serialization.registerClass(AdEMAMix);
