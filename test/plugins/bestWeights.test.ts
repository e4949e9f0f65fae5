import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  BestWeights,
  type BestWeightsOptions,
  EMA,
  type Injection,
  inject,
  Lookahead,
  type Plugin,
  SWA,
  stages,
} from '../../src/index.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {weightsOf} from '../support/models.js';
import {datasetOf} from '../support/training.js';

const x = tf.tensor2d([1, 2], [2, 1]);
const y = tf.tensor2d([3, 0], [2, 1]);

/** One weight at 1, going down by 0.1 in each step, whatever the data. */
function slopeModel(optimizer: tf.Optimizer | string = tf.train.sgd(0.1)): tfl.LayersModel {
  const layer = tfl.layers.dense({units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones'});
  const made = tfl.sequential({layers: [layer]});
  const loss = (_: tf.Tensor, output: tf.Tensor) => tf.mul(tf.mean(output), 2 / 3);
  made.compile({optimizer, loss});
  return made;
}

const weightOf = (of: tfl.LayersModel) => of.getWeights()[0]!.dataSync()[0]!;
const near = (actual: number, expected: number) => expect(actual).to.be.closeTo(expected, 1e-6);

/** Writes the log `score` of each epoch, and notes what is on the device. */
function scores(values: readonly number[], see?: () => void): Plugin {
  let epoch = 0;
  return {
    name: 'scores',
    apply: ({hooks}) => {
      hooks.boundary.tap({name: 'scores', stage: stages.report}, ({kind, logs}) => {
        if (kind !== 'epoch') return;
        logs.score = values[epoch++ % values.length]!;
        see?.();
      });
    },
  };
}

const trainFor = (model: tfl.LayersModel, epochs: number, args: tfl.ModelFitArgs = {}) =>
  model.fit(x, y, {epochs, verbose: 0, yieldEvery: 'never', ...args});

/** A fit of as many epochs as there are scores: one step down each. */
async function fitted(values: readonly number[], options: BestWeightsOptions = {}) {
  const model = slopeModel();
  const best = new BestWeights({monitor: 'score', ...options});
  inject(model).use(scores(values)).use(best);
  const {epoch} = await trainFor(model, values.length);
  const seen = {weight: weightOf(model), epochs: epoch.length, best: best.best, bestEpoch: best.bestEpoch};
  model.dispose();
  return seen;
}

describe('BestWeights', () => {
  it('puts the weights of the best epoch into the model at the end', async () => {
    // After epochs 0, 1, 2 …: 0.9, 0.8, 0.7 …
    const {weight, epochs, best, bestEpoch} = await fitted([5, 3, 4, 2, 6, 2]);
    near(weight, 0.6);
    expect({epochs, best, bestEpoch}).to.deep.equal({epochs: 6, best: 2, bestEpoch: 3});
  });

  it('takes the greatest with max, and with auto where the name says so', async () => {
    near((await fitted([5, 3, 9, 2], {mode: 'max'})).weight, 0.7);
    near((await fitted([5, 3, 9, 2], {mode: 'min'})).weight, 0.6);
    for (const [monitor, isGreater] of [
      ['val_acc', true],
      ['val_precision', true],
      ['accuracy', true],
      ['val_loss', false],
      ['accents_loss', false],
      ['mse', false],
    ] as const) {
      const model = slopeModel();
      const best = new BestWeights({monitor});
      const injection = inject(model).use(best);
      injection.hooks.boundary.tap({name: 'test', stage: stages.report}, ({kind, logs}) => {
        if (kind === 'epoch') logs[monitor] = injection.iterations === 1 ? 1 : 2;
      });
      await trainFor(model, 2);
      expect(best.bestEpoch, monitor).to.equal(isGreater ? 1 : 0);
      model.dispose();
    }
  });

  it('counts as better only what is so by more than minDelta, and never a NaN', async () => {
    near((await fitted([5, 4.5, 4.25, 3.75], {minDelta: 1})).weight, 0.6);
    near((await fitted([5, 5.5, 6.25, 6.5], {minDelta: 1, mode: 'max'})).weight, 0.7);
    near((await fitted([Number.NaN, 3, Number.NaN, 4])).weight, 0.8);
    const never = await fitted([Number.NaN, Number.NaN]);
    near(never.weight, 0.8);
    expect([never.best, never.bestEpoch]).to.deep.equal([undefined, undefined]);
  });

  it('passes over the epochs before startFromEpoch', async () => {
    near((await fitted([1, 5, 3, 4], {startFromEpoch: 2})).weight, 0.7);
    near((await fitted([1, 5, 3, 4], {startFromEpoch: 9})).weight, 0.6);
  });

  it('ends training where tf.callbacks.earlyStopping does', async () => {
    const series = [5, 3, 4, 2.9, 2.95, 3, 2.5, 2.6, 2.7, 2.8];
    for (const patience of [0, 1, 2, 3, 20]) {
      for (const minDelta of [0, 0.25]) {
        const native = slopeModel();
        inject(native).use(scores(series));
        const earlyStopping = tfl.callbacks.earlyStopping({
          monitor: 'score',
          mode: 'min',
          patience,
          minDelta,
        });
        const {epoch} = await trainFor(native, series.length, {callbacks: earlyStopping});
        native.dispose();
        const {epochs} = await fitted(series, {patience, minDelta});
        expect(epochs, `patience ${patience}, minDelta ${minDelta}`).to.equal(epoch.length);
      }
    }
    // Not counted are epochs that are passed over.
    expect((await fitted([1, 2, 3, 4, 5, 6], {patience: 2, startFromEpoch: 2})).epochs).to.equal(5);
  });

  for (const [name, train] of Object.entries({
    fit: (model: tfl.LayersModel) =>
      model.fit(x, y, {epochs: 4, verbose: 0, yieldEvery: 'never', validationData: [x, y]}),
    fitDataset: (model: tfl.LayersModel) =>
      model.fitDataset(datasetOf({x, y}, 2), {
        epochs: 4,
        verbose: 0,
        yieldEvery: 'never',
        validationData: datasetOf({x, y}, 2),
      }),
  })) {
    it(`watches val_loss where nothing is said, in ${name}`, async () => {
      const model = slopeModel(tf.train.sgd(0.25));
      const turning = (_: tf.Tensor, output: tf.Tensor) =>
        tf.squaredDifference(tf.mean(output), tf.scalar(0.9)) as tf.Scalar;
      model.compile({optimizer: tf.train.sgd(0.75), loss: turning});
      const best = new BestWeights();
      best.inject(model);
      const {history} = await train(model);
      const losses = history.val_loss as number[];
      const index = losses.indexOf(Math.min(...losses));
      expect(best.bestEpoch).to.equal(index);
      near(best.best!, losses[index]!);
      const seen = model.evaluate(x, y) as tf.Scalar;
      near(seen.dataSync()[0]!, losses[index]!);
      seen.dispose();
      model.dispose();
    });
  }

  it('begins anew with each fit', async () => {
    const model = slopeModel();
    const best = new BestWeights({monitor: 'score'});
    inject(model)
      .use(scores([1, 2, 9, 8, 10]))
      .use(best);
    await trainFor(model, 2);
    near(weightOf(model), 0.9);
    await trainFor(model, 3);
    near(weightOf(model), 0.7);
    expect([best.best, best.bestEpoch]).to.deep.equal([8, 1]);
    model.dispose();
  });

  /** What evaluation sees after the best epoch, the second of four. */
  const shown: Record<string, {plugin: () => Plugin; seen: number; next: number}> = {
    // a = 0.95, 0.875; written, then half-way to 0.775
    EMA: {plugin: () => new EMA({decay: 0.5}), seen: 0.875, next: 0.825},
    // 0.9, 0.85; written, then the first of a new average
    SWA: {plugin: () => new SWA(), seen: 0.85, next: 0.75},
    // φ = 1, then (0.8 → 0.9); written, and not yet synced
    Lookahead: {plugin: () => new Lookahead({k: 2, alpha: 0.5}), seen: 0.9, next: 0.9},
  };
  for (const [name, {plugin, seen, next}] of Object.entries(shown)) {
    it(`keeps what evaluation saw with ${name}, which goes on from there`, async () => {
      for (const isFirst of [true, false]) {
        const model = slopeModel();
        const injection = inject(model).use(scores([2, 1, 3, 4]));
        const best = new BestWeights({monitor: 'score'});
        for (const each of isFirst ? [plugin(), best] : [best, plugin()]) injection.use(each);
        const {numTensors} = tf.memory();
        await trainFor(model, 4);
        near(weightOf(model), seen);
        near(
          injection.evaluate(() => weightOf(model)),
          seen,
        );
        await model.trainOnBatch(x, y);
        near(weightOf(model), name === 'Lookahead' ? seen - 0.1 : seen - 0.1);
        near(
          injection.evaluate(() => weightOf(model)),
          next,
        );
        expect(tf.memory().numTensors).to.equal(numTensors + 1);
        model.dispose();
      }
    });
  }

  describe('where the last epoch was the best', () => {
    const place = memoryPlace();
    const between: Record<string, (injection: Injection) => Promise<unknown>> = {
      'nothing else': async () => {},
      'a checkpoint is restored, of equal weights': async injection => {
        await injection.save(place);
        await injection.restore(place);
      },
    };
    for (const [what, happens] of Object.entries(between)) {
      it(`writes nothing: training goes on from its own weights, after ${what}`, async () => {
        const model = slopeModel();
        const injection = inject(model)
          .use(scores([2, 1]))
          .use(new EMA({decay: 0.5}))
          .use(new BestWeights({monitor: 'score'}));
        let written = -1;
        injection.hooks.beforeStep.tap('test', step => {
          written = step.written.size;
        });
        injection.hooks.boundary.tapPromise({name: 'between', stage: 1000}, async ({kind}) => {
          if (kind === 'epoch' && injection.iterations === 2) await happens(injection);
        });
        await trainFor(model, 2);
        near(weightOf(model), 0.875);
        await model.trainOnBatch(x, y);
        expect(written).to.equal(0);
        near(weightOf(model), 0.7);
        model.dispose();
      });
    }
  });

  it('keeps weights of other types, too', async () => {
    class Counted extends tfl.layers.Layer {
      static className = 'test/Counted';
      override build(): void {
        this.addWeight('n', [1], 'int32', tfl.initializers.ones(), undefined, false);
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return Array.isArray(inputs) ? inputs[0]! : inputs;
      }
    }
    const model = tfl.sequential({
      layers: [
        tfl.layers.dense({units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones'}),
        new Counted({}),
      ],
    });
    model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
    const counter = inject(model)
      .use(scores([1, 2]))
      .use(new BestWeights({monitor: 'score'}))
      .allWeights.find(({variable}) => variable.dtype === 'int32')!.variable;
    const seen: number[] = [];
    const count = {
      onEpochBegin: () => {
        tf.tidy(() => counter.assign(tf.add(counter, tf.scalar(1, 'int32'))));
        seen.push(counter.dataSync()[0]!);
      },
    };
    await model.fit(x, y, {epochs: 2, verbose: 0, callbacks: count});
    expect(seen).to.deep.equal([2, 3]);
    expect(counter.dataSync()[0]).to.equal(2);
    model.dispose();
  });

  it('puts back what is not trained as well, BatchNorm above all', async () => {
    const data = [tf.randomNormal([16, 3], 1, 2, 'float32', 3), tf.randomNormal([16, 1], 0, 1, 'float32', 4)];
    const model = tfl.sequential({
      layers: [
        tfl.layers.dense({units: 3, inputShape: [3]}),
        tfl.layers.batchNormalization({momentum: 0.5}),
        tfl.layers.dense({units: 1}),
      ],
    });
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const after: Float32Array[][] = [];
    inject(model)
      .use(scores([3, 1, 2], () => after.push(weightsOf(model))))
      .use(new BestWeights({monitor: 'score'}));
    await model.fit(data[0]!, data[1]!, {epochs: 3, verbose: 0});
    expect(weightsOf(model)).to.deep.equal(after[1]);
    for (const epoch of [0, 2]) {
      for (const [i, values] of after[epoch]!.entries()) expect(values).not.to.deep.equal(after[1]![i]);
    }
    model.dispose();
    tf.dispose(data);
  });

  it('holds one copy in fit, by reference, and nothing after it', async () => {
    const counts: Record<string, number[]> = {};
    for (const isUsed of [false, true]) {
      const model = slopeModel();
      const injection: Injection = inject(model);
      injection.use(scores([2, 1, 3]));
      if (isUsed) injection.use(new BestWeights({monitor: 'score'}));
      const before = tf.memory();
      const own: number[] = [];
      injection.hooks.boundary.tap({name: 'test', stage: 1000}, ({kind}) => {
        if (kind === 'epoch') own.push(tf.memory().numTensors - before.numTensors);
      });
      await trainFor(model, 3);
      const {numTensors, numBytes} = before;
      expect(tf.memory()).to.include({numTensors, numBytes});
      counts[String(isUsed)] = own;
      model.dispose();
    }
    expect(counts.true).to.deep.equal(counts.false!.map(count => count + 1));
  });

  it('goes on from the best where fit was broken off by an error, and eject frees what was kept', async () => {
    const left: number[] = [];
    for (const end of ['without', 'eject', 'fit again']) {
      const model = slopeModel();
      const {numTensors} = tf.memory();
      const injection = inject(model).use(scores([1, 2, 3]));
      if (end !== 'without') injection.use(new BestWeights({monitor: 'score'}));
      const onEpochBegin = (epoch: number) => {
        if (epoch === 1) throw new Error('of the user');
      };
      const broken = trainFor(model, 3, {callbacks: {onEpochBegin}});
      expect(await broken.catch(error => error.message)).to.equal('of the user');
      if (end === 'fit again') await trainFor(model, 2);
      injection.eject();
      near(weightOf(model), 0.9);
      // tfjs itself leaks a tensor where fit throws.
      left.push(tf.memory().numTensors - numTensors);
      model.dispose();
    }
    expect(left).to.deep.equal([left[0], left[0], left[0]]);
  });

  it('refuses a log that fit does not report, and passes over an epoch that was broken off', async () => {
    const model = slopeModel();
    inject(model).use(new BestWeights());
    expect(await trainFor(model, 1).catch(error => error.message)).to.match(
      /INVALID_OPTION: monitor of BestWeights must be a log of the epoch, of which there are loss \(val_… with validation data\); received 'val_loss'/,
    );
    const broken = slopeModel();
    const best = new BestWeights();
    best.inject(broken);
    const onBatchEnd = () => {
      if (weightOf(broken) < 0.75) broken.stopTraining = true;
    };
    await trainFor(broken, 9, {batchSize: 1, validationData: [x, y], callbacks: {onBatchEnd}});
    expect(best.bestEpoch).to.equal(0);
    for (const each of [model, broken]) each.dispose();
  });

  it('works in a hand-written loop that tells of its epochs', async () => {
    const weight = tf.variable(tf.scalar(1));
    const optimizer = tf.train.sgd(0.1);
    const injection = inject(optimizer).use(new BestWeights({monitor: 'loss', patience: 1}));
    const losses = [2, 1, 3, 4];
    let epochs = 0;
    while (!injection.isStopped && epochs < 4) {
      optimizer.minimize(() => weight.clone() as tf.Scalar, false, [weight]);
      await injection.passBoundary('epoch', {loss: losses[epochs++]!});
    }
    expect(epochs).to.equal(3);
    await injection.passBoundary('train');
    near(weight.dataSync()[0]!, 0.8);
    injection.eject();
    weight.dispose();
  });
});
