/** What an `InjectError` is about; stable, so that a program may branch on it. */
export type InjectErrorCode =
  | 'MODEL_NOT_COMPILED'
  | 'ALREADY_INJECTED'
  | 'NOT_INJECTED'
  | 'MODEL_RECOMPILED'
  | 'MODEL_DISPOSED'
  | 'TRAINING'
  | 'NEEDS_LOSS'
  | 'INVALID_OPTION'
  | 'UNKNOWN_OPTION'
  | 'UNKNOWN_SLOT'
  | 'SHAPE_MISMATCH'
  | 'ASYNC_TAP'
  | 'PLUGIN_CONFLICT'
  | 'CHECKPOINT_MISMATCH'
  | 'CHECKPOINT_DAMAGED'
  | 'CHECKPOINT_MISSING'
  | 'DUPLICATE_TFJS'
  | 'MISSING_TFJS'
  | 'NATIVE_BACKEND'
  | 'NON_FINITE'
  | 'STEP_TORN';

/**
 * The one error class of this library. Its message begins with the code and
 * says what must hold, then what was received. It is raised before anything
 * has changed, but for what follows a completed step, which stays, and for `STEP_TORN`, whose `cause` is what was thrown
 * when something had.
 */
export class InjectError extends Error {
  readonly code: InjectErrorCode;

  constructor(code: InjectErrorCode, message: string, options?: {cause: unknown}) {
    super(`${code}: ${message}`, options);
    this.name = 'InjectError';
    this.code = code;
  }
}

/** A value as an error message shows it: short, and never throwing. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `a function${value.name ? ` '${value.name}'` : ''}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value))
    return `[${value.slice(0, 6).map(shown).join(', ')}${value.length > 6 ? ', …' : ''}]`;
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  if (name && name !== 'Object') return `an object of class ${name}`;
  return `{${Object.keys(value).slice(0, 6).join(', ')}}`;
}
