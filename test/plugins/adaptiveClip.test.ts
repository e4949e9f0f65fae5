import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {AdaptiveClip, Heun, inject} from '../../src/index.js';
import {unitAxes} from '../../src/plugins/shared/unitAxes.js';
import {expectAlike} from '../support/expectAlike.js';
import {golden} from '../support/goldenGradients.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {madeOf, Prescribed} from '../support/prescribed.js';
import {refuses} from '../support/refuses.js';
import {gradientOf, modelOf} from '../support/unitKinds.js';

const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;

/** By kind, the axes of each weight of its layer. */
const axes: Record<string, number[][]> = {
  dense: [[0]],
  'dense of one unit': [[0]],
  bias: [[0], []],
  conv1d: [[0, 1]],
  conv2d: [[0, 1, 2]],
  conv2dTranspose: [[0, 1, 3]],
  depthwise: [[0, 1]],
  separable: [
    [0, 1],
    [0, 1, 2],
  ],
  embedding: [[1]],
  lstm: [[0], [0]],
  'time-distributed dense': [[0]],
};

describe('The axes of a unit', () => {
  for (const [kind, expected] of Object.entries(axes)) {
    it(`are those that feed one output: ${kind}`, () => {
      const model = modelOf(kind);
      const {weights} = inject(model);
      const first = weights.slice(0, -2);
      // The layer's own, before the kernel [n, 1] and the bias [1] of the last.
      expect(first.map(unitAxes)).to.deep.equal(expected);
      expect(weights.slice(-2).map(unitAxes)).to.deep.equal([[0], []]);
      model.dispose();
    });
  }

  it('are all but the last in a hand-written loop, where no layers are known', () => {
    const variable = tf.variable(tf.ones([2, 3, 4]));
    expect(unitAxes({key: 'embeddings', variable})).to.deep.equal([0, 1]);
    variable.dispose();
  });
});

describe('AdaptiveClip', () => {
  it('limits the gradient of each unit in proportion to its weights', () => {
    // Columns: θ = (3, 4) with ‖θ‖ = 5, limit 0.5; θ = (0, 0), limit 0.1·ε = 0.01.
    const options = {clipping: 0.1, epsilon: 0.1};
    const made = (gradient: number[]) =>
      madeOf(new AdaptiveClip(options), [[2, 2]], [gradient], [[3, 0, 4, 0]]);
    expectAlike(made([0, 3, 1, 4]), [[0, 0.006, 0.5, 0.008]], 1e-7);
    const small = [0.3, 0.006, 0.4, 0.007].map(Math.fround);
    expect(made(small)).to.deep.equal([small]);
  });

  for (const [kind, {weight, gradient, adaptive}] of Object.entries(golden.units)) {
    for (const {clipping, source, gradient: expected} of adaptive) {
      it(`makes what ${source} makes with ${clipping}: ${kind}`, () => {
        const plugin = new AdaptiveClip({clipping, epsilon: 1e-3, clipOutput: true});
        const made = gradientOf(plugin, kind, {weight, gradient});
        expectAlike([made], [expected], 3e-7);
        expect(made).not.to.deep.equal(gradient);
      });
    }
  }

  it('takes a vector, a scalar and a kernel of one input as one unit', () => {
    // ‖θ‖ = 5 and ‖g‖ = 10: half of it with λ = 1
    const plugin = () => new AdaptiveClip({clipping: 1, clipOutput: true});
    expectAlike(madeOf(plugin(), [[2], []], [[6, -8], [-10]], [[3, 4], [5]]), [[3, -4], [-5]], 1e-7);
    const [gradient, weight] = [
      [6, -8, 0, 0, 0],
      [3, 4, 0, 0, 0],
    ];
    for (const kind of ['dense of one input', 'dense of one unit'])
      expectAlike([gradientOf(plugin(), kind, {gradient, weight})], [[3, -4, 0, 0, 0]], 1e-7);
  });

  it('makes NaN of a unit whose gradient is not finite, and of no other', () => {
    const made = madeOf(
      new AdaptiveClip({clipping: 1}),
      [[2, 3]],
      [[infinity, 1, nan, 1, 1, 1]],
      [[1, 1, 1, 1, 1, 1]],
    );
    expect(made).to.deep.equal([[nan, 1, nan, nan, 1, nan]]);
  });

  it('clips a gradient whose squares float32 does not hold', () => {
    const [made] = madeOf(new AdaptiveClip(), [[2, 1]], [[3e22, 4e22]], [[6, 8]]);
    expectAlike([made!], [[0.06, 0.08]], 1e-6);
  });

  it('leaves the output layers alone where it is not told otherwise', () => {
    for (const [clipOutput, scale] of [
      [false, 1],
      [true, 0.5],
    ] as const) {
      const model = tfl.sequential({
        layers: [tfl.layers.dense({units: 1, inputShape: [1], useBias: false}), tfl.layers.dense({units: 1})],
      });
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      const injection = inject(model).use(new AdaptiveClip({clipping: 0.5, clipOutput}));
      const [first, second] = injection.weights;
      const made = tf.tidy(() => {
        for (const weight of [first!, second!]) weight.variable.assign(tf.ones([1, 1]));
        const gradients = new Map([first!, second!].map(weight => [weight, tf.ones([1, 1])]));
        const changed = injection.hooks.gradients.call(gradients, {step: {iterations: 1}} as never);
        return [...changed.values()].map(gradient => gradient.dataSync()[0]);
      });
      expect(made).to.deep.equal([0.5, scale]);
      model.dispose();
    }
  });

  it('refuses a model of which it would clip nothing, in place of being silent', async () => {
    const model = lineModel();
    await refuses('INVALID_OPTION', ['clipOutput of AdaptiveClip'], () => new AdaptiveClip().inject(model));
    // The gradient is 5w − 3 = 2 at w = 1; λ·1 = 0.5
    new AdaptiveClip({clipping: 0.5, clipOutput: true}).inject(model);
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.be.closeTo(1 - 0.01 * 0.5, 1e-7);
    model.dispose();
  });

  it('reads its ratio by the completed steps, and the weights anew in each phase', () => {
    // θ = 1: g = 10 becomes 0.5, so the predictor goes to 1 − 0.5 = 0.5, where it becomes 0.25: 1 − (0.5 + 0.25)/2.
    const clipping = (iterations: number) => (iterations === 0 ? 0.5 : infinity);
    const loop = new Prescribed(new Heun({learningRate: 1}), [[]], [new AdaptiveClip({clipping})], [[1]]);
    loop.step([[10]]);
    expectAlike(loop.weights, [[0.625]], 1e-7);
    loop.step([[0.125]]);
    expectAlike(loop.weights, [[0.5]], 1e-7);
    expectAlike(loop.seen.flat(), [[0.5], [0.25], [0.125], [0.125]], 1e-7);
    loop.dispose();
  });
});
