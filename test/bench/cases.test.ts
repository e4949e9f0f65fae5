import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {accuracy} from '../../bench/cases/accuracy.js';
import {ruleBytes} from '../../bench/cases/ruleBytes.js';
import {shapes, sizeOf} from '../../bench/cases/shapes.js';
import {Adam, Heun, Lion, type RuleGroup, SGD} from '../../src/index.js';
import {TensorOperand} from '../../src/rules/tensorOperand.js';

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

  it('find a kernel that differs from the reading over tensors', async () => {
    const rows = await accuracy(true);
    expect(rows.every(({elements, differing}) => elements > 8192 && differing === 0)).to.equal(true);
    const {mul} = TensorOperand.prototype;
    TensorOperand.prototype.mul = function (other) {
      return new TensorOperand(tf.mul(mul.call(this, other).tensor, 1 + 2 ** -23));
    };
    try {
      const adam = (await accuracy(true)).find(({rule}) => rule.startsWith('Adam,'))!;
      expect(adam.differing).to.be.above(8000);
      expect(adam.largest).to.be.above(0);
    } finally {
      TensorOperand.prototype.mul = mul;
    }
  });

  it('have the weights that their names say', () => {
    const sizes = Object.values(shapes).map(list => list.map(sizeOf).reduce((a, b) => a + b, 0));
    expect(sizes).to.deep.equal([1_863_690, 133_120, 10_000_000, 64_000]);
    expect(Object.values(shapes).map(({length}) => length)).to.deep.equal([6, 64, 1, 1000]);
  });
});
