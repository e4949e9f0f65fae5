import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {InjectOptimizer, inject, Partitions, ScheduleFreeSGD, SGD, updateGroup} from '../../src/index.js';
import {Journal} from '../../src/inject/journal.js';
import {Slots} from '../../src/inject/slots.js';
import {lineModel, weightOf, x, y} from '../support/line.js';

/** Adds a third of the rate to a counter in each step, and notes what it was. */
class Counting extends InjectOptimizer {
  static readonly className = 'test/Counting';
  readonly seen: number[] = [];

  getGroupedUpdates() {
    return [
      updateGroup({
        name: 'counting',
        counters: {thirds: 0.1},
        scalars: ({counters, learningRate}) => {
          this.seen.push(counters.thirds!);
          return {thirds: counters.thirds! + learningRate / 3};
        },
        update: ({weight, gradient, learningRate}) => ({weight: weight.sub(gradient.mul(learningRate))}),
      }),
    ];
  }
}
tf.serialization.registerClass(Counting);

class GeneratedCounting extends InjectOptimizer {
  static readonly className = 'test/GeneratedCounting';
  private readonly counting = new Counting(this.options);

  get seen(): number[] {
    return this.counting.seen;
  }

  *getGroupedUpdates() {
    yield* this.counting.getGroupedUpdates();
  }
}
tf.serialization.registerClass(GeneratedCounting);

async function saveAndLoad(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async saved => {
    artifacts = saved;
    return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved)};
  });
  await model.save(handler, {includeOptimizer: true});
  return tfl.loadLayersModel(tf.io.fromMemory(artifacts!));
}

describe('a counter', () => {
  it('goes on from step to step, in double precision', async () => {
    const model = lineModel();
    const optimizer = new Counting({learningRate: 0.1});
    optimizer.inject(model);
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    expect(optimizer.seen).to.deep.equal([0.1, 0.1 + 0.1 / 3, 0.1 + 0.1 / 3 + 0.1 / 3]);
    model.dispose();
  });

  it('stays where a step throws or is skipped', async () => {
    const model = lineModel();
    const optimizer = new Counting({learningRate: 0.1});
    const {hooks} = optimizer.inject(model);
    let fault: 'none' | 'throw' | 'skip' = 'none';
    hooks.gradients.tap('test', () => {
      if (fault === 'throw') throw new Error('fault');
    });
    hooks.skip.tap('test', () =>
      fault === 'skip' ? {reason: 'a test', action: 'rollback'} : (undefined as never),
    );
    await model.trainOnBatch(x, y);
    for (fault of ['throw', 'skip', 'none'] as const) await model.trainOnBatch(x, y).catch(() => {});
    await model.trainOnBatch(x, y);
    const last = optimizer.seen.slice(-2);
    expect(last).to.deep.equal([0.1 + 0.1 / 3, 0.1 + 0.1 / 3 + 0.1 / 3]);
    model.dispose();
  });

  it('is taken back where a constraint throws, after it was written', async () => {
    const constraint = tfl.constraints.nonNeg();
    const apply = constraint.apply.bind(constraint);
    let isArmed = false;
    constraint.apply = weight => {
      if (isArmed) throw new Error('fault');
      return apply(weight);
    };
    const model = tfl.sequential({
      layers: [tfl.layers.dense({units: 1, inputShape: [1], useBias: false, kernelConstraint: constraint})],
    });
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const optimizer = new Counting({learningRate: 0.1});
    optimizer.inject(model);
    await model.trainOnBatch(x, y);
    isArmed = true;
    await model.trainOnBatch(x, y).then(
      () => expect.fail('it must throw'),
      () => {},
    );
    isArmed = false;
    await model.trainOnBatch(x, y);
    const second = 0.1 + 0.1 / 3;
    expect(optimizer.seen).to.deep.equal([0.1, second, second]);
    model.dispose();
  });

  it('comes back to what it was before the journal opened, or to nothing', () => {
    const slots = new Slots('test');
    slots.journal = new Journal();
    for (const former of [undefined, 3]) {
      if (former !== undefined) slots.setCount('c', former);
      slots.journal.begin();
      slots.setCount('c', 4);
      slots.setCount('c', 5);
      slots.journal.rollback();
      expect(slots.count('c', 1)).to.equal(former ?? 1);
    }
  });

  it('survives model.save to the last bit of a double, and an eject', async () => {
    const model = lineModel();
    const optimizer = new Counting({learningRate: 0.1});
    const injection = optimizer.inject(model);
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    const expected = optimizer.seen.at(-1)! + 0.1 / 3;
    expect(expected).not.to.equal(Math.fround(expected));
    const loaded = await saveAndLoad(model);
    inject(loaded);
    await loaded.trainOnBatch(x, y);
    expect((loaded.optimizer as Counting).seen).to.deep.equal([expected]);
    injection.eject();
    optimizer.inject(model);
    await model.trainOnBatch(x, y);
    expect(optimizer.seen.at(-1)).to.equal(expected);
    for (const one of [model, loaded]) one.dispose();
  });

  it('of an optimizer whose phases depend on what a step sees survives model.save, too', async () => {
    const model = lineModel();
    model.compile({optimizer: new GeneratedCounting({learningRate: 0.1}), loss: 'meanSquaredError'});
    (model.optimizer as GeneratedCounting).inject(model);
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    const loaded = await saveAndLoad(model);
    const optimizer = loaded.optimizer as GeneratedCounting;
    optimizer.inject(loaded);
    await loaded.trainOnBatch(x, y);
    expect(optimizer.seen).to.deep.equal([0.1 + 0.1 / 3 + 0.1 / 3 + 0.1 / 3]);
    for (const each of [model, loaded]) each.dispose();
  });

  it('is saved without loss whatever its magnitude', () => {
    const values = [Math.PI, -1 / 3, 1e-20 / 3, 1e30 / 7, Number.MAX_SAFE_INTEGER, 0];
    for (const value of values) {
      const slots = new Slots('test');
      slots.setCount('c', value);
      const [saved] = [...slots.entries()].map(({name, tensor}) => {
        const stored = {name, shape: tensor.shape, values: Float32Array.from(tensor.dataSync())};
        tensor.dispose();
        return stored;
      });
      const loaded = new Slots('test');
      loaded.load([saved!], [], ['c']);
      expect(loaded.count('c', 1)).to.equal(value);
    }
  });

  it('is of its own partition', async () => {
    // Two lines apart: the loss of each output has nothing to do with the other weight.
    const make = () => {
      const input = tfl.input({shape: [1]});
      const outputs = ['left', 'right'].map(
        name =>
          tfl.layers
            .dense({name, units: 1, useBias: false, kernelInitializer: 'ones'})
            .apply(input) as tfl.SymbolicTensor,
      );
      const model = tfl.model({inputs: input, outputs});
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      return model;
    };
    const options = (learningRate: number, warmupSteps: number) => ({learningRate, warmupSteps});
    const model = make();
    const optimizer = new Partitions({
      optimizer: new ScheduleFreeSGD(options(0.05, 0)),
      partitions: [{weights: 'left', optimizer: new ScheduleFreeSGD(options(0.1, 3))}],
    });
    optimizer.inject(model);
    const alone = [new ScheduleFreeSGD(options(0.1, 3)), new ScheduleFreeSGD(options(0.05, 0))].map(each => {
      const line = lineModel();
      each.inject(line);
      return line;
    });
    for (let i = 0; i < 5; i++) {
      await model.trainOnBatch(x, [y, y]);
      for (const line of alone) await line.trainOnBatch(x, y);
    }
    const weights = model.getWeights().map(weight => weight.dataSync()[0]!);
    for (const [i, line] of alone.entries()) expect(weights[i]).to.be.closeTo(weightOf(line), 1e-6);
    const names = (await optimizer.getWeights()).map(({name}) => name);
    expect(names).to.include.members(['Partitions/partition("left").weightSum', 'Partitions/rest.weightSum']);
    for (const one of [model, ...alone]) one.dispose();
  });

  it('is not known where an optimizer has none: a file of another is refused', async () => {
    const optimizer = new SGD();
    const saved = [
      {name: 'iter', tensor: tf.scalar(1, 'int32')},
      {name: 'SGD/weightSum', tensor: tf.tensor1d([1, 0, 0])},
    ];
    let error: unknown;
    await optimizer.setWeights(saved).catch(caught => {
      error = caught;
    });
    expect(error).to.have.property('code', 'UNKNOWN_SLOT');
    tf.dispose(saved.map(({tensor}) => tensor));
  });
});
