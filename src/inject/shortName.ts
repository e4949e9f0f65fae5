/** An object's class as errors name it: what follows the last `/` of the name that is saved. */
export function shortName(named: {getClassName?(): string}): string {
  return (named.getClassName?.() ?? named.constructor.name).split('/').pop()!;
}
