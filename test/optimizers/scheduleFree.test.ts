import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {ScheduleFreeAdamW, ScheduleFreeSGD, SGD} from '../../src/index.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {quadratic, rosenbrock} from '../support/problems.js';
import {expectNear, slide} from '../support/slide.js';
import {distance, trajectoryOnTensors} from '../support/trajectories.js';

/** Weights after each step on ½w², whose gradient is where it is taken. */
function bowl(optimizer: tf.Optimizer, steps: number, start = 1): number[] {
  const weight = tf.variable(tf.scalar(start));
  const weights = Array.from({length: steps}, () => {
    optimizer.minimize(() => tf.div(tf.square(weight), 2) as tf.Scalar, false, [weight]);
    return weight.dataSync()[0]!;
  });
  optimizer.dispose();
  weight.dispose();
  return weights;
}

describe('ScheduleFreeSGD', () => {
  it('takes the gradient between z and the average, which takes its share of each z', () => {
    // ½w² from 1, α = 0.5, β = 0.75; z₀ = x₀ = 1.
    // Step 1: y = 1, z = 0.5, c = 1: x = 0.5.
    // Step 2: y = 0.5, z = 0.25, c = 1/2: x = 0.375.
    // Step 3: y = 0.25·0.25 + 0.75·0.375 = 0.34375, z = 0.25 − 0.171875 = 0.078125, c = 1/3: x = 0.375 − 0.296875/3.
    const optimizer = new ScheduleFreeSGD({learningRate: 0.5, momentum: 0.75});
    expectNear(bowl(optimizer, 3), [0.5, 0.375, 0.375 - 0.296875 / 3]);
  });

  it('warms up by t/W, and weighs the average by the square of the largest rate so far', () => {
    // W = 2: γ = 0.25, 0.5, 0.5; slopes 1, 1, 1: z = 0.75, 0.25, −0.25.
    // w = 1/16, 1/4, 1/4: c = 1, 4/5, 4/9: x = 0.75, 0.75 − 0.8·0.5 = 0.35, 0.35 − 0.6·4/9.
    const optimizer = () => new ScheduleFreeSGD({learningRate: 0.5, warmupSteps: 2});
    expectNear(slide(optimizer(), [1, 1, 1]), [0.75, 0.35, 0.35 - 2.4 / 9]);
    // Where the rate falls, its largest value goes on counting: γ = 0.5, 0.25, c = 1/2: z = 0.5, 0.25.
    const falling = new ScheduleFreeSGD({learningRate: t => 0.5 / (t + 1)});
    expectNear(slide(falling, [1, 1]), [0.5, 0.375]);
  });

  it('weighs step t by tʳ and any power of the rate', () => {
    // γ = 0.25, 0.5; z = 0.75, 0.25. r = 1, power 1: w = 1·0.25, 2·0.5: c = 1/1.25 = 0.8.
    const weighted = new ScheduleFreeSGD({learningRate: 0.5, warmupSteps: 2, r: 1, weightLrPower: 1});
    expectNear(slide(weighted, [1, 1]), [0.75, 0.35]);
    // As Keras weighs: 1/t, whatever the rate.
    const even = new ScheduleFreeSGD({learningRate: 0.5, warmupSteps: 2, weightLrPower: 0});
    expectNear(slide(even, [1, 1]), [0.75, 0.5]);
  });

  it('decays at the point of the gradient', () => {
    // Slopes of 0, α = 0.5, λ = 0.5, β = 0.5: z = 0.75·z − …; step 1: z = x = 1 − 0.25 = 0.75.
    // Step 2: y = 0.75, z = 0.75 − 0.1875 = 0.5625, x = 0.65625. Step 3: y = 0.609375, z = 0.5625 − 0.15234375.
    const optimizer = new ScheduleFreeSGD({learningRate: 0.5, momentum: 0.5, weightDecay: 0.5});
    const third = 0.65625 + (0.5625 - 0.15234375 - 0.65625) / 3;
    expectNear(slide(optimizer, [0, 0, 0]), [0.75, 0.65625, third]);
  });

  it('is the mean of the path of SGD where β is 0', () => {
    const [path, averaged] = [new SGD(), new ScheduleFreeSGD({momentum: 0})].map(optimizer => {
      optimizer.learningRate = quadratic.learningRate;
      return trajectoryOnTensors(optimizer, quadratic, 20);
    });
    const mean = averaged!
      .slice(1)
      .map((_, t) =>
        path![0]!.map((_, i) => path!.slice(1, t + 2).reduce((sum, at) => sum + at[i]!, 0) / (t + 1)),
      );
    expect(distance(averaged!.slice(1), mean)).to.be.below(2e-6);
    expect(distance([averaged![20]!], [path![20]!])).to.be.above(0.1);
  });

  it('evaluates its gradient at the average where β is 1', () => {
    // ½w² from 1, α = 0.5: z = 1 − 0.5·1 = 0.5 = x; z = 0.5 − 0.25 = 0.25, x = 0.375; z = 0.25 − 0.1875 = 0.0625.
    const optimizer = new ScheduleFreeSGD({learningRate: 0.5, momentum: 1});
    expectNear(bowl(optimizer, 3), [0.5, 0.375, 0.375 - 0.3125 / 3]);
  });

  it('has no 0/0 where the rate has always been 0, and begins where it is not', () => {
    const optimizer = new ScheduleFreeSGD({learningRate: t => (t < 2 ? 0 : 0.5)});
    expectNear(slide(optimizer, [1, 1, 1, 1]), [1, 1, 0.5, 0.25], 0);
  });

  it('shows the average to evaluation, prediction and the end of fit, with nothing to switch', async () => {
    const model = lineModel();
    new ScheduleFreeSGD({learningRate: 0.05}).inject(model);
    const {history} = await model.fit(x, y, {epochs: 6, verbose: 0, validationData: [x, y]});
    const w = weightOf(model);
    const loss = ((w - 3) ** 2 + 4 * w ** 2) / 2;
    expect(history.val_loss!.at(-1)).to.be.closeTo(loss, 1e-6);
    expect(history.loss!.at(-1)).not.to.be.closeTo(loss, 1e-4);
    expect((model.predict(tf.ones([1, 1])) as tf.Tensor).dataSync()[0]).to.equal(w);
    model.dispose();
  });
});

describe('ScheduleFreeAdamW', () => {
  it('normalizes z’s step by the corrected root mean square, and not the share of the average', () => {
    // α = 0.5, β₂ = 0.5, ε = 0, slopes 3, 4. Step 1: v = 4.5, v̂ = 9: z = x = 1 − 0.5 = 0.5.
    // Step 2: v = 2.25 + 8 = 10.25, v̂ = 10.25/0.75: z = 0.5 − 0.5·4/√v̂; c = 1/2.
    const optimizer = new ScheduleFreeAdamW({learningRate: 0.5, beta2: 0.5, epsilon: 0});
    expectNear(slide(optimizer, [3, 4]), [0.5, 0.5 - 1 / Math.sqrt(10.25 / 0.75)]);
  });

  it('adds ε to the root, and decays beside it', () => {
    // z = 1 − 0.5·(3/(3 + 1) + 0.5·1)
    const options = {learningRate: 0.5, beta2: 0.5, epsilon: 1, weightDecay: 0.5};
    expectNear(slide(new ScheduleFreeAdamW(options), [3]), [1 - 0.5 * 1.25]);
  });

  it("has the authors' defaults, and stays where it is on a gradient of zero", () => {
    expect(new ScheduleFreeAdamW().options).to.deep.equal({
      learningRate: 0.0025,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      warmupSteps: 0,
      r: 0,
      weightLrPower: 2,
    });
    expect(new ScheduleFreeSGD().options).to.include({learningRate: 1, momentum: 0.9});
    expectNear(slide(new ScheduleFreeAdamW({epsilon: 0}), [0, 0]), [1, 1], 0);
  });

  it('is ScheduleFreeSGD where ε outweighs every gradient', () => {
    const epsilon = 2 ** 40;
    const rate = rosenbrock.learningRate;
    const path = trajectoryOnTensors(
      new ScheduleFreeAdamW({learningRate: rate * epsilon, epsilon, warmupSteps: 5}),
      rosenbrock,
      20,
    );
    const other = trajectoryOnTensors(
      new ScheduleFreeSGD({learningRate: rate, warmupSteps: 5}),
      rosenbrock,
      20,
    );
    expect(distance(path, other)).to.be.below(1e-5);
    expect(distance([path[0]!], [path[20]!])).to.be.above(0.05);
  });
});
