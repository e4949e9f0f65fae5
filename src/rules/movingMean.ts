import type {Operand} from './operand.js';

/** β·mean + (1 − β)·value. */
export function movingMean(mean: Operand, value: Operand, beta: number): Operand {
  return mean.mul(beta).add(value.mul(1 - beta));
}
