import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {InjectOptimizer, Lookahead, type Phase, SGD, type UpdateGroup, updateGroup} from '../../src/index.js';
import {refuses} from '../support/refuses.js';
import {stateOf} from '../support/stateOf.js';

const x = tf.tensor2d([1, 2, -1, 0.5], [4, 1]);
const y = tf.tensor2d([3, 0, 1, 2], [4, 1]);

function model(): tfl.LayersModel {
  const layers = [
    tfl.layers.dense({units: 2, inputShape: [1], kernelInitializer: 'ones', activation: 'tanh'}),
    tfl.layers.batchNormalization({}),
    tfl.layers.dropout({rate: 0.3, seed: 4}),
    tfl.layers.dense({units: 1, kernelInitializer: 'ones'}),
  ];
  const made = tfl.sequential({layers});
  made.compile({optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae']});
  return made;
}

/**
 * Backtracking line search: goes down along the gradient, then halves the way
 * back to where the step began until the loss has fallen.
 */
class Backtracking extends InjectOptimizer {
  private readonly start = updateGroup({
    name: 'start',
    slots: {origin: 'weight'},
    update: ({weight, gradient, learningRate}) => ({
      origin: weight,
      weight: weight.sub(gradient.mul(learningRate)),
    }),
  });
  private readonly halve = updateGroup({
    name: 'halve',
    slots: {origin: 'weight'},
    update: ({weight, origin}) => ({weight: weight.add(origin).mul(0.5)}),
  });
  private readonly accept = updateGroup({name: 'accept', update: ({weight}) => ({weight})});
  /** The number of phases of each step; and before which phase to throw. */
  readonly trace = {phases: [] as number[], throwsAt: -1};
  readonly error = new Error('in the generator');

  *getGroupedUpdates(): Generator<UpdateGroup, void, Phase> {
    let count = 0;
    const of = (group: UpdateGroup) => {
      if (this.trace.throwsAt === count++) throw this.error;
      return group;
    };
    try {
      const first = yield of(this.start);
      const before = first.loss.dataSync()[0]!;
      // Each later phase sees the loss at where the phase before has led.
      for (let isDown = false; !isDown; ) {
        const probe = yield of(this.accept);
        isDown = probe.loss.dataSync()[0]! < before;
        if (!isDown) yield of(this.halve);
      }
      if (this.trace.throwsAt === count) throw this.error;
    } finally {
      this.trace.phases.push(count);
    }
  }
}

describe('an optimizer with a generator of groups', () => {
  it('takes as many phases as it sees fit: a backtracking line search goes down at every step', async () => {
    const trained = model();
    const optimizer = new Backtracking({learningRate: 8});
    const injection = optimizer.inject(trained);
    const losses: number[] = [];
    for (let i = 0; i < 8; i++) losses.push(((await trained.trainOnBatch(x, y)) as number[])[0]!);
    const sorted = [...losses].sort((a, b) => b - a);
    expect(losses).to.deep.equal(sorted);
    expect(new Set(optimizer.trace.phases).size, String(optimizer.trace.phases)).to.be.above(1);
    expect(injection.iterations).to.equal(8);
    expect(injection.describe().phases).to.equal(undefined);
    expect(String(injection)).to.contain('as many phases');
  });

  it('equals the array of the same groups where the number of phases is the same', async () => {
    class Once extends InjectOptimizer {
      private readonly group = updateGroup({
        name: 'descent',
        update: ({weight, gradient, learningRate}) => ({weight: weight.sub(gradient.mul(learningRate))}),
      });
      *getGroupedUpdates() {
        yield this.group;
      }
    }
    const [trained, twin] = [model(), model()];
    const injection = new Once({learningRate: 0.1}).inject(trained);
    const twinInjection = new SGD({learningRate: 0.1}).inject(twin);
    for (const one of [injection, twinInjection]) one.use(new Lookahead({k: 2}));
    for (let i = 0; i < 5; i++) for (const one of [trained, twin]) await one.trainOnBatch(x, y);
    expect(stateOf(trained, injection).weights).to.deep.equal(stateOf(twin, twinInjection).weights);
  });

  it('leaks no tensor, however many phases there are, and gives all back', async () => {
    const trained = model();
    const {numTensors: native} = tf.memory();
    const injection = new Backtracking({learningRate: 8}).inject(trained);
    await trained.trainOnBatch(x, y);
    const {numTensors} = tf.memory();
    for (let i = 0; i < 5; i++) await trained.trainOnBatch(x, y);
    expect(tf.memory().numTensors).to.equal(numTensors);
    injection.eject();
    expect(tf.memory().numTensors).to.equal(native);
  });

  it('goes back to before the step where it throws, at each of its phases, and its finally runs', async () => {
    const [trained, twin] = [model(), model()];
    const [optimizer, other] = [new Backtracking({learningRate: 8}), new Backtracking({learningRate: 8})];
    const [injection, twinInjection] = [optimizer.inject(trained), other.inject(twin)];
    for (let step = 0; step < 3; step++) {
      await twin.trainOnBatch(x, y);
      const count = other.trace.phases.at(-1)!;
      for (let phase = 0; phase <= count; phase++) {
        const [before, closed] = [stateOf(trained, injection), optimizer.trace.phases.length];
        const {numTensors} = tf.memory();
        optimizer.trace.throwsAt = phase;
        let caught: unknown;
        await trained.trainOnBatch(x, y).catch(error => {
          caught = error;
        });
        expect(caught).to.equal(optimizer.error);
        expect(optimizer.trace.phases).to.have.length(closed + 1);
        optimizer.trace.throwsAt = -1;
        expect(stateOf(trained, injection)).to.deep.equal(before);
        expect(tf.memory().numTensors).to.equal(numTensors);
      }
      await trained.trainOnBatch(x, y);
      expect(stateOf(trained, injection).weights).to.deep.equal(stateOf(twin, twinInjection).weights);
    }
  });

  it('is closed and taken back where a hook throws or skips in one of its phases', async () => {
    for (const how of ['throw', 'skip'] as const) {
      const trained = model();
      const optimizer = new Backtracking({learningRate: 8});
      const injection = optimizer.inject(trained);
      const error = new Error('the hook');
      injection.hooks.skip.tap('test', ({index}) => {
        if (index !== 1) return undefined!;
        if (how === 'throw') throw error;
        return {reason: 'test', action: 'rollback'};
      });
      const before = stateOf(trained, injection);
      let caught: unknown;
      await trained.trainOnBatch(x, y).catch(thrown => {
        caught = thrown;
      });
      expect(caught).to.equal(how === 'throw' ? error : undefined);
      expect(optimizer.trace.phases).to.deep.equal([2]);
      expect(stateOf(trained, injection).weights).to.deep.equal(before.weights);
      expect(stateOf(trained, injection).slots).to.deep.equal({});
    }
  });

  it('must yield at least one group', async () => {
    class None extends InjectOptimizer {
      *getGroupedUpdates(): Generator<UpdateGroup, void, Phase> {}
    }
    const trained = model();
    const injection = new None().inject(trained);
    await refuses('INVALID_OPTION', ['None', 'at least one group'], () => trained.trainOnBatch(x, y));
    expect(injection.iterations).to.equal(0);
  });
});
