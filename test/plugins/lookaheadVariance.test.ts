import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Lookahead} from '../../src/index.js';
import {lossModel, outputAsLoss} from '../support/lossModel.js';

/** Curvatures a of the noisy quadratic, each with many independent coordinates, and the learning rate γ. */
const curvatures = [0.2, 0.5, 1.2];
const copies = 3000;
const columns = curvatures.length * copies;
const rate = 0.5;

/** γ²a² / (1 − (1 − γa)²): where the variance of SGD comes to rest. */
const variancesOfSGD = curvatures.map(a => (rate * a) ** 2 / (1 - (1 - rate * a) ** 2));

/** Zhang et al. 2019, proposition 2: Lookahead's variance as a share of SGD's. */
function share(a: number, k: number, alpha: number): number {
  const q = 1 - rate * a;
  const noise = alpha ** 2 * (1 - q ** (2 * k));
  return noise / (noise + 2 * alpha * (1 - alpha) * (1 - q ** k));
}

/** Standard normal numbers, by Box and Muller, that follow from a seed. */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    // Mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/**
 * The mean square of the weights at rest for each curvature, after each of 16
 * syncs, with the loss ½·a·(θ − c)² and c ~ N(0, 1) anew in each step. It begins
 * at SGD's variance; by the first sync that counts, a thousandth of that is left.
 */
async function restingVariances(k: number, alpha: number, lookahead?: Lookahead): Promise<number[]> {
  const normal = normals(11);
  const start = Float32Array.from(
    {length: columns},
    (_, i) => normal() * Math.sqrt(variancesOfSGD[Math.floor(i / copies)]!),
  );
  const a = tf.tensor(curvatures.flatMap(value => Array<number>(copies).fill(value)));
  const model = lossModel(
    [{name: 'theta', shape: [columns], start}],
    ([theta], center) => tf.div(tf.sum(tf.mul(a, tf.square(tf.sub(theta!, tf.squeeze(center, [0]))))), 2),
    columns,
  );
  model.compile({optimizer: tf.train.sgd(rate), loss: outputAsLoss});
  lookahead?.inject(model);
  const keptPerSync = Math.max(...curvatures.map(c => (1 - alpha + alpha * (1 - rate * c) ** k) ** 2));
  const settling = Math.ceil(Math.log(1e-3) / Math.log(keptPerSync));
  const counted = 16;
  const sums = curvatures.map(() => 0);
  const y = tf.zeros([1, 1]);
  for (let step = 1; step <= (settling + counted) * k; step++) {
    const x = tf.tensor2d(Float32Array.from({length: columns}, normal), [1, columns]);
    await model.trainOnBatch(x, y);
    x.dispose();
    if (step <= settling * k || step % k !== 0) continue;
    model
      .getWeights()[0]!
      .dataSync()
      .forEach((value: number, i: number) => {
        sums[Math.floor(i / copies)]! += value ** 2;
      });
  }
  tf.dispose([a, y]);
  model.dispose();
  return sums.map(sum => sum / counted / copies);
}

describe('On the noisy quadratic', () => {
  it('the variance of SGD is that of the closed form, within 5 %', async () => {
    const measured = await restingVariances(1, 1);
    measured.forEach((value, i) => {
      expect(value / variancesOfSGD[i]!).to.be.closeTo(1, 0.05);
    });
  });

  for (const [k, alpha] of [
    [5, 0.5],
    [5, 0.2],
    [10, 0.8],
  ] as const) {
    it(`the variance of Lookahead (k = ${k}, alpha = ${alpha}) is the paper's share of SGD's, within 5 %`, async () => {
      const measured = await restingVariances(k, alpha, new Lookahead({k, alpha}));
      curvatures.forEach((a, i) => {
        const expected = share(a, k, alpha);
        expect(expected).to.be.below(0.9);
        expect(measured[i]! / variancesOfSGD[i]! / expected).to.be.closeTo(1, 0.05);
      });
    });
  }
});
