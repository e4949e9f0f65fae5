import {number, type OptionSpec, type Rate} from '../../inject/options.js';

/** An option without a default. */
export function given<T>(spec: OptionSpec<T>): OptionSpec<T> & {readonly isRequired: true} {
  return {...spec, isRequired: true};
}

/** What a schedule gives at some step. */
export const value = number(0, {min: 0});

/** How long something takes: in steps, of which there may be fractions. */
export const steps = number(1, {above: 0});

/** A schedule within another; a number is one that never changes. */
export const inner: OptionSpec<Rate> = {
  fallback: 0,
  mustBe: `${value.mustBe}, or a function of the completed steps`,
  accepts: each => typeof each === 'function' || value.accepts(each),
};

/** A non-empty list. */
export function listOf<T>({mustBe, accepts}: OptionSpec<T>): OptionSpec<readonly T[]> {
  return {
    fallback: [],
    mustBe: `a list of at least one, each ${mustBe}`,
    accepts: list => Array.isArray(list) && list.length > 0 && list.every(accepts),
  };
}

/** Where one value or schedule ends and the next begins. */
export const boundaries: OptionSpec<readonly number[]> = {
  fallback: [],
  mustBe: 'a list of rising numbers > 0',
  accepts: list =>
    Array.isArray(list) &&
    list.every((each, i) => Number.isFinite(each) && each > (i === 0 ? 0 : list[i - 1])),
};
