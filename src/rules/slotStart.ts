import {InjectError, shown} from '../errors.js';

/** A slot that has not the shape of its weight: a row's means, a history, one number. */
export interface OwnShape {
  /** Its shape, from the weight's. */
  readonly shape: (weightShape: readonly number[]) => number[];
  /** What it starts at everywhere. Default 0. */
  readonly fill?: number;
}

/** How a slot starts: at zero, as a copy of the live weight, or at a number; of the weight's shape, or of its own. */
export type SlotStart = 'zeros' | 'weight' | number | OwnShape;

export function isStart(start: unknown): boolean {
  const {shape, fill = 0} = (start ?? {}) as Partial<OwnShape>;
  const isNumber = (value: unknown) => Number.isFinite(value);
  return (
    start === 'zeros' ||
    start === 'weight' ||
    isNumber(start) ||
    (typeof shape === 'function' && isNumber(fill))
  );
}

/**
 * The shape of a slot of a weight.
 *
 * @throws InjectError `INVALID_OPTION` where the function that is to say so gives none.
 */
export function shapeOf(start: SlotStart, weightShape: readonly number[]): number[] {
  if (typeof start !== 'object') return weightShape as number[];
  const shape = start.shape(weightShape);
  if (Array.isArray(shape) && shape.every(length => Number.isSafeInteger(length) && length >= 0))
    return shape;
  throw new InjectError(
    'INVALID_OPTION',
    `the shape of a slot must be an array of whole numbers ≥ 0; received ${shown(shape)} for a weight of shape [${weightShape}]`,
  );
}
