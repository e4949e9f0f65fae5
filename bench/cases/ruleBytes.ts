import type {RuleGroup} from '../../src/index.js';
import {trace} from '../../src/rules/expression.js';
import {type InputKind, signatureOf} from '../../src/rules/signature.js';

/** Bytes that a rule must read and write for each element. */
export function ruleBytes(group: RuleGroup): number {
  const kinds: Record<string, InputKind> = {
    weight: 'elements',
    gradient: 'elements',
    learningRate: 'argument',
  };
  for (const slot of Object.keys(group.slots)) kinds[slot] = 'elements';
  for (const scalar of scalarNames(group)) kinds[scalar] = 'argument';
  const {elements, results} = signatureOf(trace(group.name, group.update, Object.keys(kinds)), kinds);
  return 4 * (elements.length + results.length);
}

function scalarNames({scalars = [], counters}: RuleGroup): readonly string[] {
  if (typeof scalars !== 'function') return scalars;
  return Object.keys(scalars({iterations: 1, learningRate: 0.01, counters}));
}
