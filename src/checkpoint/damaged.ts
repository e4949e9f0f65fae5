import {InjectError} from '../errors.js';

/** What cannot be a whole checkpoint of this library. */
export function damaged(what: string, cause?: unknown): InjectError {
  const error = new InjectError('CHECKPOINT_DAMAGED', `a checkpoint must be as it was written; ${what}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}
