import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  Adafactor,
  Adam,
  Heun,
  inject,
  LAMB,
  LBFGS,
  Lookahead,
  Muon,
  Prodigy,
  Ranger,
  SAM,
  SGD,
} from '../../src/index.js';
import {programsOf} from './programs.js';
import {backendName, onBackend} from './setup.js';

const trainings = {
  Adam: (model: tfl.LayersModel) => new Adam({learningRate: 0.05}).inject(model),
  Heun: (model: tfl.LayersModel) => new Heun({learningRate: 0.2}).inject(model),
  'Lookahead around SGD': (model: tfl.LayersModel) => {
    new SGD({learningRate: 0.2, momentum: 0.9}).inject(model);
    new Lookahead({k: 3}).inject(model);
  },
  Ranger: (model: tfl.LayersModel) => new Ranger({learningRate: 0.05, k: 3}).inject(model),
  'SAM around SGD': (model: tfl.LayersModel) => {
    new SGD({learningRate: 0.2}).inject(model);
    new SAM({rho: 0.1}).inject(model);
  },
};

/** Those whose slots have shapes of their own, or whose groups look at a weight as a whole. */
const ofManyShapes = {
  // Chromium's WebGPU in software does not outlive the synchronous reads of a line search.
  ...(backendName !== 'webgpu' && {LBFGS: () => new LBFGS({maxIterations: 2})}),
  Adafactor: () => new Adafactor({learningRate: 0.05}),
  LAMB: () => new LAMB({learningRate: 0.05}),
  Muon: () => new Muon({learningRate: 0.05}),
  Prodigy: () => new Prodigy(),
  Ranger: () => new Ranger({learningRate: 0.05, k: 2}),
};

/** Of more weights than a program of WebGPU has buffers. */
function smallModel(): tfl.LayersModel {
  const ones = (scale: number) => tfl.initializers.randomUniform({seed: 3, minval: -scale, maxval: scale});
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({units: 5, inputShape: [3], activation: 'tanh', kernelInitializer: ones(0.6)}),
      ...[4, 4, 4].map(units => tfl.layers.dense({units, activation: 'tanh', kernelInitializer: ones(0.8)})),
      tfl.layers.dense({units: 1, kernelInitializer: ones(0.8)}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
}

/** A model's weights after 12 steps; by how many tensors training grew what there is, besides slots. */
async function trained(prepare: (model: tfl.LayersModel) => unknown): Promise<number[]> {
  const {numTensors} = tf.memory();
  const model = smallModel();
  prepare(model);
  const x = tf.tensor2d(
    Array.from({length: 24}, (_, i) => Math.sin(i * 1.7)),
    [8, 3],
  );
  const y = tf.tensor2d(
    Array.from({length: 8}, (_, i) => Math.cos(i)),
    [8, 1],
  );
  // Between two fits Lookahead shows its slow weights and keeps the fast ones, unless both have just become the same.
  const threeEpochs = () => model.fit(x, y, {batchSize: 4, epochs: 3, verbose: 0, shuffle: false});
  await threeEpochs();
  const afterSync = tf.memory().numTensors;
  await threeEpochs();
  expect(tf.memory().numTensors).to.equal(afterSync);
  const weights = await Promise.all(model.getWeights().map(weight => weight.data()));
  model.optimizer.dispose();
  model.dispose();
  tf.dispose([x, y]);
  expect(tf.memory().numTensors).to.be.at.least(numTensors);
  return weights.flatMap(values => [...values]);
}

describe(`Training on ${backendName}`, () => {
  for (const [name, prepare] of Object.entries(trainings)) {
    it(`comes to the weights of the cpu backend: ${name}`, async () => {
      const wanted = await onBackend('cpu', () => trained(prepare));
      const actual = await trained(prepare);
      expect(actual).to.have.length(wanted.length);
      for (const [i, value] of actual.entries()) expect(value).to.be.closeTo(wanted[i]!, 2e-5);
      const start = await trained(() => undefined);
      const moved = Math.max(...start.map((value, i) => Math.abs(value - wanted[i]!)));
      expect(moved).to.be.above(0.02, 'the weights went elsewhere than with plain SGD');
    });
  }

  it('goes on where a weight came from another backend', async () => {
    const variable = await onBackend('cpu', async () => tf.variable(tf.tensor1d([1, -2, 3])));
    const optimizer = new Adam({learningRate: 0.1});
    const step = () => void optimizer.minimize(() => tf.sum(tf.square(variable)) as tf.Scalar);
    await onBackend('cpu', async () => step());
    expect(programsOf(step).runs).to.be.at.least(3);
    const values = [...(await variable.data())];
    for (const [i, wanted] of [0.8, -1.8, 2.8].entries()) expect(values[i]).to.be.closeTo(wanted, 2e-3);
    optimizer.dispose();
    variable.dispose();
  });

  for (const [name, make] of Object.entries(ofManyShapes)) {
    it(`takes weights of rank six, the greatest of TensorFlow.js: ${name}`, async () => {
      const moved = async () => {
        const start = Array.from({length: 8}, (_, i) => Math.sin(3 * i + 1));
        const [six, one] = [
          tf.variable(tf.tensor(start, [2, 1, 2, 1, 2, 1])),
          tf.variable(tf.tensor1d([0.5, -1])),
        ];
        const optimizer = make();
        const loss = () =>
          tf.add(tf.sum(tf.square(tf.reshape(six, [8]))), tf.sum(tf.square(one))) as tf.Scalar;
        for (let i = 0; i < 2; i++) optimizer.minimize(loss, false, [six, one]);
        const values = [...(await six.data()), ...(await one.data())];
        optimizer.dispose();
        tf.dispose([six, one]);
        return values;
      };
      const wanted = await onBackend('cpu', moved);
      for (const [i, value] of (await moved()).entries()) expect(value).to.be.closeTo(wanted[i]!, 2e-5);
    });
  }

  it('keeps the slots of an optimizer that is ejected, and does not wait for the device', async () => {
    const shapes = Array.from({length: 70}, (_, i) => [[], [i], [3, 2], [1, 2, 1 + (i % 5)]][i % 4]!);
    const variables = shapes.map((shape, i) => tf.variable(tf.fill(shape, i + 1)));
    const optimizer = new SGD({learningRate: 0.1, momentum: 0.9});
    const injection = inject(optimizer);
    const loss = () =>
      variables.map(each => tf.sum(tf.square(each)) as tf.Scalar).reduce((a, b) => tf.add(a, b));
    for (let i = 0; i < 2; i++) optimizer.minimize(loss, false, variables);
    const read = async (tensors: readonly {tensor: tf.Tensor}[]) =>
      Promise.all(tensors.map(async ({tensor}) => [...(await tensor.data())]));
    const before = await read(await optimizer.getWeights());
    expect(before).to.have.length(71);
    const {numTensors, numDataBuffers} = tf.memory();
    const backend = tf.backend();
    const native = backend.readSync;
    backend.readSync = () => {
      throw new Error('the device is read');
    };
    injection.eject();
    backend.readSync = native;
    expect(tf.memory().numTensors).to.be.at.most(numTensors - 70);
    // Asked for before the values have come, and after: then the device is rid of them.
    for (let i = 0; i < 2; i++) {
      const kept = await optimizer.getWeights();
      expect(await read(kept)).to.deep.equal(before);
      tf.dispose(kept.map(({tensor}) => tensor));
      while (tf.memory().numDataBuffers > numDataBuffers - 70)
        await new Promise(done => setTimeout(done, 10));
    }
    tf.dispose(variables);
    optimizer.dispose();
  });

  it('changes nothing where a program fails: all run before the first write', async () => {
    const variables = [1, 2].map(value => tf.variable(tf.tensor1d([value, -value])));
    const optimizer = new Adam({learningRate: 0.1});
    const loss = () => tf.sum(tf.square(tf.add(variables[0]!, variables[1]!))) as tf.Scalar;
    // In WebGL the first steps also upload.
    for (let i = 0; i < 3; i++) optimizer.minimize(loss);
    const read = async () =>
      (await Promise.all(variables.map(each => each.data()))).map(values => [...values]);
    const before = await read();
    const all = programsOf(() => void optimizer.minimize(loss)).runs;
    const after = await read();
    expect(after).to.not.deep.equal(before);
    const {numTensors} = tf.memory();
    expect(() => programsOf(() => void optimizer.minimize(loss), all)).to.throw('no more programs');
    expect(await read()).to.deep.equal(after);
    expect(tf.memory().numTensors).to.equal(numTensors);
    tf.dispose(variables);
    optimizer.dispose();
  });
});
