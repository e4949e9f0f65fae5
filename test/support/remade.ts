import type {InjectOptimizer} from '../../src/index.js';
import {refusals} from '../contract/refusals.js';
import type {OptimizerEntry} from '../contract/registry.js';

/** The names of an entry's options that are an ε, and may be of this value. */
export function epsilonsOf({make}: OptimizerEntry, epsilon: number): string[] {
  const {options, constructor: Optimizer} = make();
  const {refused = []} = refusals.find(({owner}) => owner === Optimizer.name) ?? {};
  const refuses = (name: string) =>
    refused.some(({options}) => (options as Record<string, unknown> | null)?.[name] === epsilon);
  return Object.entries(options)
    .filter(([name, value]) => name.startsWith('epsilon') && typeof value === 'number' && !refuses(name))
    .map(([name]) => name);
}

/** An entry's optimizer with some options changed, where it has them; options within options as well. */
export function remade({make}: OptimizerEntry, changes: Readonly<Record<string, unknown>>): InjectOptimizer {
  const isPlain = (value: unknown) => Object.getPrototypeOf(value ?? 0) === Object.prototype;
  const changed = (options: object): object =>
    Object.fromEntries(
      Object.entries(options).map(([name, value]) => [
        name,
        name in changes ? changes[name] : isPlain(value) ? changed(value) : value,
      ]),
    );
  const {options, constructor: Optimizer} = make();
  return new (Optimizer as new (options: object) => InjectOptimizer)(changed(options));
}
