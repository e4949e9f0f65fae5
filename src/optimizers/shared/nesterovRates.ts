import type {ScalarContext} from '../../rules/index.js';

interface NesterovOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly momentumDecay: number | 'none';
}

/**
 * NAdam's rates of m and of g at step t, and its ε, in double precision. As in Adam, the correction of √v̂ is a scalar,
 * s = √(1 − β₂ᵗ). The product μ₁·μ₂·…·μₜ goes on from the last step that was asked for.
 */
export function nesterovRates({beta1, beta2, epsilon, momentumDecay}: NesterovOptions) {
  const mu = (t: number) =>
    momentumDecay === 'none' ? beta1 : beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
  let known = {t: 0, product: 1};
  const productTo = (t: number) => {
    if (t < known.t) known = {t: 0, product: 1};
    while (known.t < t) known = {t: known.t + 1, product: known.product * mu(known.t + 1)};
    return known.product;
  };
  return ({iterations: t, learningRate}: ScalarContext) => {
    const s = Math.sqrt(1 - beta2 ** t);
    const product = productTo(t);
    return {
      momentumRate: (learningRate * s * mu(t + 1)) / (1 - product * mu(t + 1)),
      gradientRate: (learningRate * s * (1 - mu(t))) / (1 - product),
      stability: epsilon * s,
    };
  };
}
