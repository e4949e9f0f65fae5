import {pruned, sourcesOf} from './expression.js';
import type {Formula} from './kernel.js';
import {signatureOf, varies} from './signature.js';

/** A result that is an input, which nothing else needs, plus or minus something: a weight that moves by a step. */
export interface LastOperation {
  readonly op: 'add' | 'sub';
  readonly input: string;
  /** The place of what is added or subtracted. */
  readonly other: number;
}

export type LastOperations = Readonly<Record<string, LastOperation>>;

/** Results by the operations that give them, where the input is needed for nothing else. */
export function lastOperations({expression, kinds}: Formula): LastOperations {
  const {nodes, outputs} = expression;
  const varying = varies(nodes, kinds);
  const uses = nodes.map(() => 0);
  for (const at of [...nodes.flatMap(sourcesOf), ...Object.values(outputs)]) uses[at]!++;
  const results = new Set(Object.values(outputs));
  const found: Record<string, LastOperation> = {};
  for (const [result, at] of Object.entries(outputs)) {
    const node = nodes[at]!;
    if ((node.op !== 'add' && node.op !== 'sub') || uses[at] !== 1) continue;
    const {op, left, right} = node;
    const isSwapped = op === 'add' && nodes[right]!.op === 'input';
    const [mine, other] = isSwapped ? [right, left] : [left, right];
    const input = nodes[mine]!;
    const isFree = input.op === 'input' && kinds[input.name] === 'elements' && uses[mine] === 1;
    const isNewResult = nodes[other]!.op !== 'input' && varying[other] && !results.has(other);
    if (!isFree || !isNewResult) continue;
    results.add(other);
    found[result] = {op, input: input.name, other};
  }
  return found;
}

/** The formula in which results are what their last operation adds or subtracts. */
export function withoutLast({expression, kinds}: Formula, last: LastOperations): Formula {
  const outputs = {...expression.outputs};
  for (const result in last) outputs[result] = last[result]!.other;
  const rest = pruned(expression.nodes, outputs);
  return {expression: rest, kinds, signature: signatureOf(rest, kinds)};
}
