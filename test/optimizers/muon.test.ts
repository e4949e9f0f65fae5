import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AdamW,
  Muon,
  type MuonOptions,
  type PartitionedGroup,
  Partitions,
  type WeightSelector,
} from '../../src/index.js';
import {refuses} from '../support/refuses.js';
import {expectNear, slide} from '../support/slide.js';

type Values = readonly number[];

/** A weight that starts at `start`, after a step by each of the gradients. */
function steps(
  optimizer: tf.Optimizer,
  shape: number[],
  gradients: readonly Values[],
  start = 0,
): number[][] {
  const weight = tf.variable(tf.fill(shape, start));
  const ends = gradients.map(values => {
    const gradient = tf.tensor([...values], shape);
    optimizer.minimize(() => tf.tidy(() => tf.sum(tf.mul(weight, gradient))), false, [weight]);
    gradient.dispose();
    return [...weight.dataSync()];
  });
  for (const each of [optimizer, weight]) each.dispose();
  return ends;
}

/** No momentum, and no orthogonalization but the norm: O = u/‖u‖. */
const plain: MuonOptions = {learningRate: 1, momentum: 0, epsilon: 0, coefficients: [1, 0, 0]};

const square = [0.5, -1, 2, 0.25, 3, -0.5, 1, 1, -2];

describe('Muon', () => {
  it('moves by its momentum with every singular value put through the polynomial', () => {
    // ‖diag(3, 4)‖ = 5; σ = 0.6, 0.8; 1.5σ − 0.5σ³ = 0.792, 0.944, of which α = 0.5.
    const options = {...plain, learningRate: 0.5, coefficients: [1.5, -0.5, 0], newtonSchulzSteps: 1};
    expectNear(steps(new Muon(options), [2, 2], [[3, 0, 0, 4]])[0]!, [-0.396, 0, 0, -0.472]);
    // Again: 1.5·0.792 − 0.5·0.792³ and 1.5·0.944 − 0.5·0.944³
    const twice = [0.792, 0.944].map(s => -0.5 * (1.5 * s - 0.5 * s ** 3)) as [number, number];
    const [end] = steps(new Muon({...options, newtonSchulzSteps: 2}), [2, 2], [[3, 0, 0, 4]]);
    expectNear(end!, [twice[0], 0, 0, twice[1]]);
    // c·σ⁵ alone: 0.6⁵, 0.8⁵
    const fifth = {...options, coefficients: [0, 0, 1]};
    expectNear(steps(new Muon(fifth), [2, 2], [[3, 0, 0, 4]])[0]!, [-0.03888, 0, 0, -0.16384]);
  });

  it('brings singular values that differ a hundredfold between 0.6 and 1.2, with its defaults', () => {
    const [end] = steps(new Muon({learningRate: 1}), [3, 3], [[1, 0, 0, 0, 0.1, 0, 0, 0, 0.01]]);
    const values = [0, 4, 8].map(i => -end![i]!);
    for (const value of values) expect(value).to.be.within(0.6, 1.2);
  });

  it('takes the rotated step where the gradient is rotated: it knows no axes', () => {
    // Q·g with Q = [[0.6, −0.8, 0], [0.8, 0.6, 0], [0, 0, 1]]
    const rotated = (m: Values) => [
      ...[0, 1, 2].map(j => 0.6 * m[j]! - 0.8 * m[3 + j]!),
      ...[0, 1, 2].map(j => 0.8 * m[j]! + 0.6 * m[3 + j]!),
      ...m.slice(6),
    ];
    const [end] = steps(new Muon(), [3, 3], [square]);
    const [turned] = steps(new Muon(), [3, 3], [rotated(square)]);
    expectNear(turned!, rotated(end!), 1e-6);
    expect(Math.abs(turned![0]! - end![0]!)).to.be.above(1e-3);
  });

  it('averages gradients, and counts the last one once more as Nesterov', () => {
    // b = (1.5, 0), then (0.75, 2); u = ½b + ½g = (0.375, 3).
    const gradients = [
      [3, 0],
      [0, 4],
    ];
    const moved = (u: [number, number]) => {
      const length = Math.hypot(...u);
      return [-1 - u[0] / length, -u[1] / length];
    };
    // A factor of 1: two inputs, one output.
    const end = (options: MuonOptions) =>
      steps(new Muon({...plain, momentum: 0.5, ...options}), [2, 1], gradients)[1]!;
    expectNear(end({}), moved([0.375, 3]));
    expectNear(end({nesterov: false}), moved([0.75, 2]));
    // ½·b/(1 − ½³) + ½·g/(1 − ½²), as in optax
    expectNear(end({correctBias: true}), moved([0.375 / 0.875, 1 / 0.875 + 2 / 0.75]));
    // Corrected, ½·3/(1 − ½) is 3, to which ε shows that it is not 1.5: 3/(3 + 3).
    const slow = {...plain, momentum: 0.5, nesterov: false, correctBias: true, epsilon: 3};
    expectNear(steps(new Muon(slow), [2, 1], [[3, 0]])[0]!, [-0.5, 0]);
  });

  it('adds ε to the norm, or takes it for the least norm', () => {
    const step = (options: MuonOptions) => steps(new Muon({...plain, ...options}), [2, 1], [[0.3, 0.4]])[0]!;
    expectNear(step({epsilon: 0.5}), [-0.3, -0.4]); // 0.5 + 0.5
    expectNear(step({epsilon: 0.5, epsilonOn: 'maximum'}), [-0.6, -0.8]);
    expectNear(step({epsilon: 2, epsilonOn: 'maximum'}), [-0.15, -0.2]);
  });

  it('multiplies the rate by what the shape says: tfjs has the inputs in rows', () => {
    const size = (shape: number[], adjustLearningRate: MuonOptions['adjustLearningRate']) =>
      -steps(new Muon({...plain, adjustLearningRate}), shape, [[0, 0, 0, 3]])[0]![3]!;
    for (const [how, wide, tall] of [
      ['original', 2, 1], // √(4/1); √max(1, 1/4)
      ['match_rms_adamw', 0.4, 0.4], // 0.2·√4
      ['spectral_unclamped', 2, 0.5], // √(4/1), √(1/4)
    ] as const) {
      expectNear([size([1, 4], how), size([4, 1], how)], [wide, tall]);
    }
  });

  it('decays the weights apart from that', () => {
    // 2 − 0.5·0.1·2 − 0.5·1
    const options = {...plain, learningRate: 0.5, weightDecay: 0.1};
    expectNear(steps(new Muon(options), [1, 1], [[7]], 2)[0]!, [1.4]);
  });

  it('takes a kernel of rank 4 for the matrix of all but its last axis and that', () => {
    const gradient = [...square, 0.5, 0.75, -1];
    const flat = steps(new Muon(), [4, 3], [gradient, square.concat(1, 2, 3)]);
    expect(steps(new Muon(), [2, 2, 1, 3], [gradient, square.concat(1, 2, 3)])).to.deep.equal(flat);
  });

  it('does not move a matrix whose gradient is zero, with ε = 0 either', () => {
    for (const epsilonOn of ['sum', 'maximum'] as const) {
      const options = {epsilon: 0, epsilonOn};
      expect(steps(new Muon(options), [2, 2], [[0, 0, 0, 0]], 1)[0]).to.deep.equal([1, 1, 1, 1]);
    }
  });

  it('leaves a vector to AdamW, bit for bit, at a rate of its own', () => {
    const gradients = [1, -2, 0.5];
    const defaults = {learningRate: 3e-4, beta2: 0.95, epsilon: 1e-10, weightDecay: 0};
    expect(slide(new Muon(), gradients)).to.deep.equal(slide(new AdamW(defaults), gradients));
    const adamW = {learningRate: 0.125, weightDecay: 0.5, beta1: 0.5};
    expect(slide(new Muon({adamW}), gradients)).to.deep.equal(
      slide(new AdamW({...defaults, ...adamW}), gradients),
    );
  });

  it("keeps AdamW's rate in proportion where its own is assigned, and follows a schedule of AdamW's own", () => {
    const muon = new Muon({learningRate: 0.02, adamW: {learningRate: t => 0.5 / (t + 1)}});
    muon.learningRate = 0.04;
    const expected = new AdamW({learningRate: t => 1 / (t + 1), beta2: 0.95, epsilon: 1e-10, weightDecay: 0});
    expectNear(slide(muon, [1, 1]), slide(expected, [1, 1]));
  });

  it('is within Partitions what it is alone', () => {
    const gradients = [square, square.map(value => 1 - value)];
    const parted = new Partitions({
      optimizer: new AdamW(),
      partitions: [{weights: /./, optimizer: new Muon({learningRate: 0.5})}],
    });
    expect(steps(parted, [3, 3], gradients)).to.deep.equal(
      steps(new Muon({learningRate: 0.5}), [3, 3], gradients),
    );
  });
});

/** A model of many kinds of layers. */
function zoo(): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
      tfl.layers.embedding({inputDim: 5, outputDim: 4, inputLength: 4, name: 'words'}),
      tfl.layers.reshape({targetShape: [4, 4, 1]}),
      tfl.layers.conv2d({filters: 2, kernelSize: 2, name: 'conv'}),
      tfl.layers.separableConv2d({filters: 3, kernelSize: 2, name: 'separable'}),
      tfl.layers.prelu({name: 'prelu'}),
      tfl.layers.batchNormalization({name: 'norm'}),
      tfl.layers.flatten(),
      tfl.layers.dense({units: 3, name: 'hidden'}),
      tfl.layers.dense({units: 2, name: 'output'}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
}

/** The weights of the zoo that Muon orthogonalizes. */
async function matricesOf(optimizer: Muon): Promise<string[]> {
  const model = zoo();
  optimizer.inject(model);
  const [x, y] = [tf.zeros([3, 4]), tf.ones([3, 2])];
  await model.trainOnBatch(x, y);
  const names = (await optimizer.getWeights()).map(({name}) => name);
  for (const each of [model, x, y]) each.dispose();
  const of = (slot: string) =>
    names.flatMap(name => (name.includes(`/${slot}/`) ? [name.split('/').slice(2).join('/')] : []));
  expect(of('m'))
    .to.have.length(13 - of('momentum').length)
    .and.deep.equal(of('v'));
  return of('momentum');
}

describe('The hidden matrices of Muon', () => {
  it('are not empty: a matrix without elements is left to AdamW', () => {
    const [full, empty] = [tf.variable(tf.ones([2, 2])), tf.variable(tf.zeros([3, 0]))];
    const optimizer = new Muon();
    optimizer.minimize(() => tf.tidy(() => tf.add(tf.sum(full), tf.sum(empty)) as tf.Scalar), false, [
      full,
      empty,
    ]);
    expect(full.dataSync()[0]).to.be.below(1);
    tf.dispose([full, empty]);
    optimizer.dispose();
  });

  it('are kernels, but those of depthwise and output layers, and no embeddings or scales', async () => {
    expect(await matricesOf(new Muon())).to.have.members([
      'conv/kernel',
      'separable/pointwise_kernel',
      'hidden/kernel',
    ]);
  });

  it('are what the option says, vectors excepted', async () => {
    const choices: [WeightSelector, string[]][] = [
      ['output', ['output/kernel']],
      [/^(hidden|words)/, ['hidden/kernel', 'words/embeddings']],
      [
        [({key}) => key === 'conv/kernel', 'hidden/kernel'],
        ['conv/kernel', 'hidden/kernel'],
      ],
    ];
    for (const [hidden, expected] of choices) {
      expect(await matricesOf(new Muon({hidden}))).to.have.members(expected);
    }
  });

  it('are refused where the option chooses nothing', async () => {
    const model = zoo();
    await refuses('INVALID_OPTION', ['hidden of Muon', 'hiden'], async () =>
      new Muon({hidden: 'hiden'}).inject(model),
    );
    model.dispose();
  });
});

describe('The saved options of Muon', () => {
  it('come back through a model, its texts and the proportion of the rates included', async () => {
    const optimizer = new Muon({
      learningRate: 0.5,
      adjustLearningRate: 'match_rms_adamw',
      hidden: ['output', /kernel$/],
      adamW: {learningRate: 0.25, epsilonOn: 'uncorrected'},
    });
    const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [1], name: 'output'})]});
    model.compile({optimizer, loss: 'meanSquaredError'});
    optimizer.inject(model);
    optimizer.learningRate = 0.125;
    let artifacts!: tf.io.ModelArtifacts;
    const handler = tf.io.withSaveHandler(async saved => {
      artifacts = saved;
      return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved)};
    });
    await model.save(handler, {includeOptimizer: true});
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
    const muon = loaded.optimizer as unknown as Muon;
    expect(muon).to.be.instanceOf(Muon);
    expect(muon.options).to.deep.equal(optimizer.options);
    expect(muon.learningRate).to.equal(0.125);
    // α is a quarter of what was planned, and AdamW's with it.
    for (const each of [optimizer, muon]) {
      const [{parts}] = each.getGroupedUpdates() as [PartitionedGroup];
      expect(parts.map(({rateAt}) => rateAt({iterations: 1, learningRate: 0.125}))).to.deep.equal([
        0.125, 0.0625,
      ]);
    }
    for (const each of [model, loaded]) each.dispose();
  });

  it('are refused where one of them is a function', () => {
    for (const options of [{hidden: () => true}, {adamW: {learningRate: () => 0.1}}]) {
      expect(() => new Muon(options).getConfig()).to.throw('INVALID_OPTION');
    }
  });
});
