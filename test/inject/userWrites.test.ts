import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject, Lookahead} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {LookaheadByHand} from '../support/lookaheadByHand.js';
import {fits, looks} from '../support/looks.js';
import {modelCases, weightsOf} from '../support/models.js';

const modelCase = modelCases[0]!;
const k = 4;
const alpha = 0.5;

/** New values for the weights `from` to `to`. */
function newValues(model: tfl.LayersModel, from: number, to: number): tf.Tensor[] {
  return model.weights
    .slice(from, to)
    .map((weight, i) => tf.randomNormal(weight.shape as number[], 0, 0.3, 'float32', 70 + i));
}

interface Write {
  write(model: tfl.LayersModel): void;
  changes(index: number): boolean;
}

const writes: Readonly<Record<string, Write>> = {
  'setWeights of the model': {
    write: model => model.setWeights(newValues(model, 0, 4)),
    changes: () => true,
  },
  'setWeights of one layer': {
    write: model => model.layers[1]!.setWeights(newValues(model, 2, 4)),
    changes: index => index >= 2,
  },
  loadWeights: {
    write: model => {
      const values = newValues(model, 0, 4);
      model.loadWeights(
        Object.fromEntries(model.weights.map(({originalName}, i) => [originalName, values[i]!])),
      );
    },
    changes: () => true,
  },
  'an assignment to one variable': {
    write: model => (model.weights[2]!.read() as tf.Variable).assign(newValues(model, 2, 3)[0]!),
    changes: index => index === 2,
  },
};

type Data = ReturnType<typeof modelCase.data>;

/** Where the write comes: after so many steps, and what trains before and after it, seven steps in all. */
interface Place {
  readonly before: number;
  run(model: tfl.LayersModel, data: Data, write: () => Promise<void>): Promise<void>;
}

const places: Readonly<Record<string, Place>> = {
  'between two batches': {
    before: 2,
    async run(model, _data, write) {
      await trainOnBatches(model, modelCase, 0, 2);
      await write();
      await trainOnBatches(model, modelCase, 2, 7);
    },
  },
  'just before a sync': {
    before: 3,
    async run(model, _data, write) {
      await trainOnBatches(model, modelCase, 0, 3);
      await write();
      await trainOnBatches(model, modelCase, 3, 7);
    },
  },
  'in a callback of fit': {
    before: 5,
    async run(model, data, write) {
      let batches = 0;
      const onBatchEnd = async () => {
        if (++batches === 5) await write();
      };
      await fits.fit!(model, data, 2, {onBatchEnd});
      await trainOnBatches(model, modelCase, 6, 7);
    },
  },
  'between two fits, where slow weights are shown,': {
    before: 3,
    async run(model, data, write) {
      await fits.fit!(model, data, 1);
      await write();
      await fits.fit!(model, data, 1);
      await trainOnBatches(model, modelCase, 6, 7);
    },
  },
  'after an evaluation': {
    before: 2,
    async run(model, data, write) {
      await trainOnBatches(model, modelCase, 0, 2);
      await looks.evaluate!(model, data);
      await write();
      await trainOnBatches(model, modelCase, 2, 7);
    },
  },
};

describe("the user's hand wins over Lookahead", () => {
  for (const [name, {write, changes}] of Object.entries(writes)) {
    for (const [place, {before, run}] of Object.entries(places)) {
      it(`after ${name} ${place}: training and slow weights go on from there`, async () => {
        const data = modelCase.data();
        const reference = modelCase.make('sgd');
        const byHand = new LookaheadByHand(reference, k, alpha);
        const look = (model: tfl.LayersModel) => looks.predict!(model, data);
        const expected: unknown[] = [];
        for (let i = 0; i < 7; i++) {
          await trainOnBatches(reference, modelCase, i, i + 1);
          byHand.afterStep();
          if (i + 1 !== before) continue;
          tf.tidy(() => write(reference));
          byHand.afterWrite(changes);
          expected.push(await byHand.onSlow(() => look(reference)));
        }
        expected.push(weightsOf(reference), await byHand.onSlow(() => look(reference)));

        const model = modelCase.make('sgd');
        inject(model).use(new Lookahead({k, alpha}));
        const {numTensors} = tf.memory();
        const seen: unknown[] = [];
        await run(model, data, async () => {
          tf.tidy(() => write(model));
          seen.push(await look(model));
        });
        seen.push(weightsOf(model), await look(model));
        expect(seen).to.deep.equal(expected);
        const slow = inject(model).weights.length;
        expect(tf.memory().numTensors).to.equal(numTensors + slow);
        byHand.dispose();
        for (const each of [reference, model]) each.dispose();
        tf.dispose([data.x, data.y]);
      });
    }
  }

  it('tells plugins which weights were written, once', async () => {
    const model = modelCase.make('sgd');
    const injection = inject(model).use(new Lookahead({k, alpha}));
    const written: string[][] = [];
    injection.hooks.beforeStep.tap('test', step => {
      written.push([...step.written].map(({key}) => key));
    });
    const data = modelCase.data();
    await fits.fit!(model, data, 1);
    tf.tidy(() => writes['setWeights of one layer']!.write(model));
    await trainOnBatches(model, modelCase, 3, 5);
    const ofLayer = model.layers[1]!.weights.map(({originalName}) => originalName);
    expect(written).to.deep.equal([[], [], [], ofLayer, []]);
    tf.dispose([data.x, data.y]);
    model.dispose();
  });
});
