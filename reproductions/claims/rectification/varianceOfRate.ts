/** Variances of the adaptive rate ψ = 1/√v̂ for gradients g ~ N(μ, 1), in double precision. */

/** The paper's length ρₜ of the simple mean that stands for Adam's moving mean. */
export function lengthOf(t: number, beta2: number): number {
  return limitOf(beta2) - (2 * t * beta2 ** t) / (1 - beta2 ** t);
}

export const limitOf = (beta2: number): number => 2 / (1 - beta2) - 1;

/**
 * Var[ψ] where ψ² = ρ/X, X ~ χ² of ρ degrees: E[ψ²] = ρ/(ρ − 2), E[ψ] = √(ρ/2)·Γ((ρ − 1)/2)/Γ(ρ/2). By the duplication
 * formula of Γ, E[ψ]² = ρ·2^(2ρ−5)/π · B((ρ − 1)/2, (ρ − 1)/2)², as the paper writes it.
 */
export function varianceOfRate(rho: number): number {
  if (rho <= 2) return Number.POSITIVE_INFINITY;
  const mean = Math.sqrt(rho / 2) * Math.exp(logGamma((rho - 1) / 2) - logGamma(rho / 2));
  return rho / (rho - 2) - mean ** 2;
}

/** Var[ψ] ≈ Var[ψ²]/(4·E[ψ²]), from which RAdam's factor comes. */
export function firstOrder(rho: number): number {
  return rho > 4 ? rho / (2 * (rho - 2) * (rho - 4)) : Number.POSITIVE_INFINITY;
}

/** Adam's weights of g₁² … gₜ² in v̂; they sum to 1. */
export function weightsOfMean(t: number, beta2: number): number[] {
  return Array.from({length: t}, (_, i) => ((1 - beta2) * beta2 ** (t - 1 - i)) / (1 - beta2 ** t));
}

/**
 * Var[ψ] without the approximation by a simple mean, where ψ² = 1/S, S = Σ wᵢ·gᵢ². From S's Laplace transform,
 * E[S^−a] = 1/Γ(a)·∫ s^(a−1)·E[e^(−s·S)] ds; with s = eᵘ the rule of rectangles converges faster than any power.
 */
export function exactVariance(weights: readonly number[], mean = 0): number {
  if (weights.length <= 2) return Number.POSITIVE_INFINITY;
  const spacing = 0.25;
  let [first, second] = [0, 0];
  for (let u = -90; u <= 90; u += spacing) {
    const s = Math.exp(u);
    let exponent = 0;
    for (const weight of weights) {
      const stretch = 1 + 2 * s * weight;
      exponent -= Math.log(stretch) / 2 + (mean ** 2 * s * weight) / stretch;
    }
    first += Math.exp(u / 2 + exponent);
    second += Math.exp(u + exponent);
  }
  return second * spacing - (first * spacing) ** 2 / Math.PI;
}

/** ln Γ(x) for x > 0: Stirling's series, where x is large enough for it. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 20; z++) shift += Math.log(z);
  const series = 1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * z ** 2)) / z ** 2) / z ** 2;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series / z - shift;
}
