import {InjectError, shown} from '../../errors.js';
import type {OptionSpec, Rate} from '../../inject/options.js';

const mustBe = 'a number > 0 (Infinity is none), or a function of the completed steps';

/** A rate-like option that must be given: above 0, and Infinity where nothing is to be limited. */
export const threshold: OptionSpec<Rate> = {
  fallback: undefined as never,
  mustBe,
  accepts: value => typeof value === 'function' || isThreshold(value),
  isRequired: true,
};

/** The value of a threshold after so many completed steps, checked. */
export function thresholdAt(owner: string, name: string, option: Rate, iterations: number): number {
  const value = typeof option === 'function' ? option(iterations) : option;
  if (isThreshold(value)) return value;
  throw new InjectError(
    'INVALID_OPTION',
    `${name} of ${owner} must be a number > 0 at every step; it is ${shown(value)} after ${iterations} steps`,
  );
}

function isThreshold(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
