import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject} from '../../src/index.js';
import {modelCases, weightsOf, withSeed} from '../support/models.js';

/** A third party's optimizer that evaluates the loss twice in a `minimize` of its own. */
class Twice extends tf.SGDOptimizer {
  static override get className() {
    return 'Twice' as 'SGD';
  }

  override minimize(
    loss: () => tf.Scalar,
    _returnCost?: boolean,
    variables?: tf.Variable[],
  ): tf.Scalar | null {
    const cost = super.minimize(loss, true, variables)!;
    tf.dispose(super.minimize(loss, true, variables)!);
    return cost;
  }
}

describe("an optimizer with a 'minimize' of its own", () => {
  const batch = modelCases.find(({name}) => name.includes('BatchNorm'))!;

  const train = (isInjected: boolean) =>
    withSeed(3, async () => {
      const model = batch.make(new Twice(0.05));
      if (isInjected) inject(model);
      const {x, y} = batch.data();
      const {history} = await model.fit(x, y, {batchSize: 8, epochs: 2, verbose: 0});
      return {history, weights: weightsOf(model)};
    });

  it('trains the same, bit for bit, under an injection without plugins', async () => {
    expect(await train(true)).to.deep.equal(await train(false));
  });

  it('still counts steps, and syncs plugins that only look at weights', async () => {
    const model = batch.make(new Twice(0.05));
    const injection = inject(model);
    const seen: number[] = [];
    injection.use({
      name: 'Look',
      apply: ({hooks}) => hooks.afterStep.tap('Look', step => void seen.push(step.iterations)),
    });
    const {x, y} = batch.data();
    await model.fit(x, y, {batchSize: 8, epochs: 1, verbose: 0});
    expect(seen).to.deep.equal([1, 2, 3]);
    expect(injection.iterations).to.equal(3);
  });

  it('refuses a plugin that would need its gradients', () => {
    const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [1]})]});
    model.compile({optimizer: new Twice(0.05), loss: 'meanSquaredError'});
    const plugin = {
      name: 'Clip',
      apply: ({hooks}: ReturnType<typeof inject>) => hooks.gradients.tap('Clip', gradients => gradients),
    };
    expect(() => inject(model).use(plugin)).to.throw('PLUGIN_CONFLICT');
    expect(inject(model).hooks.gradients.isUsed()).to.equal(false);
  });
});
