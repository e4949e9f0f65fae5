import type {Operand} from './operand.js';

/** What weight decay λ does: `'l2'` adds λ·θ to g; `'decoupled'` takes α·λ·θ off θ, `'independent'` λ·θ. */
export type Decay = 'l2' | 'decoupled' | 'independent';

/**
 * Weight and gradient of a rule after weight decay. What decays is subtracted, rather than the weight multiplied by
 * 1 − α·λ, of which float32 keeps few digits.
 */
export function decayed(
  {weightDecay, decay}: {readonly weightDecay: number; readonly decay: Decay},
  {weight, gradient, learningRate}: Readonly<Record<'weight' | 'gradient' | 'learningRate', Operand>>,
): {weight: Operand; gradient: Operand} {
  if (weightDecay === 0) return {weight, gradient};
  if (decay === 'l2') return {weight, gradient: gradient.add(weight.mul(weightDecay))};
  const factor = decay === 'decoupled' ? learningRate.mul(weightDecay) : weightDecay;
  return {weight: weight.sub(weight.mul(factor)), gradient};
}
