import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {fits} from '../support/looks.js';
import {modelCases} from '../support/models.js';
import {warningsOf} from '../support/warnings.js';

const modelCase = modelCases[0]!;

describe('a trainable that has changed since compile', () => {
  const data = () => modelCase.data();
  const freeze = (model: tfl.LayersModel, ...indices: number[]) =>
    model.layers.forEach((layer, i) => {
      layer.trainable = !indices.includes(i);
    });

  it('is warned of by trainOnBatch once for each change, and not where it is taken back', async () => {
    const model = modelCase.make('sgd');
    inject(model);
    const seen: number[] = [];
    for (const frozen of [[], [0], [0], [1], [1], [], [0]]) {
      freeze(model, ...frozen);
      seen.push((await warningsOf(() => trainOnBatches(model, modelCase, 0, 1))).length);
    }
    expect(seen).to.deep.equal([0, 1, 0, 1, 0, 0, 1]);
    model.dispose();
  });

  it('is warned of in fit by tfjs alone, where tfjs sees it', async () => {
    const warningsWith = async (prepare: (model: tfl.LayersModel) => unknown) => {
      const model = modelCase.make('sgd');
      prepare(model);
      freeze(model, 0);
      const warnings = await warningsOf(() => fits.fit!(model, data(), 1));
      model.dispose();
      return warnings;
    };
    const native = await warningsWith(() => {});
    expect(native.length).to.equal(1);
    expect(await warningsWith(inject)).to.deep.equal(native);
  });

  for (const way of ['fit', 'fitDataset']) {
    it(`is warned of in ${way} by us, where tfjs does not see it`, async () => {
      const model = threeLayers();
      freeze(model, 0);
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      inject(model);
      // As many weights as before, but others.
      freeze(model, 1);
      const warnings = await warningsOf(() => fits[way]!(model, dataOfThree(), 1));
      expect(warnings.length).to.equal(1);
      expect(warnings[0]).to.match(/^tfjs-inject: the trainable weights of '.*' have changed since compile/);
      expect(await warningsOf(() => fits[way]!(model, dataOfThree(), 1)), 'the second time').to.deep.equal(
        [],
      );
      model.dispose();
    });
  }

  it('is warned of in fitDataset, where tfjs never looks', async () => {
    const model = modelCase.make('sgd');
    inject(model);
    freeze(model, 0);
    expect((await warningsOf(() => fits.fitDataset!(model, data(), 1))).length).to.equal(1);
    expect(await warningsOf(() => fits.fitDataset!(model, data(), 1))).to.deep.equal([]);
    model.dispose();
  });
});

function threeLayers(): tfl.Sequential {
  const dense = () => tfl.layers.dense({units: 2, inputShape: [2]});
  return tfl.sequential({layers: [dense(), dense(), dense()]});
}

function dataOfThree() {
  return {x: tf.ones([8, 2]), y: tf.zeros([8, 2])};
}
