import {InjectError} from '../../errors.js';

/** n boundaries have n + 1 segments. */
export function requireOneMore(owner: string, name: string, length: number, boundaries: number): void {
  if (length === boundaries + 1) return;
  throw new InjectError(
    'INVALID_OPTION',
    `${name} of schedules.${owner} must have one entry more than boundaries; received ${length} and ${boundaries}`,
  );
}
