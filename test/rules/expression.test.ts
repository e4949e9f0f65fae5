import {expect} from 'chai';
import {InjectError, type Operand} from '../../src/index.js';
import {type Rule, trace} from '../../src/rules/expression.js';

describe('The expression of a rule', () => {
  it('has each value once, and none that no result needs', () => {
    const rule: Rule = ({g, m}) => {
      const unused = m!.sqrt();
      expect(unused).to.be.an('object');
      return {first: g!.mul(g!).add(m!.mul(0.9)), second: g!.mul(g!).sub(m!.mul(0.9))};
    };
    const {nodes, outputs} = trace('rule', rule, ['g', 'm', 'notRead']);
    // g, g², m, 0.9, 0.9·m, and the two results.
    expect(nodes.map(({op}) => op)).to.have.members([
      'input',
      'mul',
      'input',
      'constant',
      'mul',
      'add',
      'sub',
    ]);
    expect([nodes[outputs.first!]!.op, nodes[outputs.second!]!.op]).to.deep.equal(['add', 'sub']);
  });

  it('computes what a node needs before it', () => {
    const {nodes} = trace('rule', ({a, b}) => ({c: b!.less(a!).select(a!.sqrt(), b!.neg())}), ['a', 'b']);
    nodes.forEach((node, at) => {
      const sources = Object.values(node).filter(value => typeof value === 'number');
      expect(sources.every(source => source < at)).to.equal(true);
    });
  });

  it('takes 0 and −0 for two numbers', () => {
    const {nodes} = trace('rule', ({a}) => ({b: a!.mul(0), c: a!.mul(-0)}), ['a']);
    expect(nodes.filter(({op}) => op === 'constant')).to.have.length(2);
  });

  it('takes infinity, −infinity and NaN for three numbers', () => {
    const {POSITIVE_INFINITY: infinity, NaN: nan} = Number;
    const {nodes} = trace('rule', ({a}) => ({b: a!.mul(infinity), c: a!.mul(-infinity), d: a!.mul(nan)}), [
      'a',
    ]);
    const values = nodes.flatMap(node => (node.op === 'constant' ? [node.value] : []));
    expect(values).to.deep.equal([infinity, -infinity, nan]);
  });

  it('is refused where a rule computes with what is no operand of it', () => {
    let stranger: Operand | undefined;
    const lend: Rule = ({a}) => {
      stranger = a;
      return {b: a!};
    };
    trace('one', lend, ['a']);
    const rules: Rule[] = [
      ({a}) => ({b: a!.add('1' as never)}),
      ({a}) => ({b: a!.add(undefined as never)}),
      ({a}) => ({b: a!.mul(stranger!)}),
      () => ({b: null as never}),
    ];
    for (const rule of rules) {
      expect(() => trace('two', rule, ['a']))
        .to.throw(InjectError, "group 'two'")
        .with.property('code', 'INVALID_OPTION');
    }
  });
});
