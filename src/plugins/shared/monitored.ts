import {InjectError} from '../../errors.js';
import type {Boundary} from '../../inject/hooks.js';
import {type OptionSpec, oneOf} from '../../inject/options.js';

/** Options of a plugin that acts by one of the logs of an epoch. */
export const monitorSpecs = {
  monitor: {
    fallback: 'val_loss',
    mustBe: "the name of one of fit's logs",
    accepts: value => typeof value === 'string' && value !== '',
  } as OptionSpec<string>,
  mode: oneOf('auto', 'auto', 'min', 'max'),
};

/** What is the better the greater it is, by its name. */
const rises = /acc|auc|precision|recall|f1|r2/i;

/** Whether greater is better; with mode 'auto', as the log's name has it. */
export function isGreaterBetter({monitor, mode}: {monitor: string; mode: 'auto' | 'min' | 'max'}): boolean {
  return mode === 'auto' ? rises.test(monitor) && !monitor.endsWith('loss') : mode === 'max';
}

/**
 * The monitored log of an epoch; `undefined` where it has none because it was broken off.
 *
 * @throws InjectError `INVALID_OPTION` where it has none.
 */
export function monitored(owner: string, monitor: string, {logs, isBrokenOff}: Boundary): number | undefined {
  const log = Object.hasOwn(logs, monitor) ? logs[monitor] : undefined;
  if (typeof log === 'number') return log;
  if (isBrokenOff) return undefined;
  throw new InjectError(
    'INVALID_OPTION',
    `monitor of ${owner} must be a log of the epoch, of which there are ${Object.keys(logs).join(', ')} ` +
      `(val_… with validation data); received '${monitor}'`,
  );
}
