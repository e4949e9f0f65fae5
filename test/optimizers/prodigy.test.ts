import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Lookahead, Partitions, Prodigy} from '../../src/index.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {quadratic} from '../support/problems.js';
import {prodigyOracle} from '../support/prodigyOracle.js';
import {expectNear, slide} from '../support/slide.js';
import {distance, trajectoryOfOracle, trajectoryOnTensors} from '../support/trajectories.js';

// β₃ = √β₂ = ½.
const options = {beta1: 0.5, beta2: 0.25, epsilon: 0, d0: 0.25};

/** Weights and the estimate d after each step of two slides, whose slopes are the next of each. */
function slides(optimizer: Prodigy, gradients: readonly (readonly number[])[]) {
  const weights = [tf.variable(tf.scalar(1)), tf.variable(tf.tensor1d([1]))];
  const path = gradients.map(([a, b]) => {
    optimizer.minimize(
      () => tf.add(tf.mul(weights[0]!, a!), tf.mul(tf.sum(weights[1]!), b!)) as tf.Scalar,
      false,
      weights,
    );
    return weights.map(weight => weight.dataSync()[0]!);
  });
  return {path, dispose: () => [optimizer, ...weights].forEach(each => void each.dispose())};
}

const slotOf = async (optimizer: Prodigy, slot: string) =>
  (await optimizer.getWeights())
    .filter(({name}) => name.includes(`/${slot}/`))
    .map(({tensor}) => tensor.dataSync()[0]!);

describe('Prodigy', () => {
  it('steps by its estimate of the distance, which grows with what the steps have gained', async () => {
    // Slopes 2, 2 from 1, d₁ = ¼. Step 1: m = ½·¼·2 = ¼, v = ¾·(¼·2)² = 3/16, s = 2·¼² = ⅛, r = 0: d₂ = ¼;
    // θ = 1 − ¼·¼/√(3/16) = 1 − 1/(4√3).
    // Step 2: m = ⅛ + ¼ = ⅜, v = 3/64 + 3/16 = 15/64, s = 1/16 + ⅛ = 3/16, r = ¼²·2·(1 − θ) = 1/(32√3): r/s = 1/(6√3) < ¼.
    // θ = θ − ¼·⅜/√(15/64) = θ − ¾/√15.
    const first = 1 - 1 / (4 * Math.sqrt(3));
    const gone = 1 / (4 * Math.sqrt(3)) + 0.25 * (3 / Math.sqrt(15));
    // Step 3: m = 3/16 + ¼ = 7/16, v = 15/256 + 48/256 = 63/256, s = 3/32 + ⅛ = 7/32, r = ½·1/(32√3) + ⅛·gone: d₄ = r/s;
    // the step is still that of d₃ = ¼: ¼·(7/16)/√(63/256) = 7/(4√63).
    const optimizer = new Prodigy(options);
    const {path, dispose} = slides(optimizer, [
      [2, 0],
      [2, 0],
      [2, 0],
    ]);
    expectNear(
      path.map(([w]) => w!),
      [first, 1 - gone, 1 - gone - 7 / (4 * Math.sqrt(63))],
      3e-7,
    );
    const estimate = (1 / (64 * Math.sqrt(3)) + gone / 8) / (7 / 32);
    expect(estimate).to.be.below(0.25);
    expectNear(await slotOf(optimizer, 'd'), [0.25, 0.25], 0);
    expectNear(await slotOf(optimizer, 'numerator'), [(estimate * 7) / 32 / 0.25, 0]);
    dispose();
  });

  it('takes the new estimate for the ε of the same step, and for the step after', async () => {
    // dCoef = 8: after step 2, d₃ = 8·1/(6√3)  (see above); the third step is by it.
    const d3 = 8 / (6 * Math.sqrt(3));
    const optimizer = new Prodigy({...options, dCoef: 8});
    const {dispose} = slides(optimizer, [
      [2, 0],
      [2, 0],
    ]);
    expectNear(await slotOf(optimizer, 'd'), [d3, d3]);
    dispose();
    // ε = 1: step 2 is ¼·⅜/(√15/8 + d₃·1), step 1 ¼·¼/(√3/4 + ¼).
    const one = 1 / 16 / (Math.sqrt(3) / 4 + 0.25);
    const grown = (8 * (0.125 * one)) / (3 / 16);
    const second = 3 / 32 / (Math.sqrt(15) / 8 + Math.max(0.25, grown));
    expectNear(slide(new Prodigy({...options, dCoef: 8, epsilon: 1}), [2, 2]), [1 - one, 1 - one - second]);
  });

  it('estimates one distance over all weights: alike slopes of two give that of one', async () => {
    const both = new Prodigy({...options, dCoef: 8});
    const {path, dispose} = slides(both, [
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    // Numerator and denominator double.
    const alone = slide(new Prodigy({...options, dCoef: 8}), [2, 2, 2]);
    for (const i of [0, 1])
      expectNear(
        path.map(weights => weights[i]!),
        alone,
      );
    const [d, other] = await slotOf(both, 'd');
    expect(d).to.equal(other).and.above(0.25);
    dispose();
  });

  it('lets the estimate grow by no more than the growth rate after its first growth', async () => {
    const estimatesOf = async (growthRate: number | 'none') => {
      const optimizer = new Prodigy({...options, dCoef: 8, growthRate});
      const weight = tf.variable(tf.scalar(1));
      const estimates: number[] = [];
      for (let i = 0; i < 5; i++) {
        optimizer.minimize(() => tf.mul(weight, 2) as tf.Scalar, false, [weight]);
        estimates.push((await slotOf(optimizer, 'd'))[0]!);
      }
      for (const each of [optimizer, weight]) each.dispose();
      return estimates;
    };
    const [free, slow] = [await estimatesOf('none'), await estimatesOf(1.125)];
    expect(free[1]).to.be.above(0.7);
    // At d0 it may jump; then min(dMax, 1.125·d).
    expect(slow[1]).to.be.closeTo(free[1]!, 1e-6);
    expect(slow[2])
      .to.be.closeTo(1.125 * slow[1]!, 1e-6)
      .and.below(free[2]!);
    expect(slow[3]).to.be.closeTo(1.125 * slow[2]!, 1e-6);
  });

  it('decays beside the step, by α·d·λ, or in the gradient', () => {
    // Step 1 as above: 2 − ¼·½·2 − 1/(4√3), from 2.
    expectNear(slide(new Prodigy({...options, weightDecay: 0.5}), [2], 2), [
      2 - 0.25 - 1 / (4 * Math.sqrt(3)),
    ]);
    // g = −2 + 1·2 = 0.
    expectNear(slide(new Prodigy({...options, weightDecay: 1, decay: 'l2'}), [-2], 2), [2], 0);
  });

  it('corrects the bias of the averages, where asked', () => {
    // √(1 − ¼)/(1 − ½) = √3 times the step: 1 − ¼.
    expectNear(slide(new Prodigy({...options, useBiasCorrection: true}), [2]), [0.75]);
  });

  it('leaves the rate out of the denominator, where the safeguard is on', async () => {
    // The second estimate with α = ½: r = ¼·⅛·2·(½·1/(4√3)); s = 3/16 with it, 3/32 without.
    const estimates: number[] = [];
    for (const safeguardWarmup of [true, false]) {
      const optimizer = new Prodigy({...options, learningRate: 0.5, dCoef: 32, safeguardWarmup});
      const {dispose} = slides(optimizer, [
        [2, 0],
        [2, 0],
      ]);
      estimates.push((await slotOf(optimizer, 'd'))[0]!);
      dispose();
    }
    const r = 1 / 16 / (8 * Math.sqrt(3));
    expectNear(estimates, [(32 * r) / (3 / 16), (32 * r) / (3 / 32)]);
  });

  it('stays, with all its slots, while every gradient has been 0, and where the rate is 0', async () => {
    for (const learningRate of [1, 0]) {
      const optimizer = new Prodigy({learningRate, weightDecay: 0.1});
      const slope = learningRate === 0 ? 1 : 0;
      const {path, dispose} = slides(optimizer, [
        [slope, slope],
        [slope, slope],
      ]);
      expect(path).to.deep.equal([
        [1, 1],
        [1, 1],
      ]);
      for (const d of await slotOf(optimizer, 'd')) expect(d).to.equal(Math.fround(1e-6));
      dispose();
    }
    // The first gradient after them begins where a first one would.
    expectNear(slide(new Prodigy(options), [0, 0, 2]), [1, 1, 1 - 1 / (4 * Math.sqrt(3))]);
  });

  it('follows the formula in float32 from its default d0, where θ₀ − θ alone would be off by 0.1', () => {
    const path = trajectoryOnTensors(new Prodigy(), quadratic, 60);
    expect(distance(path, trajectoryOfOracle(prodigyOracle(1, {}), quadratic, 60))).to.be.below(1e-5);
  });

  it('adds nothing of what it rounded away to a weight that the user writes', async () => {
    const model = lineModel();
    const write = (value: number) => tf.tidy(() => model.setWeights([tf.tensor2d([[value]])]));
    const optimizer = new Prodigy({d0: 0.1});
    optimizer.inject(model);
    // float32 knows numbers of this size to 0.06.
    write(1e6);
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    expect(Math.abs((await slotOf(optimizer, 'remainder'))[0]!)).to.be.above(1e-3);
    optimizer.learningRate = 1e-12;
    write(1e-6);
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.be.closeTo(1e-6, 1e-7);
    model.dispose();
  });

  it('takes where Lookahead has put the weights for where they are', async () => {
    const model = lineModel();
    const optimizer = new Prodigy({d0: 0.01});
    optimizer.inject(model).use(new Lookahead({k: 2, alpha: 0}));
    for (let i = 0; i < 12; i++) await model.trainOnBatch(x, y);
    // The weights never get away: an estimate by the sum of all steps would grow without end.
    expect(weightOf(model)).to.equal(1);
    expect((await slotOf(optimizer, 'd'))[0]).to.be.below(0.2);
    model.dispose();
  });

  describe('over a model whose biases are not to decay', () => {
    // One kernel of three, one bias; the target is off the weights, so that both move far.
    const rows = [
      [1, -2, 0.5],
      [0.25, 1, -1],
      [-1.5, 0.5, 2],
      [2, 1, 1],
    ];
    const targets = [2, -1, 3, 0.5];
    const lambda = 0.25;
    const d0 = 1e-3;
    const start = [Float64Array.of(0.5, -1, 0.75), Float64Array.of(0.25)];

    /** The gradient of the mean of squared errors; kernels, and no biases, with λ·θ. */
    const decayedGradient = ([kernel, bias]: readonly Float64Array[]) => {
      const slopes = rows.map(
        (row, i) =>
          (2 / 4) * (row.reduce((sum, value, j) => sum + value * kernel![j]!, bias![0]!) - targets[i]!),
      );
      const along = (j: number) => slopes.reduce((sum, slope, i) => sum + slope * rows[i]![j]!, 0);
      return [
        Float64Array.from([0, 1, 2], j => along(j) + lambda * kernel![j]!),
        Float64Array.of(slopes.reduce((sum, slope) => sum + slope, 0)),
      ];
    };
    const train = async (
      optimizer: Prodigy | Partitions,
      kernelRegularizer: ReturnType<typeof tfl.regularizers.l2> | undefined,
    ) => {
      const layer = tfl.layers.dense({
        units: 1,
        inputShape: [3],
        name: 'line',
        ...(kernelRegularizer && {kernelRegularizer}),
      });
      const model = tfl.sequential({layers: [layer]});
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      tf.tidy(() => model.setWeights([tf.tensor2d([...start[0]!], [3, 1]), tf.tensor1d([...start[1]!])]));
      optimizer.inject(model);
      const [inputs, outputs] = [tf.tensor2d(rows), tf.tensor2d(targets, [4, 1])];
      for (let i = 0; i < 60; i++) await model.trainOnBatch(inputs, outputs);
      const weights = model.getWeights().flatMap(weight => [...weight.dataSync()]);
      const estimates = await slotOf(optimizer as Prodigy, 'd');
      tf.dispose([inputs, outputs]);
      for (const each of [model, optimizer]) each.dispose();
      return {weights, estimates};
    };
    const expected = () => {
      const oracle = prodigyOracle(1, {d0});
      let weights: readonly Float64Array[] = start;
      for (let i = 0; i < 60; i++) weights = oracle(weights as Float64Array[], decayedGradient);
      return weights.flatMap(values => [...values]);
    };

    it('estimates one distance, with the decay of kernels in their gradients by a regularizer of layers', async () => {
      const {weights, estimates} = await train(new Prodigy({d0}), tfl.regularizers.l2({l2: lambda / 2}));
      expectNear(weights, expected(), 2e-5);
      expect(estimates[0])
        .to.equal(estimates[1])
        .and.above(100 * d0);
    });

    it('estimates one for each part of Partitions, which is another way', async () => {
      const optimizer = new Partitions({
        optimizer: new Prodigy({d0, weightDecay: lambda, decay: 'l2'}),
        partitions: [{weights: /bias$/, options: {weightDecay: 0}}],
      });
      const {weights, estimates} = await train(optimizer, undefined);
      expect(estimates[0]).not.to.equal(estimates[1]);
      expect(distance([weights], [expected()])).to.be.above(1e-3);
    });
  });
});
