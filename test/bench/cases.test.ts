import {expect} from 'chai';
import {ruleBytes} from '../../bench/cases/ruleBytes.js';
import {shapes, sizeOf} from '../../bench/cases/shapes.js';
import {ulps} from '../../bench/cases/ulps.js';
import {Adam, Heun, Lion, type RuleGroup, SGD} from '../../src/index.js';

describe('The cases of the bench', () => {
  it('move the bytes of what a rule reads and writes', () => {
    const bytes = (optimizer: {getGroupedUpdates(): unknown}) =>
      (optimizer.getGroupedUpdates() as RuleGroup[]).map(ruleBytes);
    // Weight, gradient, m, v in; weight, m, v out.
    expect(bytes(new Adam())).to.deep.equal([28]);
    expect(bytes(new Adam({amsgrad: true}))).to.deep.equal([36]);
    expect(bytes(new Lion())).to.deep.equal([20]);
    expect(bytes(new SGD({}))).to.deep.equal([12]);
    // The predictor hands its gradient on as it is; the corrector reads it.
    expect(bytes(new Heun())).to.deep.equal([12, 16]);
  });

  it('count distances in float32 numbers', () => {
    expect(ulps(1, 1 + 2 ** -23)).to.equal(1);
    expect(ulps(1, 1 - 2 ** -24)).to.equal(1);
    expect(ulps(0, -0)).to.equal(0);
    expect(ulps(2 ** -149, -(2 ** -149))).to.equal(2);
    expect(ulps(-1, -2)).to.equal(2 ** 23);
    expect(ulps(Number.NaN, Number.NaN)).to.equal(0);
    expect(ulps(Number.NaN, 1)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('have the weights that their names say', () => {
    const sizes = Object.values(shapes).map(list => list.map(sizeOf).reduce((a, b) => a + b, 0));
    expect(sizes).to.deep.equal([1_863_690, 133_120, 10_000_000, 64_000]);
    expect(Object.values(shapes).map(({length}) => length)).to.deep.equal([6, 64, 1, 1000]);
  });
});
