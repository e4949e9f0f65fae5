/**
 * The noisy quadratic model in one direction: the loss ½·a·(x − c)² with a new c ~ N(0, 1) in each step, by exact recursion over the
 * mean and the variance of x. With q = 1 − γ·a a step of SGD leads from x to q·x + γ·a·c.
 */

export interface Method {
  /** γ. */
  readonly learningRate: number;
  /** Steps between two syncs of Lookahead, and how far the slow weights go; 1 and 1 are SGD alone. */
  readonly k: number;
  readonly alpha: number;
}

/** The first and the central second moment of x. */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Variance at which k steps and a sync leave the slow weight: the fixed point of `cycle`. */
export function steadyVariance(a: number, {learningRate, k, alpha}: Method): number {
  const q = 1 - learningRate * a;
  const slow = alpha ** 2 * fastVariance(a, learningRate, k);
  return slow / (1 - (1 - alpha + alpha * q ** k) ** 2);
}

/**
 * Proposition 2 of the paper, with V of SGD: α²(1 − q²ᵏ)/(α²(1 − q²ᵏ) + 2α(1 − α)(1 − qᵏ))·V. For V = γ²a²/(1 − q²) it needs
 * γ·a < 2, where SGD has a fixed point.
 */
export function proposition2(a: number, {learningRate, k, alpha}: Method): number {
  const q = 1 - learningRate * a;
  const [far, near] = [alpha ** 2 * (1 - q ** (2 * k)), 2 * alpha * (1 - alpha) * (1 - q ** k)];
  return (far / (far + near)) * ((learningRate * a) ** 2 / (1 - q ** 2));
}

/** What a cycle of k steps and a sync makes of the slow weight: φ + α·(θ − φ), θ = qᵏ·φ + noise. */
export function cycle(a: number, {learningRate, k, alpha}: Method, {mean, variance}: Moments): Moments {
  const factor = 1 - alpha + alpha * (1 - learningRate * a) ** k;
  return {
    mean: factor * mean,
    variance: factor ** 2 * variance + alpha ** 2 * fastVariance(a, learningRate, k),
  };
}

/** Σ over k steps of the noise that each adds, γ²·a², times what the later ones leave of it. */
function fastVariance(a: number, learningRate: number, k: number): number {
  let sum = 0;
  for (let step = 0; step < k; step++) sum += (1 - learningRate * a) ** (2 * step);
  return (learningRate * a) ** 2 * sum;
}

/** By what a step multiplies the distance of the mean from 0 in the slowest direction, k steps and a sync spread evenly. */
export function slowestFactor(spectrum: readonly number[], {learningRate, k, alpha}: Method): number {
  const factors = spectrum.map(a => Math.abs(1 - alpha + alpha * (1 - learningRate * a) ** k));
  return Math.max(...factors) ** (1 / k);
}

/** The mean over directions of ½·a·V: the loss above its least, where all has settled. */
export function steadyLoss(spectrum: readonly number[], method: Method): number {
  return spectrum.reduce((sum, a) => sum + (a * steadyVariance(a, method)) / 2, 0) / spectrum.length;
}

/** The learning rate at which a method settles at a loss, by bisection below that of the bound. */
export function rateOfLoss(
  spectrum: readonly number[],
  {k, alpha}: Omit<Method, 'learningRate'>,
  loss: number,
): number {
  let [low, high] = [0, 2 / Math.max(...spectrum)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (steadyLoss(spectrum, {learningRate: middle, k, alpha}) < loss) low = middle;
    else high = middle;
  }
  return low;
}
