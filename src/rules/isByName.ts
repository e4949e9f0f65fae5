/** Whether results came by name: not in a list, a Map or a Promise, which would be read as none, nor as one operand or tensor. */
export function isByName(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const {then, entries, mul, dataId} = value as Readonly<Record<string, unknown>>;
  return ![then, entries, mul].some(member => typeof member === 'function') && dataId === undefined;
}
