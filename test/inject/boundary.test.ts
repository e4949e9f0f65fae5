import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {type Boundary, Heun, type InjectError, type Injection, inject} from '../../src/index.js';

const x = tf.tensor2d([1, 2, 3, 4], [4, 1]);
const y = tf.tensor2d([3, 0, 1, 2], [4, 1]);
const dataset = tfd.array([0, 1]).map(i => ({
  xs: tf.slice(x, [2 * (i as number), 0], [2, 1]),
  ys: tf.slice(y, [2 * (i as number), 0], [2, 1]),
})) as tfd.Dataset<never>;

function model(): tfl.LayersModel {
  const kernelInitializer = tfl.initializers.constant({value: 0.3});
  const made = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [1], kernelInitializer})]});
  made.compile({optimizer: tf.train.sgd(0.001), loss: 'meanSquaredError', metrics: ['mae']});
  return made;
}

type Callbacks = tfl.ModelFitArgs['callbacks'];

const trainers = {
  fit: (trained: tfl.LayersModel, callbacks?: Callbacks, validates?: boolean) =>
    trained.fit(x, y, {
      ...{batchSize: 2, epochs: 2, verbose: 0, shuffle: false, callbacks},
      ...(validates && {validationData: [x, y]}),
    }),
  fitDataset: (trained: tfl.LayersModel, callbacks?: Callbacks, validates?: boolean) =>
    trained.fitDataset(dataset, {
      ...{epochs: 2, verbose: 0, callbacks: callbacks as never},
      ...(validates && {validationData: dataset}),
    }),
};

/** An instance of `tf.Callback` that hands the logs of each batch and epoch to `see`. */
class Seeing extends tfl.Callback {
  constructor(private readonly see: (logs: tfl.Logs) => void) {
    super();
  }
  override async onBatchEnd(_: number, logs?: tfl.Logs) {
    this.see(logs!);
  }
  override async onEpochEnd(_: number, logs?: tfl.Logs) {
    this.see(logs!);
  }
}

/** The forms in which a user may give callbacks. */
const forms: Record<string, (see: (logs: tfl.Logs) => void) => Callbacks> = {
  'a plain object': see => ({
    onBatchEnd: (_: number, logs?: tfl.Logs) => see(logs!),
    onEpochEnd: (_: number, logs?: tfl.Logs) => see(logs!),
  }),
  'an array of plain objects': see => [
    {onBatchEnd: (_: number, logs?: tfl.Logs) => see(logs!)},
    {onEpochEnd: (_: number, logs?: tfl.Logs) => see(logs!)},
  ],
  'an instance of tf.Callback': see => new Seeing(see),
  'an array of instances': see => [new Seeing(see), new Seeing(() => {})],
};

describe('the hook boundary', () => {
  for (const [name, train] of Object.entries(trainers)) {
    it(`is awaited by ${name} at its begin, after each batch, each epoch, and at the end`, async () => {
      const trained = model();
      const injection = inject(trained);
      const seen: string[] = [];
      let isInside = false;
      injection.hooks.beforeStep.tap('test', () => {
        expect(isInside).to.equal(false);
      });
      injection.hooks.boundary.tapPromise('test', async ({kind, logs}) => {
        isInside = true;
        await new Promise(setImmediate);
        isInside = false;
        seen.push(`${kind} ${Object.keys(logs).join()} after ${injection.iterations}`);
      });
      await train(trained);
      const batch = 'batch batch,size,loss,mae';
      expect(seen).to.deep.equal([
        'begin  after 0',
        `${batch} after 1`,
        `${batch} after 2`,
        'epoch loss,mae after 2',
        `${batch} after 3`,
        `${batch} after 4`,
        'epoch loss,mae after 4',
        'train  after 4',
      ]);
    });

    for (const [form, make] of Object.entries(forms)) {
      it(`writes logs that reach the user's callbacks and History of ${name}: ${form}`, async () => {
        const trained = model();
        inject(trained).hooks.boundary.tapPromise('test', async ({kind, logs}) => {
          logs[`own_${kind}`] = 7;
        });
        const seen: tfl.Logs[] = [];
        const {history} = await train(
          trained,
          make(logs => seen.push({...logs})),
        );
        expect(seen.filter(logs => 'own_batch' in logs)).to.have.length(4);
        expect(seen.filter(logs => logs.own_epoch === 7)).to.have.length(2);
        expect(history.own_epoch).to.deep.equal([7, 7]);
        expect(history.loss).to.have.length(2);
      });
    }

    it(`has the numbers of an epoch of ${name}, to the bit, and leaves History and tensors as they are without it`, async () => {
      const seen: Record<string, unknown[]> = {loss: [], mae: [], val_loss: [], val_mae: []};
      const trainBy = async (prepare: (injection: Injection) => void) => {
        const trained = model();
        prepare(inject(trained));
        const {numTensors} = tf.memory();
        const {history} = await train(trained, undefined, true);
        const grown = tf.memory().numTensors - numTensors;
        trained.dispose();
        return {history, grown};
      };
      const without = await trainBy(() => {});
      const tapped = await trainBy(({hooks}) => {
        hooks.boundary.tap('test', ({kind, logs}) => {
          if (kind === 'epoch') for (const log of Object.keys(logs)) seen[log]!.push(logs[log]);
        });
      });
      expect(tapped).to.deep.equal(without);
      expect(seen).to.deep.equal(without.history);
      expect(seen.val_mae).to.have.length(2);
    });

    it(`leaves the logs of a batch of ${name} where they are`, async () => {
      const trained = model();
      const seen: unknown[] = [];
      inject(trained).hooks.boundary.tapPromise('test', async ({kind, logs}) => {
        if (kind !== 'batch') return;
        const {loss} = logs;
        seen.push(loss instanceof tf.Tensor ? (await loss.data())[0] : loss);
      });
      const reported: unknown[] = [];
      const see = (_: number, logs?: tfl.Logs) => reported.push(logs!.loss);
      await train(trained, {onBatchEnd: see as never});
      expect(seen).to.deep.equal(reported);
      expect(seen).to.have.length(4);
    });

    it(`can stop ${name} after a batch`, async () => {
      const trained = model();
      const injection = inject(trained);
      injection.hooks.boundary.tap('test', ({kind, stop}) => {
        if (kind === 'batch' && injection.iterations === 3) stop();
      });
      await train(trained);
      expect(injection.iterations).to.equal(3);
    });

    it(`can stop ${name} before its first batch, and the next one trains`, async () => {
      const trained = model();
      const injection = inject(trained);
      const seen: unknown[] = [];
      let stops = true;
      injection.hooks.boundary.tap('test', ({kind, isBrokenOff, stop}) => {
        if (kind === 'begin') seen.push(isBrokenOff);
        if (kind === 'begin' && stops) stop();
        if (kind === 'batch' && injection.iterations === 1) stop();
      });
      const {history} = await train(trained);
      expect([injection.iterations, history]).to.deep.equal([0, {}]);
      stops = false;
      await train(trained);
      expect(injection.iterations).to.equal(1);
      await train(trained);
      expect([injection.iterations, seen]).to.deep.equal([5, [false, false, false]]);
    });

    it(`must write numbers into the logs of ${name}`, async () => {
      const wrong = {text: 'low', nothing: undefined, none: null, list: [1], flag: true, object: {}};
      for (const [log, value] of Object.entries(wrong))
        for (const kind of ['batch', 'epoch', 'train']) {
          const trained = model();
          inject(trained).hooks.boundary.tap('test', boundary => {
            if (boundary.kind === kind) boundary.logs[log] = value as never;
          });
          await refusesAsync(() => train(trained), `boundary '${kind}'`, `'${log}'`);
          trained.dispose();
        }
    });

    it(`hands its error to the caller of ${name}, after the completed step`, async () => {
      const trained = model();
      const injection = inject(trained);
      const error = new Error('the network');
      injection.hooks.boundary.tapPromise('test', async ({kind}) => {
        if (kind === 'batch') throw error;
      });
      let caught: unknown;
      await train(trained).catch(thrown => {
        caught = thrown;
      });
      expect(caught).to.equal(error);
      expect(injection.iterations).to.equal(1);
      const {numTensors} = tf.memory();
      injection.eject();
      expect(tf.memory().numTensors).to.equal(numTensors);
    });
  }

  it('has numbers at the end of an epoch in a loop by hand, whose tensors stay its own', async () => {
    const optimizer = tf.train.sgd(0.1);
    const injection = inject(optimizer);
    const seen: unknown[] = [];
    injection.hooks.boundary.tap('test', ({kind, logs}) => void seen.push(kind, typeof logs.loss));
    const loss = tf.scalar(0.5);
    for (const kind of ['batch', 'epoch', 'train'] as const) await injection.passBoundary(kind, {loss});
    expect(seen).to.deep.equal(['batch', 'object', 'epoch', 'number', 'train', 'number']);
    loss.dispose();
    injection.eject();
  });

  it('is not passed with logs that are no numbers, tapped or not, before a tap has seen them', async () => {
    const trained = model();
    const injection = inject(trained);
    const logs = {loss: 1, phase: 'warm' as never};
    await refusesAsync(() => injection.passBoundary('epoch', logs), "boundary 'epoch'", "'phase'");
    let seen = 0;
    injection.hooks.boundary.tap('test', () => {
      seen++;
    });
    await refusesAsync(() => injection.passBoundary('epoch', logs), "boundary 'epoch'", "'phase'");
    expect(seen).to.equal(0);
    trained.dispose();
  });

  it('is not passed by a kind that there is not', async () => {
    const injection = inject(tf.train.sgd(0.1));
    for (const kind of ['epochs', undefined, 1])
      await refusesAsync(() => injection.passBoundary(kind as never), "'epoch'", String(kind));
    injection.eject();
  });

  it('is awaited by trainOnBatch, with its metrics by name', async () => {
    const trained = model();
    const injection = new Heun().inject(trained);
    const seen: Boundary[] = [];
    injection.hooks.boundary.tapPromise('test', async boundary => {
      await new Promise(setImmediate);
      seen.push(boundary);
    });
    const values = (await trained.trainOnBatch(x, y)) as number[];
    expect(seen.map(({kind, logs}) => ({kind, logs}))).to.deep.equal([
      {kind: 'batch', logs: {loss: values[0], mae: values[1]}},
    ]);
  });

  it('adds a callback to fit and fitDataset only where it is tapped, and leaves the arguments alone', async () => {
    for (const [name, train] of Object.entries(trainers)) {
      const counts: number[] = [];
      for (const isTapped of [false, true]) {
        const trained = model();
        const injection: Injection = inject(trained);
        if (isTapped) injection.hooks.boundary.tap('test', () => {});
        const own = {};
        const list = [own];
        counts.push(await callbacksOf(() => train(trained, list)));
        expect(list).to.deep.equal([own]);
      }
      expect(counts[1]! - counts[0]!, name).to.equal(1);
    }
  });
});

async function refusesAsync(body: () => Promise<unknown>, ...words: string[]): Promise<void> {
  const error = (await body().catch(thrown => thrown)) as InjectError;
  expect(error.code, String(error)).to.equal('INVALID_OPTION');
  for (const word of words) expect(error.message).to.contain(word);
}

/** How many callbacks tfjs itself calls at the begin of a training: it calls each one's setParams once. */
async function callbacksOf(train: () => Promise<unknown>): Promise<number> {
  const list = tfl.CallbackList.prototype as unknown as {onTrainBegin(): Promise<void>};
  const native = list.onTrainBegin;
  let count = 0;
  list.onTrainBegin = function (this: {callbacks: unknown[]}) {
    count = this.callbacks.length;
    return native.call(this as never);
  };
  try {
    await train();
  } finally {
    list.onTrainBegin = native;
  }
  return count;
}
