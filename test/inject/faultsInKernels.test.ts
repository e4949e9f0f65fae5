import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  ClipByGlobalNorm,
  Heun,
  InjectError,
  type Injection,
  inject,
  LAMB,
  Ranger,
  SAM,
  SGD,
} from '../../src/index.js';
import {disposeSaved, type Saved} from '../../src/inject/saved.js';
import {batchOf} from '../support/batches.js';
import {modelCases} from '../support/models.js';
import {withoutKernels} from '../support/withoutKernels.js';

const modelCase = modelCases.find(({name}) => /BatchNorm and dropout/.test(name))!;

const stacks: Record<string, (model: LayersModel) => void> = {
  Adam: model => new Adam({learningRate: 0.05}).inject(model),
  Heun: model => new Heun({learningRate: 0.05}).inject(model),
  Ranger: model => new Ranger({learningRate: 0.05, k: 2}).inject(model),
  LAMB: model => new LAMB({learningRate: 0.05}).inject(model),
  'a clip around SGD with momentum': model => {
    new SGD({learningRate: 0.05, momentum: 0.9}).inject(model);
    inject(model).use(new ClipByGlobalNorm({clipNorm: 0.1}));
  },
  'SAM around Adam, over a window': model => {
    new Adam({learningRate: 0.05}).inject(model);
    inject(model)
      .use(new SAM())
      .use(new AccumulateGradients({steps: 2}));
  },
};

const bitsOf = (saved: Saved) =>
  JSON.stringify([
    [...saved.tensors].map(([name, tensor]) => [name, [...tensor.dataSync()].map(String)]).sort(),
    saved.data,
  ]);

function stateBits(injection: Injection): string {
  const state = injection.state();
  const bits = bitsOf(state);
  disposeSaved(state);
  return bits;
}

/** Makes kernel number `place` of those that run, one of our own too, throw before it does anything. */
function failAt(
  place: number,
  error: Error,
): {calls: () => number; isInLoss: () => boolean; isOwn: () => boolean; putBack: () => void} {
  const engine = tf.engine() as unknown as {runKernel(...args: unknown[]): unknown};
  const native = engine.runKernel;
  const {stackTraceLimit} = Error;
  Error.stackTraceLimit = 200;
  let calls = 0;
  let isInLoss = false;
  let isOwn = false;
  engine.runKernel = function runKernel(...args) {
    // A second reference cannot fail.
    if (args[0] !== 'Identity' && ++calls === place) {
      isOwn = args[0] === 'TfjsInjectUpdate';
      isInLoss = /computeGradients/.test(new Error().stack ?? '');
      throw error;
    }
    return native.apply(this, args);
  };
  return {
    calls: () => calls,
    isInLoss: () => isInLoss,
    isOwn: () => isOwn,
    putBack: () => {
      engine.runKernel = native;
      Error.stackTraceLimit = stackTraceLimit;
    },
  };
}

for (const readsOverTensors of [false, true]) {
  describe(`a kernel that throws${readsOverTensors ? ', where rules are read over tensors' : ''}`, () => {
    if (readsOverTensors) withoutKernels();

    for (const [name, use] of Object.entries(stacks)) {
      it(`leaves the state before the step, or the one after it, whichever it is: ${name}`, async () => {
        const model = modelCase.make('sgd');
        const injection = inject(model, {seed: 4});
        use(model);
        const step = async (i: number) => {
          const {xs, ys} = batchOf(modelCase, i);
          try {
            await model.trainOnBatch(xs as tf.Tensor, ys as tf.Tensor);
          } finally {
            tf.dispose([xs, ys]);
          }
        };
        // In the middle of a window, where there is one.
        for (let i = 0; i < 3; i++) await step(i);
        const start = injection.state();
        injection.put(start, new Map());
        const former = stateBits(injection);
        await step(3);
        const latter = stateBits(injection);
        expect(latter).not.to.equal(former);
        injection.put(start, new Map());
        expect(stateBits(injection)).to.equal(former);

        const error = new Error('the kernel');
        let befores = 0;
        let torn = 0;
        let [reached, place] = [0, 0];
        do {
          const {numTensors} = tf.memory();
          const {calls, isInLoss, isOwn, putBack} = failAt(++place, error);
          const caught = await step(3).then(
            () => undefined,
            thrown => thrown,
          );
          putBack();
          reached = calls();
          const bits = stateBits(injection);
          if (caught instanceof InjectError) {
            // The kernels of the last writes, which nothing holds the former values of: said, and no other.
            expect([caught.code, caught.cause, isOwn()]).to.deep.equal(['STEP_TORN', error, true]);
            torn++;
          } else {
            if (caught) expect(caught, String(place)).to.equal(error);
            if (bits === former) befores++;
            else expect(bits === latter, `kernel ${place} of ${reached}`).to.equal(true);
          }
          injection.put(start, new Map());
          // In the middle of one of its own operations tfjs leaves what this has saved for its gradient.
          if (!isInLoss()) expect(tf.memory().numTensors, `kernel ${place}`).to.equal(numTensors);
        } while (reached >= place);
        expect(befores).to.be.above(40);
        // LAMB's results, too, are there before its writes.
        expect(torn > 0).to.equal(!readsOverTensors && name !== 'LAMB');
        disposeSaved(start);
        injection.eject();
        model.dispose();
      });
    }
  });
}
