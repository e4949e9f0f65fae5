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
 * A value as plain data; schedules within it, and the numbers that JSON has not, as texts.
 *
 * @param what   names the value in errors.
 * @param within what it is in.
 * @throws InjectError `INVALID_OPTION` where it is or has what is neither plain nor a schedule of ours.
 */
export function savedValue(value: unknown, what: string, within: readonly unknown[] = []): unknown {
  if (typeof value === 'function') return savedText(plain(value, what) as object);
  if (typeof value === 'number' && !Number.isFinite(value)) return savedText({number: String(value)});
  if (value === null || ['number', 'string', 'boolean'].includes(typeof value)) return value;
  const all = [...within, value];
  if (within.includes(value)) throw notPlain(value, what);
  if (Array.isArray(value)) return Array.from(value, (each, i) => savedValue(each, `${what}[${i}]`, all));
  if (!isPlainObject(value)) throw notPlain(value, what);
  // A file holds no `undefined`: its name is left out, as where it is not given.
  return mapped(value, (each, name) =>
    each === undefined ? each : savedValue(each, `${name} of ${what}`, all),
  );
}

/** The same value again: schedules are made by their registered names, and nothing is evaluated. */
export function loadedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loadedValue);
  if (!isPlainObject(value)) return value;
  const {name, ...rest} = value;
  const isText = typeof name === 'string' && Object.keys(rest).length === 0;
  if (isText && name.startsWith('{"schedule":')) return made(JSON.parse(name));
  if (isText && name.startsWith('{"number":')) return Number(JSON.parse(name).number);
  return mapped(value, loadedValue);
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
  throw notPlain(value, what);
}

function notPlain(value: unknown, what: string): InjectError {
  return new InjectError(
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
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // An object of another realm has a prototype of there, which has none in turn.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
