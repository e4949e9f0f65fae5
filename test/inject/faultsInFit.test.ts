import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import {expect} from 'chai';
import {isAfterCommit, type Rig, rig} from '../support/faultRigs.js';
import {countsOf, stateOf} from '../support/stateOf.js';

const x = tf.randomNormal([4, 2], 0, 1, 'float32', 1);
const y = tf.randomNormal([4, 1], 0, 1, 'float32', 2);

const calls = {
  // The tensor that it always loses when something throws is its own slice of the batch's indices.
  fit: {
    lost: 1,
    train: ({model}: Rig) => model.fit(x, y, {batchSize: 4, shuffle: false, verbose: 0}),
  },
  fitDataset: {
    lost: 2,
    train: ({model}: Rig) => model.fitDataset(batches, {epochs: 1, verbose: 0}),
  },
};
const batches = tfd.array([0]).map(() => ({xs: tf.clone(x), ys: tf.clone(y)})) as tfd.Dataset<never>;

for (const [call, {train, lost}] of Object.entries(calls)) {
  describe(`a throw in a step of ${call}`, () => {
    for (const name of ['Heun', 'tf.train.adam with Lookahead and a further group']) {
      it(`reaches the caller as the same object and leaves everything as it was: ${name}`, async () => {
        const kind = 'BatchNorm and dropout';
        const [twin, rigged] = [rig(name, kind), rig(name, kind)];
        for (const one of [twin, rigged]) await train(one);
        twin.bomb.arm(0);
        await train(twin);
        const {places} = twin.bomb;
        const isFirst = (place: string, index: number) => places.indexOf(place) === index;
        for (const [index, place] of places.entries()) {
          if (!isFirst(place, index) || isAfterCommit(place, places)) continue;
          const [state, counts] = [stateOf(rigged.model, rigged.injection), countsOf(rigged.model)];
          rigged.bomb.arm(index + 1);
          let error: unknown;
          await train(rigged).catch(thrown => {
            error = thrown;
          });
          expect(error, place).to.equal(rigged.bomb.error);
          expect(stateOf(rigged.model, rigged.injection), place).to.deep.equal(state);
          const {numTensors, metrics} = countsOf(rigged.model);
          expect(numTensors - counts.numTensors, place).to.equal(lost);
          expect(metrics).to.equal(counts.metrics);
        }
        rigged.bomb.arm(0);
        await train(rigged);
        expect(stateOf(rigged.model, rigged.injection)).to.deep.equal(stateOf(twin.model, twin.injection));
      });
    }
  });
}
