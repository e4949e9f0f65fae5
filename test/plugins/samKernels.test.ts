import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {ASAM, Heun, SAM} from '../../src/index.js';
import {along} from '../../src/plugins/shared/ascent.js';
import {fusion} from '../../src/rules/fused.js';
import {tanhRegression} from '../support/problems.js';
import {values} from '../support/ruleInputs.js';
import {bitsOf} from '../support/stateOf.js';
import {trajectoryOfModel} from '../support/trajectories.js';

/** What `body` gives with kernels, and without. */
async function bothWays<T>(body: () => T | Promise<T>): Promise<T[]> {
  const results = [await body()];
  fusion.isOn = false;
  try {
    results.push(await body());
  } finally {
    fusion.isOn = true;
  }
  return results;
}

describe('The kernels of SAM and ASAM', () => {
  for (const [name, make] of Object.entries({
    SAM: () => new SAM({rho: 0.3}),
    'SAM, mixed,': () => new SAM({rho: 0.3, alpha: 0.3, norm: 'perWeight'}),
    ASAM: () => new ASAM({rho: 0.3}),
    'ASAM, of biases too, mixed,': () => new ASAM({rho: 0.3, alpha: 0.7, eta: 0, scalesBiases: true}),
  }))
    it(`take ${name} where operations one by one do, to the bit`, async () => {
      const [fused, read] = await bothWays(() =>
        trajectoryOfModel(
          tf.train.sgd(1),
          model => new Heun({learningRate: 0.1}).inject(model).use(make()),
          tanhRegression,
          5,
        ),
      );
      expect(fused).to.deep.equal(read);
      expect(fused![5]).not.to.deep.equal(fused![0]);
    });

  it('climb alike by norms of any size, and nowhere by 0, infinity and NaN', async () => {
    // TensorFlow counts results below 1.2e-38 as 0.
    const norms = [0, 1e-37, 1e-30, 0.7, 1e30, Number.POSITIVE_INFINITY, Number.NaN];
    for (const shape of [[], [3], [4, 6], [2, 3, 3, 5]]) {
      const [scaled, weight] = [values(shape, 1, false), values(shape, 2, false)];
      for (const norm of norms) {
        const [fused, read] = await bothWays(() => {
          const {place} = along({weight, scaled, norm: tf.scalar(norm), rho: 0.3});
          return {shape: place.shape, bits: bitsOf(place), values: [...place.dataSync()]};
        });
        expect(fused!.shape).to.deep.equal(shape);
        expect(fused!.bits, `norm ${norm}`).to.equal(read!.bits);
        if (norm > 0 && norm < Number.POSITIVE_INFINITY) continue;
        expect(fused!.values).to.deep.equal([...weight.dataSync()].map(value => value + 0));
      }
    }
  });
});
