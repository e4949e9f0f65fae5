import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number, oneOf, rate} from '../inject/options.js';
import {
  decayed,
  elementwise,
  movingMean,
  type Operand,
  quotient,
  rootMeanSquare,
  updateGroup,
} from '../rules/index.js';
import {decaySpecs} from './shared/decaySpecs.js';
import {factoredAxes, factoredMoment, factoredSlots} from './shared/factoredMoment.js';
import {orNone} from './shared/orNone.js';

export type AdafactorOptions = Partial<Adafactor['options']>;

/**
 * Adafactor: second moments of a matrix kept as the means of its rows and of
 * its columns, and steps in proportion to the weight. Good for large
 * embeddings and transformers where memory is short.
 *
 * Update rule, for each weight θ, step t; row and column means run over its two largest axes:
 *     β₂ₜ  = 1 − t^(−c)                            ρₜ = min(α, 1/√t)
 *     Rₜ   = β₂ₜ·Rₜ₋₁ + (1 − β₂ₜ)·rowMeans(g² + ε₁)         R₀ = 0
 *     Cₜ   = β₂ₜ·Cₜ₋₁ + (1 − β₂ₜ)·columnMeans(g² + ε₁)      C₀ = 0
 *     v̂    = Rₜ·Cₜ/mean(Rₜ)                        not factored: v̂ = β₂ₜ·v̂ + (1 − β₂ₜ)·(g² + ε₁)
 *     u    = g/√v̂
 *     sₜ   = ρₜ·max(ε₂, RMS(θₜ))·u/max(1, RMS(u)/d)
 *     θₜ₊₁ = θₜ − sₜ                               with β₁: less mₜ = β₁·mₜ₋₁ + (1 − β₁)·sₜ
 *
 * Cost: one phase; a number for each row and column of what is factored, else one slot of the weight's size; m with β₁.
 * Slots: rows: R, or v̂ where not factored; columns: C, or one number. m: shape of the weight, only with β₁ > 0. All start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: R and C are means, not sums, which gives the same v̂; weights with an axis below
 *     `minDimSizeToFactor` are not factored, as in the authors' code.
 *
 * @param options.learningRate    α. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.relativeStep    Whether ρₜ is min(α, 1/√t), or else α. Default true.
 * @param options.multiplyByParameterScale  Whether a step is in proportion to RMS(θ). Default true.
 * @param options.clippingThreshold  d. ≥ 1, or `'none'`. Default 1.
 * @param options.decayRate       c. ≥ 0. Default 0.8.
 * @param options.beta1           β₁. ≥ 0, below 1. Default 0: no m.
 * @param options.epsilon1, epsilon2  ε₁, ε₂. ≥ 0. Defaults 1e-30, 1e-3.
 * @param options.epsilonOn       Where ε₁ stands: `'square'`: g² + ε₁; `'estimate'`, as in torch: max(mean(R), ε₁), max(√v̂, ε₁).
 * @param options.factoredAxes    `'largest'`: the two largest; `'last'`: the last two, as in torch and Keras; `'none'`. Default `'largest'`.
 * @param options.minDimSizeToFactor  Least size of both axes. ≥ 1. Default 128.
 * @param options.weightDecay, decay  λ ≥ 0; `'decoupled'`, θ loses α·λ·θ (not ρₜ), `'independent'` or `'l2'`. Defaults 0, `'decoupled'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Adafactor(), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", ICML 2018, algorithms 4–6
 */
export class Adafactor extends optimizerOf('tfjs-inject/Adafactor', {
  learningRate: rate(0.01),
  relativeStep: flag(true),
  multiplyByParameterScale: flag(true),
  clippingThreshold: orNone(1, number(1, {min: 1})),
  decayRate: number(0.8, {min: 0}),
  beta1: number(0, {min: 0, below: 1}),
  epsilon1: number(1e-30, {min: 0}),
  epsilon2: number(1e-3, {min: 0}),
  epsilonOn: oneOf('square', 'square', 'estimate'),
  factoredAxes: oneOf('largest', 'largest', 'last', 'none'),
  minDimSizeToFactor: number(128, {min: 1}),
  ...decaySpecs('decoupled'),
}) {
  getGroupedUpdates() {
    const {options} = this;
    const {relativeStep, multiplyByParameterScale, clippingThreshold: d, decayRate, beta1} = options;
    const {epsilon1, epsilon2, epsilonOn} = options;
    const floor = epsilonOn === 'estimate' ? epsilon1 : 0;
    const begin = elementwise<'weight' | 'gradient' | 'learningRate', 'start' | 'g' | 'square'>(
      'adafactor square',
      operands => {
        const {weight, gradient} = decayed(options, operands);
        const square = gradient.mul(gradient);
        return {start: weight, g: gradient, square: floor === 0 ? square.add(epsilon1) : square};
      },
    );
    const scale = elementwise<'g' | 'estimate', 'u'>('adafactor scaling', ({g, estimate}) => {
      const root = estimate.sqrt();
      return {u: quotient(g, floor === 0 ? root : root.maximum(floor), 0)};
    });
    const step = elementwise<'start' | 'u' | 'm' | 'rho' | 'size' | 'length', string>(
      'adafactor step',
      ({start, u, m, rho, size, length}) => {
        const rate = multiplyByParameterScale ? rho.mul(size.maximum(epsilon2)) : rho;
        const s = u.mul(d === 'none' ? rate : rate.div(length.div(d).maximum(1)));
        if (beta1 === 0) return {weight: start.sub(s)} as Record<string, Operand>;
        const mean = movingMean(m, s, beta1);
        return {weight: start.sub(mean), m: mean};
      },
    );
    return [
      updateGroup({
        name: 'adafactor',
        slots: {...factoredSlots(options), ...(beta1 > 0 && {m: 'zeros' as const})},
        scalars: ({iterations: t, learningRate}) => ({
          kept: 1 - t ** -decayRate,
          added: t ** -decayRate,
          rho: relativeStep ? Math.min(learningRate, 1 / Math.sqrt(t)) : learningRate,
        }),
        compute: ({weights, learningRate, scalars}) => {
          const {kept, added, rho} = scalars as Record<'kept' | 'added' | 'rho', number>;
          return weights.map(({weight, gradient, rows, columns, m: m0}) =>
            tf.tidy(() => {
              const {start, g, square} = begin({weight, gradient, learningRate});
              const axes = factoredAxes(weight.shape, options);
              const {estimate, ...slots} = factoredMoment(
                {rows: rows!, columns: columns!, square},
                axes,
                {kept, added},
                floor,
              );
              const {u} = scale({g, estimate});
              const sizes = {size: rootMeanSquare(weight), length: rootMeanSquare(u)};
              const {weight: moved, m} = step({start, u, m: m0 ?? 0, rho, ...sizes});
              return {...slots, weight: moved!, ...(m && {m})};
            }),
          );
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Adafactor);
