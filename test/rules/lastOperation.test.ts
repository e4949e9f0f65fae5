import {expect} from 'chai';
import {type Rule, trace} from '../../src/rules/expression.js';
import {lastOperations, withoutLast} from '../../src/rules/lastOperation.js';
import {type InputKind, signatureOf} from '../../src/rules/signature.js';

const kinds: Record<string, InputKind> = {
  weight: 'elements',
  gradient: 'elements',
  velocity: 'elements',
  one: 'element',
  rate: 'argument',
};

function formulaOf(rule: Rule) {
  const expression = trace('rule', rule, Object.keys(kinds));
  return {expression, kinds, signature: signatureOf(expression, kinds)};
}

/** The last operations of a rule's results, as text. */
function lastOf(rule: Rule): Record<string, string> {
  const found = lastOperations(formulaOf(rule));
  return Object.fromEntries(Object.entries(found).map(([name, {op, input}]) => [name, `${input} ${op}`]));
}

describe('The last operation of a result', () => {
  it('is that of an input and what is computed for it, whichever comes first in a sum', () => {
    expect(lastOf(({weight, gradient, rate}) => ({weight: weight!.sub(gradient!.mul(rate!))}))).to.deep.equal(
      {
        weight: 'weight sub',
      },
    );
    expect(lastOf(({weight, gradient, one}) => ({weight: gradient!.mul(one!).add(weight!)}))).to.deep.equal({
      weight: 'weight add',
    });
    expect(lastOf(({weight, gradient, rate}) => ({weight: gradient!.mul(rate!).sub(weight!)}))).to.deep.equal(
      {},
    );
  });

  it('leaves a formula that needs the input no more, and gives what it adds or subtracts', () => {
    const formula = formulaOf(({weight, gradient, velocity, rate}) => {
      const next = velocity!.mul(0.5).add(gradient!);
      return {velocity: next, weight: weight!.sub(next.mul(rate!))};
    });
    const {signature, expression} = withoutLast(formula, lastOperations(formula));
    expect(signature).to.deep.equal({
      elements: ['gradient', 'velocity'],
      element: [],
      results: ['velocity', 'weight'],
      numbers: ['rate'],
    });
    expect(expression.nodes[expression.outputs.weight!]).to.include({op: 'mul'});
    expect(expression.nodes[expression.outputs.velocity!]).to.include({op: 'add'});
    expect(withoutLast(formula, {}).expression).to.deep.equal(formula.expression);
  });

  it('is none where the input is needed for something else', () => {
    const decayed: Rule = ({weight, gradient}) => ({weight: weight!.sub(gradient!.add(weight!).mul(2))});
    const kept: Rule = ({weight, gradient}) => ({weight: weight!.sub(gradient!.mul(2)), former: weight!});
    for (const rule of [decayed, kept]) expect(lastOf(rule)).to.deep.equal({});
  });

  it('is none where the result is needed for another, or is another', () => {
    const followed: Rule = ({weight, gradient}) => {
      const next = weight!.sub(gradient!.mul(2));
      return {weight: next, velocity: next.mul(0.5)};
    };
    const twice: Rule = ({weight, gradient}) => {
      const next = weight!.sub(gradient!.mul(2));
      return {weight: next, velocity: next};
    };
    for (const rule of [followed, twice]) expect(lastOf(rule)).to.deep.equal({});
  });

  it('is none where the other operand is an input, a result, or the same for all elements', () => {
    const plain: Rule = ({weight, gradient}) => ({weight: weight!.sub(gradient!)});
    const shared: Rule = ({weight, gradient, velocity}) => {
      const next = velocity!.mul(0.5).add(gradient!);
      return {velocity: next, weight: weight!.sub(next)};
    };
    const constant: Rule = ({weight, rate, one}) => ({weight: weight!.add(rate!.mul(one!))});
    for (const rule of [plain, shared, constant]) expect(lastOf(rule)).not.to.have.property('weight');
  });

  it('is left for one of two results that move by the same', () => {
    const rule: Rule = ({weight, velocity, gradient}) => {
      const step = gradient!.mul(0.5);
      return {weight: weight!.sub(step), velocity: velocity!.sub(step)};
    };
    expect(lastOf(rule)).to.deep.equal({weight: 'weight sub'});
  });
});
