import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {integer, number, oneOf, rate} from '../inject/options.js';
import {updateGroup} from '../rules/index.js';
import {historyOf} from './shared/curvaturePairs.js';
import {lbfgsStep} from './shared/lbfgsStep.js';

const specs = (iterations: unknown = 20) => ({
  learningRate: rate(1),
  maxIterations: integer(20, {min: 1}),
  // What is no number is refused by the line above, after this has reckoned.
  maxEvaluations: integer(Math.floor(1.25 * (typeof iterations === 'number' ? iterations : 20)), {min: 1}),
  toleranceGradient: number(1e-7, {min: 0}),
  toleranceChange: number(1e-9, {min: 0}),
  historySize: integer(10, {min: 1}),
  lineSearch: oneOf('strongWolfe', 'strongWolfe', 'none'),
});

export type LBFGSOptions = Partial<LBFGS['options']>;

/**
 * L-BFGS: Newton's method with a Hessian told from the last gradients, and a
 * line search. Good for small models on full batches, to many digits.
 *
 * Update rule, over all weights θ as one vector, iteration k within a step, all on one batch:
 *     dₖ   = −Hₖ·gₖ                                   Hₖ by the two-loop recursion from the last pairs (s, y)
 *     tₖ   so that, with φ(t) = L(θₖ + t·dₖ),         φ(t) ≤ φ(0) + 10⁻⁴·t·φ′(0) and |φ′(t)| ≤ 0.9·|φ′(0)|
 *     θₖ₊₁ = θₖ + tₖ·dₖ                               tried first: α; without pairs α·min(1, 1/Σ|g|)
 *     sₖ   = θₖ₊₁ − θₖ,  yₖ = gₖ₊₁ − gₖ               kept where y·s > 10⁻¹⁰
 *
 * Cost: one phase, of up to maxEvaluations evaluations and a few more; each is waited for, as the search is on the host.
 * Slots: steps, differences: [historySize, size of the weight], start at zero: a pair of zeros has not come yet.
 * Reports: the loss and metrics of the first evaluation.
 * Differs from torch: pairs are of one batch at both ends, where torch takes y across batches; historySize is 10.
 *
 * @param options.learningRate   α, the step length tried first. ≥ 0, finite, or a function of the completed steps. Default 1.
 * @param options.maxIterations  of one step: an integer ≥ 1. Default 20.
 * @param options.maxEvaluations after which no iteration begins: an integer ≥ 1. Default 1.25 · maxIterations, rounded down.
 * @param options.toleranceGradient  max|g| at which a step ends. ≥ 0. Default 1e-7.
 * @param options.toleranceChange    change of loss or weights at which a step ends. ≥ 0. Default 1e-9.
 * @param options.historySize    pairs remembered: an integer ≥ 1. Default 10.
 * @param options.lineSearch     `'strongWolfe'`, or `'none'`: then t = α. Default `'strongWolfe'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`. Partitions refuse it: each part would search while the others hold still.
 * @example
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * new LBFGS().inject(model);
 * await model.fit(x, y, {epochs: 5, batchSize: x.shape[0]});
 * @see Nocedal, Wright, *Numerical Optimization*, 2nd ed., 2006, algorithms 3.5, 3.6, 7.4 and 7.5
 */
export class LBFGS extends optimizerOf('tfjs-inject/LBFGS', specs()) {
  static readonly stateVersion = 2;

  constructor(options?: LBFGSOptions) {
    super(options, specs(options?.maxIterations));
  }

  getGroupedUpdates() {
    const history = historyOf(this.options.historySize);
    return [
      updateGroup({
        name: 'lbfgs',
        slots: {steps: history, differences: history},
        evaluates: true,
        compute: context => lbfgsStep(context, this.options),
      }),
    ];
  }
}

tf.serialization.registerClass(LBFGS);
