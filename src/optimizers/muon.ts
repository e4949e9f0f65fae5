import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {
  configOf,
  flag,
  integer,
  loadedOptions,
  number,
  type OptionSpec,
  oneOf,
  type Rate,
  rate,
  rateAt,
} from '../inject/options.js';
import {partitionedGroup} from '../inject/partitionedGroup.js';
import {savedText} from '../inject/savedText.js';
import {
  chooses,
  isSelector,
  loadedSelector,
  requireChosen,
  savedSelector,
  type WeightSelector,
} from '../inject/selectWeights.js';
import type {Weight} from '../inject/weight.js';
import {AdamW, type AdamWOptions} from './adamW.js';
import {isHiddenMatrix} from './shared/hiddenMatrix.js';
import {orthogonalMomentum} from './shared/orthogonalMomentum.js';
import {rateInProportion} from './shared/rateInProportion.js';

export type MuonOptions = Partial<Muon['options']>;

/**
 * Muon: matrices between hidden units move by their momentum with all singular values brought near 1, so that no
 * direction is left behind; all other weights are AdamW's. Good for transformers, dense and convolutional networks.
 *
 * Update rule, for each hidden matrix θ (of n inputs and m outputs; a kernel of higher rank flattened to that), step t:
 *     bₜ   = μ·bₜ₋₁ + (1 − μ)·g                   b₀ = 0
 *     u    = μ·bₜ + (1 − μ)·g                     or, without Nesterov, bₜ
 *     O    = NewtonSchulz(u)                      about UVᵀ, where u = USVᵀ; five steps of a polynomial
 *     θₜ₊₁ = θₜ − α·λ·θₜ − α·√max(1, m/n)·O
 *
 * Cost: one phase; one slot of a matrix's size, two of any other weight's; fifteen products of matrices.
 * Slots: momentum: of hidden matrices, shape of the weight, starts at zero. m, v: of the others, as in AdamW.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing but float32 where the authors' code takes bfloat16.
 *
 * @param options.learningRate  α, of the matrices. ≥ 0, finite, or a function of the completed steps. Default 0.02.
 * @param options.momentum, nesterov  μ: ≥ 0, below 1; whether the gradient counts once more. Defaults 0.95, true.
 * @param options.correctBias   Whether bₜ is divided by 1 − μᵗ⁺¹ and g by 1 − μᵗ, as in optax. Default false.
 * @param options.weightDecay   λ, of the matrices. ≥ 0. Default 0.
 * @param options.adjustLearningRate  `'original'`: √max(1, m/n); `'match_rms_adamw'`: 0.2·√max(n, m);
 *     `'spectral_unclamped'`: √(m/n). Default `'original'`.
 * @param options.newtonSchulzSteps, coefficients  how often, and a, b, c of the polynomial aσ + bσ³ + cσ⁵. Defaults 5, [3.4445, −4.775, 2.0315].
 * @param options.epsilon, epsilonOn  ε ≥ 0: added to the norm of u, `'sum'`, or the least it can be, `'maximum'`.
 *     Defaults 1e-7, `'sum'`.
 * @param options.adamW         options of AdamW for the other weights. Its rate is its own; a change of Muon's, by assignment
 *     or by a plugin, changes it in proportion. Default {learningRate: 0.0003, beta2: 0.95, epsilon: 1e-10, weightDecay: 0}.
 * @param options.hidden        which weights are hidden matrices: names, regular expressions, layers, a predicate; of these,
 *     those of rank 2 and more. Default: kernels, but no embeddings, output layers and depthwise kernels.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `NOT_INJECTED` from `fit` without `inject`.
 * @example
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * new Muon({learningRate: 0.02, adamW: {learningRate: 0.001}}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024, kellerjordan.github.io/posts/muon
 * @see Liu et al., "Muon is Scalable for LLM Training", 2025, arXiv 2502.16982, section 2.2
 */
export class Muon extends optimizerOf('tfjs-inject/Muon', {
  learningRate: rate(0.02),
  momentum: number(0.95, {min: 0, below: 1}),
  nesterov: flag(true),
  correctBias: flag(false),
  weightDecay: number(0, {min: 0}),
  adjustLearningRate: oneOf('original', 'original', 'match_rms_adamw', 'spectral_unclamped'),
  newtonSchulzSteps: integer(5, {min: 1, max: 99}),
  coefficients: {
    fallback: [3.4445, -4.775, 2.0315],
    mustBe: 'three finite numbers',
    accepts: value => Array.isArray(value) && value.length === 3 && value.every(Number.isFinite),
  } as OptionSpec<readonly number[]>,
  epsilon: number(1e-7, {min: 0}),
  epsilonOn: oneOf('sum', 'sum', 'maximum'),
  adamW: {
    fallback: {},
    mustBe: 'an object, the options of AdamW',
    accepts: value => typeof value === 'object' && value !== null && !Array.isArray(value),
  } as OptionSpec<AdamWOptions>,
  hidden: {
    fallback: undefined,
    mustBe: 'a name, a regular expression, a layer, a function, or a list of these',
    accepts: isSelector,
  } as OptionSpec<WeightSelector | undefined>,
}) {
  private readonly rest: AdamW;

  constructor(options?: MuonOptions) {
    super(options);
    const defaults = {learningRate: 3e-4, beta2: 0.95, epsilon: 1e-10, weightDecay: 0};
    this.rest = new AdamW({...defaults, ...this.options.adamW});
  }

  override get innerOptimizers() {
    return [this.rest];
  }

  getGroupedUpdates() {
    const {hidden} = this.options;
    const isChosen = (weight: Weight) => weight.variable.rank >= 2 && chooses(hidden!, weight);
    const [rest] = this.rest.getGroupedUpdates();
    return [
      partitionedGroup([
        {
          name: 'hidden',
          takes: hidden === undefined ? isHiddenMatrix : isChosen,
          group: orthogonalMomentum(this.options),
          rateAt: ({learningRate}) => learningRate,
        },
        {
          name: 'rest',
          takes: () => true,
          group: rest!,
          rateAt: ({iterations, learningRate}) => {
            const planned = rateAt('Muon', this.options.learningRate, iterations - 1);
            return rateInProportion(this.rest.rateAt(iterations - 1), {planned, actual: learningRate});
          },
        },
      ]),
    ];
  }

  override checkWeights(weights: readonly Weight[]): void {
    const {hidden} = this.options;
    if (hidden !== undefined) requireChosen('hidden of Muon', hidden, weights);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {learningRate} = configOf('Muon', {learningRate: this.learningRate});
    const {hidden, ...options} = this.options;
    const saved = {
      ...configOf('Muon', options),
      ...(hidden !== undefined && {hidden: savedSelector(hidden)}),
    };
    this.rest.getConfig();
    return {learningRate: learningRate!, ...savedText(saved)};
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    {learningRate, name}: tf.serialization.ConfigDict,
  ): T {
    const {hidden, ...options} = loadedOptions(JSON.parse(name as string));
    const loaded = new cls({
      ...options,
      ...(hidden !== undefined && {hidden: loadedSelector(hidden)}),
    });
    // What was planned stays in the options: AdamW's rate is in proportion to it.
    (loaded as unknown as Muon).learningRate = loadedOptions({learningRate}).learningRate as Rate;
    return loaded;
  }
}

tf.serialization.registerClass(Muon);
