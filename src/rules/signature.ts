import {type Expression, type Node, sourcesOf} from './expression.js';

/**
 * How an input reaches a kernel: as one number per element, at a pointer; as one number for all elements, at a
 * pointer; or as an argument.
 */
export type InputKind = 'elements' | 'element' | 'argument';

/** A kernel's arguments, in order: the number of elements, pointers to `elements`, `element` and `results`, then `numbers`. */
export interface Signature {
  readonly elements: readonly string[];
  readonly element: readonly string[];
  readonly results: readonly string[];
  readonly numbers: readonly string[];
}

/** What a kernel is to be called with. */
export function signatureOf(
  {nodes, outputs}: Expression,
  kinds: Readonly<Record<string, InputKind>>,
): Signature {
  const ofKind = (kind: InputKind) =>
    nodes.flatMap(node => (node.op === 'input' && kinds[node.name] === kind ? [node.name] : []));
  return {
    elements: ofKind('elements'),
    element: ofKind('element'),
    results: Object.keys(outputs).filter(
      name => computedAs(outputs, name) === name && nodes[outputs[name]!]!.op !== 'input',
    ),
    numbers: ofKind('argument'),
  };
}

/** The first of all results that are equal to one: it is computed for all of them. */
export function computedAs(outputs: Expression['outputs'], name: string): string {
  return Object.keys(outputs).find(other => outputs[other] === outputs[name])!;
}

/** For each node, whether it is another for each element. */
export function varies(nodes: readonly Node[], kinds: Readonly<Record<string, InputKind>>): boolean[] {
  const found: boolean[] = [];
  for (const node of nodes) {
    const isElements = node.op === 'input' && kinds[node.name] === 'elements';
    found.push(isElements || sourcesOf(node).some(source => found[source]));
  }
  return found;
}
