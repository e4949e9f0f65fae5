import {type OptionSpec, type Rate, rate} from '../../inject/options.js';

/** A rate-like option above 0, which may be Infinity, where nothing is to be limited; without a fallback it must be given. */
export function threshold(fallback?: number): OptionSpec<Rate> {
  return {
    ...rate(fallback as number, {above: 0, isUnlimited: true}),
    mustBe: 'a number > 0 (Infinity is none), or a function of the completed steps',
    isRequired: fallback === undefined,
  };
}
