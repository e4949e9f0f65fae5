/** What optimizers and plugins are written with. How a rule becomes a kernel is of no concern to them. */
export {centralized} from './centralized.js';
export {type Decay, decayed} from './decayed.js';
export {elementwise} from './elementwise.js';
export {largestFloat32} from './largestFloat32.js';
export {moments} from './moments.js';
export {movingMean} from './movingMean.js';
export type {Mask, Operand} from './operand.js';
export {overRoot} from './overRoot.js';
export {quotient} from './quotient.js';
export {
  absoluteSum,
  atHand,
  dot,
  largest,
  maximumOf,
  norm,
  rootMeanSquare,
  scaledSquare,
  squareSum,
  sumOf,
  totalOf,
} from './reductions.js';
export {sign} from './sign.js';
export type {OwnShape, SlotStart} from './slotStart.js';
export {trustRatio} from './trustRatio.js';
export {
  type ComputeContext,
  type ComputeGroup,
  type NewTensors,
  type RuleGroup,
  type ScalarContext,
  type ScalarSource,
  type UpdateGroup,
  updateGroup,
  type WeightTensors,
} from './updateGroup.js';
