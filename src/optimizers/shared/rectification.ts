import type {ScalarContext} from '../../rules/index.js';

/** What the rectified rate depends on. */
interface RectificationOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly threshold: number;
}

/**
 * RAdam's step t in double precision: whether ρ exceeds the threshold, and the
 * rates of both cases, with their bias corrections: for m alone, and for m/√v.
 * In float32, ρ would be wrong from β₂ = 0.9999 on.
 *
 * @see Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020, algorithm 2
 */
export function rectification(
  {beta1, beta2, threshold}: RectificationOptions,
  {iterations: t, learningRate}: ScalarContext,
): Record<'isRectified' | 'momentumRate' | 'adaptiveRate' | 'correction', number> {
  const correction = 1 - beta2 ** t;
  const rhoInfinity = 2 / (1 - beta2) - 1;
  const rho = rhoInfinity - (2 * t * beta2 ** t) / correction;
  const isRectified = rho > threshold;
  const r2 = ((rho - 4) * (rho - 2) * rhoInfinity) / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho);
  const momentumRate = learningRate / (1 - beta1 ** t);
  return {
    isRectified: isRectified ? 1 : 0,
    momentumRate,
    adaptiveRate: isRectified ? momentumRate * Math.sqrt(r2 * correction) : 0,
    correction,
  };
}
