import {InjectError, shown} from '../errors.js';
import {mapped} from './mapped.js';
import {savedText} from './savedText.js';

/** A pure function of the completed steps: 0 before the first. */
export type Schedule = (iterations: number) => number;

/** A schedule in a file: its name in `schedules`, and its options, of which some may be schedules. */
interface Saved {
  readonly schedule: string;
  readonly options: Readonly<Record<string, unknown>>;
}

const makers = new Map<string, (options: never) => Schedule>();
const origins = new WeakMap<object, Saved>();

/** Makes schedules of a name loadable: each registers itself in its own file. */
export function registerSchedule(name: string, make: (options: never) => Schedule): void {
  makers.set(name, make);
}

/** Notes what a schedule was made of, so that it can be saved. */
export function rememberOrigin(made: Schedule, schedule: string, options: object): void {
  origins.set(made, {schedule, options: {...options}});
}

/**
 * A value as plain data, schedules within it as texts.
 *
 * @param what names the value in errors.
 * @throws InjectError `INVALID_OPTION` where it is or has a function that is no schedule of ours.
 */
export function savedValue(value: unknown, what: string): unknown {
  if (typeof value === 'function') return savedText(plain(value, what) as object);
  if (!isPlainObject(value)) return value;
  return mapped(value, (each, name) => savedValue(each, `${name} of ${what}`));
}

/** The same value again: schedules are made by their registered names, and nothing is evaluated. */
export function loadedValue(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const {name, ...rest} = value;
  if (typeof name !== 'string' || !name.startsWith('{"schedule":') || Object.keys(rest).length > 0)
    return mapped(value, loadedValue);
  return made(JSON.parse(name));
}

/** Nested schedules stay objects in the one text. */
function plain(value: unknown, what: string): unknown {
  if (Array.isArray(value)) return value.map((each, i) => plain(each, `${what}[${i}]`));
  if (typeof value !== 'function') return value;
  const origin = origins.get(value);
  if (origin) {
    const {schedule, options} = origin;
    return {schedule, options: mapped(options, (each, name) => plain(each, `${name} of ${what}`))};
  }
  throw new InjectError(
    'INVALID_OPTION',
    `an option must be a plain value or one of 'schedules' to be saved; ${what} is ${shown(value)}`,
  );
}

function made(saved: unknown): unknown {
  if (Array.isArray(saved)) return saved.map(made);
  if (!isPlainObject(saved)) return saved;
  const {schedule, options} = saved as Partial<Saved>;
  const make = makers.get(schedule as string);
  if (make && isPlainObject(options)) return make(mapped(options, made) as never);
  throw new InjectError(
    'INVALID_OPTION',
    `a saved schedule must be {schedule, options}, of a name that has been imported (tfjs-inject/register has all): ` +
      `${[...makers.keys()].join(', ') || '(none)'}; received ${make ? `options ${shown(options)}` : shown(schedule)}`,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
