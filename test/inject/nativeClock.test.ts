import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {inject} from '../../src/index.js';
import {modelCases} from '../support/models.js';

describe('the clock around a foreign optimizer', () => {
  const dense = modelCases[0]!;

  it('goes on from the steps that the optimizer has counted, also after eject', async () => {
    const optimizer = tf.train.adam(0.01);
    const model = dense.make(optimizer);
    const {x, y} = dense.data() as {x: tf.Tensor; y: tf.Tensor};
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);

    const numbers: number[] = [];
    const look = () => ({
      name: 'Look',
      apply: ({hooks}: ReturnType<typeof inject>) =>
        hooks.beforeStep.tap('Look', step => void numbers.push(step.iterations)),
    });
    const injection = inject(model).use(look());
    expect(injection.iterations).to.equal(3);
    await model.trainOnBatch(x, y);
    injection.eject();
    inject(model).use(look());
    await model.trainOnBatch(x, y);
    expect(numbers).to.deep.equal([4, 5]);
    expect(optimizer.iterations).to.equal(5);
    tf.dispose([x, y]);
  });
});
