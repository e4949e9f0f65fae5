import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  AdaptiveClip,
  Cautious,
  CentralizeGradients,
  ClipByGlobalNorm,
  ClipByNorm,
  ClipByValue,
  type InjectPlugin,
  inject,
  SkipNonFinite,
} from '../../src/index.js';
import {backendName, onBackend} from './setup.js';

const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;
const shapes = [[2, 3], [3], []];
const steps = [
  [[1, -2, 3, 0, 0.5, -4], [0.25, 0, -3], [2]],
  [[-0.25, 1, 3e20, -1e20, 0.5, 1], [0.5, 1e-3, 0], [-1]],
  [[-0.5, -0.25, 0.125, 1, 0, -1], [1, -1, 1], [0]],
];

/** All weights after each of the steps by given gradients. */
async function pathOf(plugin: InjectPlugin, gradients: readonly number[][][]): Promise<number[][]> {
  const variables = shapes.map(shape => tf.variable(tf.fill(shape, 0.5)));
  const optimizer = tf.train.momentum(1, 0.5);
  const injection = inject(optimizer);
  let given: number[][] = [];
  injection.hooks.evaluated.tap('given', ({loss}, {step}) => ({
    loss,
    gradients: new Map(step.weights.map((weight, i) => [weight, tf.tensor(given[i]!, shapes[i]!)])),
  }));
  injection.use(plugin);
  const path = [];
  for (given of gradients) {
    const loss = () => tf.addN(variables.map(variable => tf.sum(variable))) as tf.Scalar;
    optimizer.minimize(loss, false, variables);
    path.push((await Promise.all(variables.map(each => each.data()))).flatMap(values => [...values]));
  }
  injection.eject();
  optimizer.dispose();
  tf.dispose(variables);
  return path;
}

function expectAlike(actual: number[][], expected: number[][]): void {
  for (const [i, weights] of expected.entries()) {
    for (const [j, value] of weights.entries()) {
      if (Number.isFinite(value))
        expect(actual[i]![j]).to.be.closeTo(value, 1e-5 * Math.max(1, Math.abs(value)));
      else expect(actual[i]![j], `step ${i}, ${j}`).to.deep.equal(value);
    }
  }
}

const plugins: Record<string, () => InjectPlugin> = {
  AdaptiveClip: () => new AdaptiveClip({clipping: 0.5}),
  Cautious: () => new Cautious(),
  CentralizeGradients: () => new CentralizeGradients(),
  ClipByGlobalNorm: () => new ClipByGlobalNorm({clipNorm: 1, epsilon: 1e-6}),
  ClipByNorm: () => new ClipByNorm({clipNorm: 1}),
  ClipByValue: () => new ClipByValue({clipValue: 0.5}),
};

describe(`Plugins for gradients on ${backendName}`, () => {
  for (const [name, make] of Object.entries(plugins)) {
    it(`take the weights of the cpu backend: ${name}`, async () => {
      const wanted = await onBackend('cpu', () => pathOf(make(), steps));
      expectAlike(await pathOf(make(), steps), wanted);
    });

    if (name !== 'CentralizeGradients' && name !== 'Cautious') {
      for (const bad of [infinity, -infinity, nan]) {
        it(`do with ${bad} what the cpu backend does: ${name}`, async () => {
          const gradients = [[[1, bad, 3, 0, 0.5, -4], [0.25, 0, -3], [2]]];
          const wanted = await onBackend('cpu', () => pathOf(make(), gradients));
          expectAlike(await pathOf(make(), gradients), wanted);
        });
      }
    }
  }

  // Chromium's WebGPU in software does not survive a read in mid-step.
  if (backendName === 'webgpu') return;

  it('skip what is not finite: SkipNonFinite', async () => {
    const guard = new SkipNonFinite();
    const [first, second] = steps as [number[][], number[][]];
    const bad = [nan, infinity, -infinity].map(value => [[1, 1, 1, 1, 1, 1], [1, value, 1], [1]]);
    const path = await pathOf(guard, [first, ...bad, second]);
    const plain = await pathOf(new ClipByNorm({clipNorm: infinity}), [first, second]);
    expect([path[3], path[4]]).to.deep.equal(plain);
    expect(guard.skipped).to.equal(3);
  });
});
