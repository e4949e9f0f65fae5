import type {Operand} from './operand.js';

/**
 * c·‖θ‖/(‖u‖ + ε), by which LARS and LAMB multiply the update of a weight as a
 * whole; 1 where a norm is 0, so that a weight that starts at zero moves.
 */
export function trustRatio(
  weightNorm: Operand,
  updateNorm: Operand,
  {coefficient = 1, epsilon = 0}: {coefficient?: number; epsilon?: number} = {},
): Operand {
  const numerator = coefficient === 1 ? weightNorm : weightNorm.mul(coefficient);
  const ratio = numerator.div(epsilon === 0 ? updateNorm : updateNorm.add(epsilon));
  return weightNorm.equal(0).select(1, updateNorm.equal(0).select(1, ratio));
}
