import {movingMean} from './movingMean.js';
import type {Operand} from './operand.js';

/** m and v of Adam and its kin after a step: moving means of g and of g². */
export function moments(
  {m, v}: Readonly<Record<'m' | 'v', Operand>>,
  gradient: Operand,
  {beta1, beta2}: {readonly beta1: number; readonly beta2: number},
): {m: Operand; v: Operand} {
  return {m: movingMean(m, gradient, beta1), v: movingMean(v, gradient.mul(gradient), beta2)};
}
