import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number, oneOf} from '../inject/options.js';
import {
  absoluteSum,
  type ComputeContext,
  dot,
  maximumOf,
  type NewTensors,
  type SlotStart,
  sumOf,
  updateGroup,
  type WeightTensors,
} from '../rules/index.js';
import {momentSpecs} from './shared/momentSpecs.js';
import {orNone} from './shared/orNone.js';
import {type ProdigySlot, prodigyFormulas} from './shared/prodigyFormulas.js';

export type ProdigyOptions = Partial<Prodigy['options']>;

/**
 * Prodigy: Adam whose step size d is an estimate of the distance to the
 * solution, made while it trains; it needs no tuned learning rate.
 *
 * Update rule, over all weights θ together, step t, with γ = α·dₜ and sums and maxima over all weights' elements:
 *     m    = β₁·m + (1 − β₁)·dₜ·g               v = β₂·v + (1 − β₂)·(dₜ·g)²
 *     s    = β₃·s + dₜ·γ·g                      r = β₃·r + dₜ·γ·Σ g·(θ₀ − θₜ)
 *     dₜ₊₁ = max(dₜ, c·r/Σ|s|)                  d₁ = d0
 *     θₜ₊₁ = θₜ − γ·λ·θₜ − γ·m/(√v + dₜ₊₁·ε)    m₀ = v₀ = s₀ = r₀ = 0
 *
 * Cost: one phase; five slots of the weights' size.
 * Slots: m, v, s, remainder: shape of the weight, start at zero. start: starts as the weight. d, dMax, numerator: one
 *     number for each weight, start at d0, d0, 0; d and dMax are alike for all weights, r is the numerators' sum.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: as the authors' code does: β₃ is √β₂ of its own, and d and v are of one step before. Here the
 *     remainder keeps what θ rounds away, without which float32 knows the first θ₀ − θₜ to one digit. Nothing moves
 *     while all gradients have been 0, or where α is 0; t counts such steps, too, where the code's bias correction does
 *     not. With β₁ = 0, dₜ₊₁·g stands for m, as in the code. Within Partitions each part has a d of its own, as in optax,
 *     where the code's groups share one; for one d and no decay of biases, leave decay to regularizers of the layers.
 *
 * @param options.learningRate       α: a factor to d. ≥ 0, finite, or a function of the completed steps. Default 1.
 * @param options.beta1, beta2       ≥ 0, below 1. Defaults 0.9, 0.999.
 * @param options.beta3              ≥ 0, below 1, or `'none'`: √β₂. Default `'none'`.
 * @param options.epsilon            ε ≥ 0. Default 1e-8.
 * @param options.weightDecay, decay  λ ≥ 0; `'decoupled'`, or `'l2'`: g + λ·θ. Defaults 0, `'decoupled'`.
 * @param options.d0                 > 0. Default 1e-6.
 * @param options.dCoef              c ≥ 0. Default 1.
 * @param options.growthRate         ≥ 1, by which d grows in a step at most, but for the first time; or `'none'`. Default `'none'`.
 * @param options.useBiasCorrection  γ·√(1 − β₂ᵗ)/(1 − β₁ᵗ) in place of γ. Default false.
 * @param options.safeguardWarmup    dₜ² in place of dₜ·γ in s. Default false.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Prodigy(), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Mishchenko and Defazio, "Prodigy", ICML 2024, arXiv 2306.06101, algorithm 4; code konstmish/prodigy
 */
export class Prodigy extends optimizerOf('tfjs-inject/Prodigy', {
  ...momentSpecs({learningRate: 1}),
  beta3: orNone('none', number(0, {min: 0, below: 1})),
  weightDecay: number(0, {min: 0}),
  decay: oneOf('decoupled', 'decoupled', 'l2'),
  d0: number(1e-6, {min: Number.MIN_VALUE}),
  dCoef: number(1, {min: 0}),
  growthRate: orNone('none', number(1, {min: 1})),
  useBiasCorrection: flag(false),
  safeguardWarmup: flag(false),
}) {
  getGroupedUpdates() {
    const {beta1, beta2, useBiasCorrection, d0} = this.options;
    const number = (fill: number): SlotStart => ({shape: () => [], fill});
    const formulas = prodigyFormulas(this.options);
    return [
      updateGroup({
        name: 'prodigy',
        slots: {
          ...({m: 'zeros', v: 'zeros', s: 'zeros', start: 'weight', remainder: 'zeros'} as const),
          ...{d: number(d0), dMax: number(d0), numerator: number(0)},
        },
        scalars: ({iterations: t, learningRate}) => ({
          rate: useBiasCorrection
            ? (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t)
            : learningRate,
        }),
        compute: context => compute(formulas, context),
      }),
    ];
  }
}

/** `d` is the estimate by which this step goes, `next` the one that it makes. */
function compute(
  {average, accumulate, estimate, move}: ReturnType<typeof prodigyFormulas>,
  {weights: given, scalars: {rate: factor}}: ComputeContext,
): NewTensors[] {
  const weights = given as readonly (WeightTensors & Record<ProdigySlot, tf.Tensor>)[];
  if (weights.length === 0 || factor === 0) return weights.map(() => ({}));
  const shared = {rate: factor!, d: maximumOf(weights.map(({d}) => d))};
  const averages = weights.map(({name: _, ...tensors}) => average({...tensors, ...shared}));
  const denominator = sumOf(averages.map(({s}) => absoluteSum(s)));
  const numerators = weights.map(({numerator}, i) => {
    const {g, distance} = averages[i]!;
    return accumulate({...shared, numerator, denominator, progress: dot(g, distance)}).numerator;
  });
  const dMax = maximumOf(weights.map(each => each.dMax));
  const estimates = estimate({...shared, dMax, numerator: sumOf(numerators), denominator});
  return weights.map(({weight, start}, i) => {
    const {m, v, s, g, remainder} = averages[i]!;
    const moved = move({...shared, next: estimates.d, denominator, weight, remainder, g, m, v});
    return {...moved, ...estimates, m, v, s, start, numerator: numerators[i]!};
  });
}

tf.serialization.registerClass(Prodigy);
