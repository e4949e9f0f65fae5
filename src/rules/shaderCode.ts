import type {Binary, Comparison, Expression} from './expression.js';
import type {Signature} from './signature.js';

/** What two shader languages spell differently. */
export interface ShaderLanguage {
  /** A function over floats. */
  define(name: string, parameters: readonly string[], body: readonly string[]): string;
  declare(name: string, value: string): string;
  /** A number that float32 holds, as a literal. */
  literal(digits: string): string;
  select(condition: string, whenTrue: string, whenFalse: string): string;
  /** Where the number that is this argument of a kernel is found. */
  argument(place: number): string;
  /** A function of one float, of whose result no compiler knows more than that it is a float. */
  readonly opaque: string;
  readonly infinity: string;
  readonly nan: string;
}

const operators: Record<Exclude<Binary, 'maximum' | 'minimum'>, string> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
};
const comparisons: Record<Comparison, string> = {
  equal: '==',
  greater: '>',
  greaterEqual: '>=',
  less: '<',
  lessEqual: '<=',
};

/**
 * Writes an expression of one result as a function `update` over floats: an
 * element of each tensor, `elements` before `element`, to the result's. Names of the rule do not occur in
 * it, so that rules which compute the same have the same code.
 *
 * Drivers compile as if floats were real numbers: they round a product and a sum once, take a/a for 1, x/√y for a product, a + b − a
 * for b, and a result for no NaN. So each result is hidden from the next operation, and a value from itself.
 */
export function shaderCode(
  {nodes, outputs}: Expression,
  {elements, element, numbers}: Signature,
  language: ShaderLanguage,
): string {
  const inputs = [...elements, ...element];
  const parameters = inputs.map(name =>
    value(nodes.findIndex(node => node.op === 'input' && node.name === name)),
  );
  const [result] = Object.values(outputs);
  const body = nodes.flatMap((node, at) => {
    if (node.op === 'input' && inputs.includes(node.name)) return [];
    const isKnown = at === result || node.op === 'input';
    return [language.declare(value(at), isKnown ? compute(at) : `${language.opaque}(${compute(at)})`)];
  });
  return language.define('update', parameters, [...body, `return ${value(result!)};`]);

  function compute(at: number): string {
    const node = nodes[at]!;
    if (node.op === 'constant') return constant(node.value, language);
    if (node.op === 'input') return language.argument(numbers.indexOf(node.name));
    if ('of' in node) return node.op === 'neg' ? `-${value(node.of)}` : `${node.op}(${value(node.of)})`;
    const left = value(node.left);
    const right = node.left === node.right ? `${language.opaque}(${left})` : value(node.right);
    if (node.op === 'select') {
      // Hidden from what is chosen: a > b ? b : a would become min(a, b), which is b where a is NaN.
      const condition = `${language.opaque}(${left}) ${comparisons[node.comparison]} ${right}`;
      return language.select(condition, value(node.whenTrue), value(node.whenFalse));
    }
    if (node.op !== 'maximum' && node.op !== 'minimum') return `${left} ${operators[node.op]} ${right}`;
    // Of a NaN and a number, shaders may return either.
    const chosen = `${node.op === 'maximum' ? 'max' : 'min'}(${left}, ${right})`;
    return language.select(`isnan(${left}) || isnan(${right})`, language.nan, chosen);
  }
}

const value = (at: number) => `v${at}`;

function constant(exact: number, {literal, infinity, nan}: ShaderLanguage): string {
  const single = Math.fround(exact);
  if (Number.isNaN(single)) return nan;
  const size = Number.isFinite(single) ? literal(String(Math.abs(single))) : infinity;
  return single < 0 || Object.is(single, -0) ? `-${size}` : size;
}
