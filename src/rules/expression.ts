import {InjectError, shown} from '../errors.js';
import {isByName} from './isByName.js';
import {type Mask, type Operand, refuseValue} from './operand.js';

export type Unary = 'sqrt' | 'neg' | 'abs';
export type Binary = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';
export type Comparison = 'equal' | 'greater' | 'greaterEqual' | 'less' | 'lessEqual';

/** One value of an expression; it names others by their place in the list, which is before its own. */
export type Node =
  | {readonly op: 'input'; readonly name: string}
  | {readonly op: 'constant'; readonly value: number}
  | {readonly op: Unary; readonly of: number}
  | {readonly op: Binary; readonly left: number; readonly right: number}
  | {
      readonly op: 'select';
      readonly comparison: Comparison;
      readonly left: number;
      readonly right: number;
      readonly whenTrue: number;
      readonly whenFalse: number;
    };

/** An elementwise formula over operands. */
export type Rule = (operands: Readonly<Record<string, Operand>>) => Readonly<Record<string, Operand>>;

/** What a rule computes: each value once, in an order in which it can be computed. */
export interface Expression {
  readonly nodes: readonly Node[];
  /** The place of each result. */
  readonly outputs: Readonly<Record<string, number>>;
}

/**
 * Reads a rule over symbols. Equal values become one node; what no result
 * needs is left out.
 *
 * @throws InjectError `INVALID_OPTION` where the rule mixes in what is no operand of it.
 */
export function trace(name: string, rule: Rule, inputs: readonly string[]): Expression {
  const tracer = new Tracer(name, inputs);
  const operands = Object.fromEntries(
    inputs.map(input => [input, tracer.operand({op: 'input', name: input})]),
  );
  const results = readRule(name, rule, operands);
  const outputs = Object.entries(results).map(([output, value]) => [output, tracer.place(value)] as const);
  return pruned(tracer.nodes, Object.fromEntries(outputs));
}

/** What a rule gives for operands, with errors that say what it has and what it must give. */
export function readRule<T extends Operand>(
  name: string,
  rule: (operands: Readonly<Record<string, T>>) => Readonly<Record<string, Operand>>,
  operands: Readonly<Record<string, T>>,
): Readonly<Record<string, Operand>> {
  const must = (text: string, options?: {cause: unknown}): never => {
    throw new InjectError('INVALID_OPTION', `the rule of group '${name}' must ${text}`, options);
  };
  let results: Readonly<Record<string, Operand>> | Operand;
  try {
    results = rule(operands);
  } catch (error) {
    const {message} = error as Error;
    if (/must be a Tensor or TensorLike/.test(message))
      must(
        "compute by its operands' methods, such as weight.sub(gradient), or be a 'compute', which has tensors; received an " +
          'operand as an argument of a function of tf',
        {cause: error},
      );
    if (/of undefined \(reading '\w+'\)/.test(message))
      must(
        `ask for operands that it has, which are ${Object.keys(operands).join(', ')}; received ${message}`,
        {cause: error},
      );
    throw error;
  }
  if (!isByName(results)) {
    const isOperand = typeof (results as Partial<Operand> | undefined)?.mul === 'function';
    must(
      `return its results by name, such as {weight: …}; received ${isOperand ? 'one operand' : shown(results)}`,
    );
  }
  return results as Readonly<Record<string, Operand>>;
}

/** The list of nodes while a rule is being read. */
class Tracer {
  readonly nodes: Node[] = [];
  private readonly places = new Map<string, number>();

  constructor(
    private readonly name: string,
    private readonly inputs: readonly string[],
  ) {}

  operand(node: Node): SymbolOperand {
    // JSON writes −0 as 0, and infinities and NaN alike.
    const isMinusZero = node.op === 'constant' && Object.is(node.value, -0);
    const key = node.op === 'constant' ? (isMinusZero ? '-0' : String(node.value)) : JSON.stringify(node);
    const known = this.places.get(key);
    if (known !== undefined) return new SymbolOperand(this, known);
    this.places.set(key, this.nodes.length);
    this.nodes.push(node);
    return new SymbolOperand(this, this.nodes.length - 1);
  }

  place(value: Operand | number): number {
    if (typeof value === 'number') return this.operand({op: 'constant', value}).at;
    if (value instanceof SymbolOperand && value.tracer === this) return value.at;
    throw new InjectError(
      'INVALID_OPTION',
      `the rule of group '${this.name}' must compute with numbers and its operands, which are ${this.inputs.join(', ')}; received ${shown(value)}`,
    );
  }
}

/** An operand that notes what is done to it. */
class SymbolOperand implements Operand {
  constructor(
    readonly tracer: Tracer,
    readonly at: number,
  ) {}

  add = (other: Operand | number) => this.with('add', other);
  sub = (other: Operand | number) => this.with('sub', other);
  mul = (other: Operand | number) => this.with('mul', other);
  div = (other: Operand | number) => this.with('div', other);
  maximum = (other: Operand | number) => this.with('maximum', other);
  minimum = (other: Operand | number) => this.with('minimum', other);
  sqrt = () => this.tracer.operand({op: 'sqrt', of: this.at});
  neg = () => this.tracer.operand({op: 'neg', of: this.at});
  abs = () => this.tracer.operand({op: 'abs', of: this.at});
  equal = (other: Operand | number) => this.compare('equal', other);
  greater = (other: Operand | number) => this.compare('greater', other);
  greaterEqual = (other: Operand | number) => this.compare('greaterEqual', other);
  less = (other: Operand | number) => this.compare('less', other);
  lessEqual = (other: Operand | number) => this.compare('lessEqual', other);

  [Symbol.toPrimitive](): never {
    return refuseValue();
  }

  private with(op: Binary, other: Operand | number): Operand {
    return this.tracer.operand({op, left: this.at, right: this.tracer.place(other)});
  }

  private compare(comparison: Comparison, other: Operand | number): Mask {
    const {tracer, at: left} = this;
    const right = tracer.place(other);
    return {
      select: (whenTrue, whenFalse) =>
        tracer.operand({
          op: 'select',
          comparison,
          left,
          right,
          whenTrue: tracer.place(whenTrue),
          whenFalse: tracer.place(whenFalse),
        }),
    };
  }
}

/** The places of the nodes that a node is computed from. */
export function sourcesOf(node: Node): number[] {
  if ('of' in node) return [node.of];
  if (node.op === 'select') return [node.left, node.right, node.whenTrue, node.whenFalse];
  return 'left' in node ? [node.left, node.right] : [];
}

/** Of an expression, what one of its results needs. */
export function forResult({nodes, outputs}: Expression, name: string): Expression {
  return pruned(nodes, {[name]: outputs[name]!});
}

/** Nodes and results without the nodes that no result needs. */
export function pruned(nodes: readonly Node[], outputs: Readonly<Record<string, number>>): Expression {
  const needed = new Set(Object.values(outputs));
  for (let at = nodes.length - 1; at >= 0; at--) {
    if (needed.has(at)) for (const source of sourcesOf(nodes[at]!)) needed.add(source);
  }
  const kept = [...nodes.keys()].filter(at => needed.has(at));
  const moved = new Map(kept.map((at, place) => [at, place]));
  const renumbered = (node: Node): Node =>
    Object.fromEntries(
      Object.entries(node).map(([key, value]) => [
        key,
        typeof value === 'number' && key !== 'value' ? moved.get(value) : value,
      ]),
    ) as unknown as Node;
  return {
    nodes: kept.map(at => renumbered(nodes[at]!)),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, at]) => [name, moved.get(at)!])),
  };
}
