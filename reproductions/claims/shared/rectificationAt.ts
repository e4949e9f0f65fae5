import {firstOrder, lengthOf, limitOf} from '../rectification/varianceOfRate.js';

/** What RAdam multiplies Adam's step t by, once it does: what makes the first-order variance of the rate the one at ρ∞. */
export const rectificationAt = (t: number, beta2: number): number =>
  Math.sqrt(firstOrder(limitOf(beta2)) / firstOrder(lengthOf(t, beta2)));
