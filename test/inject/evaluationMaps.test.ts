import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {type Injection, inject} from '../../src/index.js';
import {looks} from '../support/looks.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {refuses} from '../support/refuses.js';

const [modelCase] = modelCases as [ModelCase];

/** A model whose plugin 'mine' gives `give()` for evaluation, as long as it is on. */
function showing(give: (injection: Injection) => unknown) {
  const model = modelCase.make('sgd');
  const injection = inject(model);
  const plugin = {name: 'mine', isOn: true, apply: () => {}};
  injection.hooks.evaluationWeights.tap('mine', () => (plugin.isOn ? give(injection) : undefined) as never);
  return {model, injection, plugin};
}

/** Tensors of ones for all weights, but for the last, which gets `last`. */
const onesBut = (last: (like: tf.Tensor) => unknown) => (injection: Injection) =>
  new Map(
    injection.weights.map((weight, i) => [
      weight,
      i < injection.weights.length - 1 ? tf.onesLike(weight.variable) : last(weight.variable),
    ]),
  );
const ones = onesBut(tf.onesLike);

describe('A map from the hook evaluationWeights', () => {
  const wrong: Record<string, [code: string, says: string[], give: (injection: Injection) => unknown]> = {
    'with a tensor of another shape': ['SHAPE_MISMATCH', ["'mine'", '[9]'], onesBut(() => tf.zeros([9]))],
    'with a tensor of another type': [
      'SHAPE_MISMATCH',
      ["'mine'", 'int32'],
      onesBut(like => tf.zeros(like.shape, 'int32')),
    ],
    'with a number': ['INVALID_OPTION', ["'mine'", 'a tensor for weight', '1'], onesBut(() => 1)],
    'with a tensor that is no more': [
      'INVALID_OPTION',
      ["'mine'", 'disposed'],
      onesBut(like => {
        const gone = tf.onesLike(like);
        gone.dispose();
        return gone;
      }),
    ],
    'that is a string': ['INVALID_OPTION', ["'mine'", 'a Map', '"slow"'], () => 'slow'],
    'that is an object': ['INVALID_OPTION', ["'mine'", 'a Map', '{a}'], () => ({a: 1})],
    'by names': [
      'INVALID_OPTION',
      ["'mine'", 'keys are weights', '"'],
      ({weights}) => new Map(weights.map(({key, variable}) => [key, tf.onesLike(variable)])),
    ],
  };
  for (const [what, [code, says, give]] of Object.entries(wrong))
    for (const [name, look] of Object.entries(looks))
      it(`${what} is refused by ${name}, which changes nothing`, async () => {
        const {model, plugin} = showing(give);
        const data = modelCase.data();
        const before = weightsOf(model);
        plugin.isOn = false;
        const seen = await look(model, data);
        plugin.isOn = true;
        // evaluateDataset loses the batch that was being evaluated, whatever throws.
        await refuses(code as never, says, () => look(model, data), name === 'evaluateDataset' ? 2 : 0);
        plugin.isOn = false;
        expect(weightsOf(model)).to.deep.equal(before);
        expect(await look(model, data), 'what is seen later').to.deep.equal(seen);
        model.dispose();
        tf.dispose([data.x, data.y]);
      });

  it("of another model's weights is refused", async () => {
    const other = showing(ones);
    const {model, plugin} = showing(() => ones(other.injection));
    const before = [weightsOf(model), weightsOf(other.model)];
    const data = modelCase.data();
    await refuses('INVALID_OPTION', ['evaluationWeights', 'weights of the injection'], () =>
      looks.predict!(model, data),
    );
    expect([weightsOf(model), weightsOf(other.model)]).to.deep.equal(before);
    for (const each of [plugin, other.plugin]) each.isOn = false;
    for (const each of [model, other.model]) each.dispose();
    tf.dispose([data.x, data.y]);
  });

  it('whose values cannot all be assigned leaves the training weights, and those that cannot come back wait', () => {
    const {model, injection, plugin} = showing(ones);
    const before = weightsOf(model);
    const {variable} = injection.weights.at(-1)!;
    const failure = new Error('lost');
    const {numTensors} = tf.memory();
    const failing = (calls: readonly number[]) => {
      let count = 0;
      variable.assign = value => {
        if (calls.includes(count++)) throw failure;
        tf.Variable.prototype.assign.call(variable, value);
      };
      expect(() => injection.evaluate(() => {})).to.throw(failure as never);
      delete (variable as Partial<tf.Variable>).assign;
    };
    failing([0]);
    expect(weightsOf(model)).to.deep.equal(before);
    expect(tf.memory().numTensors).to.equal(numTensors);
    failing([1]);
    expect(weightsOf(model).slice(0, -1), 'the others are back').to.deep.equal(before.slice(0, -1));
    plugin.isOn = false;
    injection.snapshot().release();
    expect(weightsOf(model)).to.deep.equal(before);
    expect(tf.memory().numTensors).to.equal(numTensors);
    model.dispose();
  });

  it('may be of weights that are not trained, and null is none', () => {
    const {model, injection} = showing(
      ({allWeights}) => new Map(allWeights.map(weight => [weight, tf.onesLike(weight.variable)])),
    );
    injection.evaluate(() => {
      for (const values of weightsOf(model)) expect(values.every(value => value === 1)).to.equal(true);
    });
    model.dispose();
    const none = showing(() => null);
    const before = weightsOf(none.model);
    none.injection.evaluate(() => expect(weightsOf(none.model)).to.deep.equal(before));
    none.model.dispose();
  });
});
