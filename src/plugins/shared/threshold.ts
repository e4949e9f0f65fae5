import {InjectError, shown} from '../../errors.js';
import type {OptionSpec, Rate} from '../../inject/options.js';

const mustBe = 'a number > 0 (Infinity is none), or a function of the completed steps';

/** A rate-like option above 0, which may be Infinity, where nothing is to be limited; without a fallback it must be given. */
export function threshold(fallback?: number): OptionSpec<Rate> {
  return {
    fallback: fallback as Rate,
    mustBe,
    accepts: value => typeof value === 'function' || isThreshold(value),
    isRequired: fallback === undefined,
  };
}

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
