import {mapped} from '../inject/mapped.js';
import {damaged} from './damaged.js';

/** Keys by which plain data could reach the prototypes of a program's objects. */
const refused = ['__proto__', 'constructor', 'prototype'];

/** Plain data as JSON holds it without loss: infinities, NaN and −0 become {number: '…'}. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return {number: Object.is(value, -0) ? '-0' : String(value)};
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return mapped(value, toJson);
}

/**
 * The data again.
 *
 * @throws InjectError `CHECKPOINT_DAMAGED` for a key that names something of every object.
 */
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const bad = entries.find(([name]) => refused.includes(name));
  if (bad) throw damaged(`its data must not have a key '${bad[0]}'`);
  if (entries.length === 1 && entries[0]![0] === 'number' && typeof entries[0]![1] === 'string')
    return Number(entries[0]![1]);
  return mapped(value, fromJson);
}
