import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';

/**
 * A part of what training changes, as a file can hold it: tensors by name, which belong to whoever asked for them, and
 * plain data.
 */
export interface Saved {
  readonly tensors: ReadonlyMap<string, tf.Tensor>;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Several parts as one, each under its name. */
export function joined(parts: Readonly<Record<string, Saved>>): Saved {
  const tensors = new Map<string, tf.Tensor>();
  const data: Record<string, unknown> = {};
  for (const [part, saved] of Object.entries(parts)) {
    for (const [name, tensor] of saved.tensors) tensors.set(`${part}/${name}`, tensor);
    data[part] = saved.data;
  }
  return {tensors, data};
}

/** One of the parts that were joined; empty where there is none of the name. */
export function partOf({tensors, data}: Saved, part: string): Saved {
  const own = [...tensors].flatMap(([name, tensor]) =>
    name.startsWith(`${part}/`) ? [[name.slice(part.length + 1), tensor] as const] : [],
  );
  const of = Object.hasOwn(data, part) ? data[part] : undefined;
  return {tensors: new Map(own), data: typeof of === 'object' && of !== null ? (of as Saved['data']) : {}};
}

export function disposeSaved({tensors}: Saved): void {
  tf.dispose([...tensors.values()]);
}

/** What of a saved part does not fit, by its name there. */
export type Mismatches = ReadonlyMap<string, string>;

/** How a tensor differs from the one that it is to replace; `undefined` where it does not. */
export function shapeProblem(
  {shape, dtype}: Pick<tf.Tensor, 'shape' | 'dtype'>,
  wanted: {shape: readonly number[]; dtype?: tf.DataType} | undefined,
): string | undefined {
  if (!wanted) return 'is extra';
  if (wanted.shape.join() !== shape.join()) return `has shape [${shape}], where [${wanted.shape}] is needed`;
  if (dtype !== (wanted.dtype ?? 'float32'))
    return `is ${dtype}, where ${wanted.dtype ?? 'float32'} is needed`;
  return undefined;
}

/** Without what does not fit. */
export function withoutMismatches({tensors, data}: Saved, mismatches: Mismatches): Saved {
  const fits = (name: string) =>
    ![...mismatches.keys()].some(each => each === name || name.startsWith(`${each}/`));
  return {tensors: new Map([...tensors].filter(([name]) => fits(name))), data};
}

export const isNumber = (value: unknown): value is number => typeof value === 'number';
export const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * A number of a saved part.
 *
 * @throws InjectError `CHECKPOINT_DAMAGED` where it is none, or not whole and ≥ 0 where it counts something.
 */
export function numberIn(data: Saved['data'], name: string, kind: 'number' | 'count' = 'number'): number {
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  if (isNumber(value) && (kind === 'number' || (Number.isSafeInteger(value) && value >= 0))) return value;
  throw new InjectError(
    'CHECKPOINT_DAMAGED',
    `'${name}' of a checkpoint must be a ${kind === 'count' ? 'whole number ≥ 0' : 'number'}; received ${shown(value)}`,
  );
}

/**
 * A list of a saved part, or an object of which each value is accepted.
 *
 * @throws InjectError `CHECKPOINT_DAMAGED`.
 */
export function valuesIn<T>(
  data: Saved['data'],
  name: string,
  accepts: (value: unknown) => value is T,
): Readonly<Record<string, T>> {
  const values = Object.hasOwn(data, name) ? data[name] : {};
  if (typeof values === 'object' && values !== null && Object.values(values).every(accepts))
    return values as Readonly<Record<string, T>>;
  throw new InjectError(
    'CHECKPOINT_DAMAGED',
    `'${name}' of a checkpoint is not what was saved; received ${shown(values)}`,
  );
}
