import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {BestWeights, Checkpoint, inject, ReduceOnPlateau} from '../../src/index.js';
import {TemporaryFolder} from '../support/temporaryFolder.js';
import {datasetOf} from '../support/training.js';
import {warningsOf} from '../support/warnings.js';

const [x, y] = [tf.ones([6, 1]), tf.zeros([6, 1])];
/** Three batches, which tfjs goes on with from epoch to epoch where it is told of `batchesPerEpoch`. */
const data = () => datasetOf({x, y}, 2);

let folder: TemporaryFolder;

const plugins = {
  BestWeights: (monitor: string) => new BestWeights({monitor}),
  ReduceOnPlateau: (monitor: string) => new ReduceOnPlateau({monitor, patience: 1}),
  Checkpoint: (monitor: string) =>
    new Checkpoint({url: `file://${folder.path}`, keepBest: true, monitor, resume: 'never'}),
};

describe('A plugin that looks at a log of the epoch', () => {
  beforeEach(() => {
    folder = new TemporaryFolder();
  });
  afterEach(() => folder.remove());

  for (const [name, make] of Object.entries(plugins)) {
    for (const monitor of ['loss', 'val_loss']) {
      it(`passes over an epoch for which a dataset had too few batches: ${name}, ${monitor}`, async () => {
        const layer = tfl.layers.dense({units: 1, inputShape: [1]});
        const model = tfl.sequential({layers: [layer]});
        model.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
        const injection = inject(model).use(make(monitor));
        const seen: unknown[] = [];
        injection.hooks.boundary.tap('test', ({kind, logs, isBrokenOff}) => {
          if (kind === 'epoch') seen.push([Object.keys(logs).sort(), isBrokenOff]);
        });
        const settings = {verbose: 0, batchesPerEpoch: 2, epochs: 3, validationData: data()} as const;
        let epochs: number[] | undefined;
        const warnings = await warningsOf(async () => {
          ({epoch: epochs} = await model.fitDataset(data(), settings));
        });
        expect(warnings.join()).to.contain('ran out of data');
        expect(epochs).to.deep.equal([0, 1, 2]);
        expect(seen).to.deep.equal([
          [['loss', 'val_loss'], false],
          [['loss'], true],
          [[], true],
        ]);
        model.dispose();
      });
    }

    it(`refuses a log that an epoch does not have: ${name}`, async () => {
      const layer = tfl.layers.dense({units: 1, inputShape: [1]});
      const model = tfl.sequential({layers: [layer]});
      model.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
      inject(model).use(make('val_loss'));
      const failed = await model
        .fitDataset(data(), {verbose: 0, epochs: 2})
        .then(() => '')
        .catch(error => error.message);
      expect(failed).to.match(new RegExp(`INVALID_OPTION: monitor of ${name} must be a log of the epoch`));
      model.dispose();
    });
  }
});
