import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {hessianVectorProduct, inject, type Phase, SGD, type Weight} from '../../src/index.js';
import {bend} from '../support/bend.js';
import {bitsOf} from '../support/stateOf.js';

type Options = Parameters<typeof hessianVectorProduct>[2];
type Product = {of: number[][]; keys: string[]};

const rows = 6;
const x = tf.randomNormal([rows, 2], 0, 1, 'float32', 1) as tf.Tensor2D;
const y = tf.randomNormal([rows, 1], 0, 1, 'float32', 2) as tf.Tensor2D;

/** Two layers, the hidden one with three units. */
function network(activation: 'tanh' | 'elu' | 'linear', extra: tfl.layers.Layer[] = []): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({units: 3, inputShape: [2], activation}),
      ...extra,
      tfl.layers.dense({units: 1, useBias: false}),
    ],
  });
  tf.tidy(() =>
    model.setWeights(
      model.weights.map((weight, i) => {
        const isMoving = weight.originalName.includes('moving');
        return isMoving ? weight.read() : tf.randomNormal(weight.shape as number[], 0, 0.7, 'float32', 5 + i);
      }),
    ),
  );
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae']});
  return model;
}

/** H·v within a step on the batch, v by the weight. */
async function product(
  model: tfl.LayersModel,
  vector: (weight: Weight, i: number) => tf.Tensor | undefined,
  options?: Options,
): Promise<Product> {
  const injection = inject(model);
  let found!: Product;
  let isDone = false;
  injection.hooks.evaluated.tap('test', (_, phase) => {
    if (isDone) return;
    isDone = true;
    const entries = phase.step.weights.flatMap((weight, i) => {
      const tensor = vector(weight, i);
      return tensor ? [[weight, tensor] as const] : [];
    });
    const result = hessianVectorProduct(phase, new Map(entries), options);
    found = {
      of: [...result.values()].map(tensor => [...tensor.dataSync()]),
      keys: [...result.keys()].map(({key}) => key),
    };
  });
  await model.trainOnBatch(x, y);
  injection.eject();
  return found;
}

const activations = {
  tanh: {f: Math.tanh, slope: (z: number) => 1 - Math.tanh(z) ** 2},
  elu: {f: (z: number) => (z > 0 ? z : Math.expm1(z)), slope: (z: number) => (z > 0 ? 1 : Math.exp(z))},
  linear: {f: (z: number) => z, slope: () => 1},
};

/** ∇L of the network in double precision, by hand: kernel [2, 3], bias [3], output [3, 1]. */
function gradient64(activation: keyof typeof activations, weights: readonly number[]): number[] {
  const {f, slope} = activations[activation];
  const [xs, ys] = [x.arraySync(), y.arraySync()];
  const gradient = weights.map(() => 0);
  xs.forEach((row, r) => {
    const z = [0, 1, 2].map(j => row[0]! * weights[j]! + row[1]! * weights[3 + j]! + weights[6 + j]!);
    const residual = z.reduce((sum, each, j) => sum + f(each) * weights[9 + j]!, 0) - ys[r]![0]!;
    for (const j of [0, 1, 2]) {
      const back = ((2 * residual) / rows) * weights[9 + j]! * slope(z[j]!);
      gradient[j]! += back * row[0]!;
      gradient[3 + j]! += back * row[1]!;
      gradient[6 + j]! += back;
      gradient[9 + j]! += ((2 * residual) / rows) * f(z[j]!);
    }
  });
  return gradient;
}

/** H·v in double precision: there a difference of gradients is good to ten digits. */
function product64(activation: keyof typeof activations, weights: number[], vector: number[]): number[] {
  const h = 1e-5;
  const at = (sign: number) =>
    gradient64(
      activation,
      weights.map((w, i) => w + sign * h * vector[i]!),
    );
  const [ahead, behind] = [at(1), at(-1)];
  return ahead.map((value, i) => (value - behind[i]!) / (2 * h));
}

const norm = (a: readonly number[]) => Math.hypot(...a);
const relativeError = (a: readonly number[], b: readonly number[]) =>
  norm(a.map((v, i) => v - b[i]!)) / norm(b);

describe('hessianVectorProduct', () => {
  it('is A·v on a quadratic, for vectors of any length', () => {
    // L = ½(a² + 10b²) + ab + a⁴ at (1, −½): H = [[1 + 12a², 1], [1, 10]] = [[13, 1], [1, 10]].
    for (const length of [1, 1e-30, 1e-3, 1e6, 1e30]) {
      const {a, b, loss, dispose} = bend();
      const optimizer = new SGD({learningRate: 0.1});
      const phase = {
        evaluateAt: (displacement: Parameters<Phase['evaluateAt']>[0]) => {
          const shifts = new Map([...displacement].map(([{variable}, tensor]) => [variable, tensor]));
          const former = [a, b].map(variable => tf.clone(variable));
          for (const variable of [a, b]) variable.assign(tf.add(variable, shifts.get(variable) ?? 0));
          const {value, grads} = optimizer.computeGradients(loss, [a, b]);
          [a, b].forEach((variable, i) => void variable.assign(former[i] as tf.Scalar));
          const gradients = new Map(
            [...displacement.keys()].map(weight => [weight, grads[weight.variable.name]!]),
          );
          return {loss: value, gradients};
        },
      };
      const weights: Weight[] = [a, b].map(variable => ({key: variable.name, variable}));
      tf.tidy(() => {
        const vector = new Map(weights.map((weight, i) => [weight, tf.scalar([1, 2][i]! * length)]));
        const result = hessianVectorProduct(phase, vector);
        const values = weights.map(weight => result.get(weight)!.dataSync()[0]! / length);
        expect(values[0]! / 15).to.be.closeTo(1, 1e-3);
        expect(values[1]! / 21).to.be.closeTo(1, 1e-3);
      });
      dispose();
    }
  });

  for (const activation of ['tanh', 'elu', 'linear'] as const) {
    it(`is right to three digits through ${activation}, in every direction of a weight and in random ones`, async () => {
      const model = network(activation);
      const weights = model.getWeights().flatMap(weight => [...weight.dataSync()]);
      const sizes = [6, 3, 3];
      const vectors = [
        ...weights.map((_, i) => weights.map((__, j) => (i === j ? 1 : 0))),
        ...[1, 2, 3].map(seed => [...tf.randomNormal([weights.length], 0, 1, 'float32', seed).dataSync()]),
      ];
      for (const vector of vectors) {
        model.setWeights(
          split(weights, sizes).map((part, i) => tf.tensor(part, model.weights[i]!.shape as number[])),
        );
        const parts = split(vector, sizes);
        const {of} = await product(model, ({variable}, i) => tf.tensor(parts[i]!, variable.shape));
        expect(relativeError(of.flat(), product64(activation, weights, vector))).to.be.below(1e-3);
      }
      model.dispose();
    });
  }

  it('is linear and symmetric: u·Hv = v·Hu', async () => {
    const model = network('tanh');
    const start = model.getWeights().map(weight => weight.clone());
    const of = async (seed: number) => {
      model.setWeights(start);
      return (
        await product(model, ({variable}) => tf.randomNormal(variable.shape, 0, 1, 'float32', seed))
      ).of.flat();
    };
    const vector = (seed: number) =>
      [[2, 3], [3], [3, 1]].flatMap(shape => [...tf.randomNormal(shape, 0, 1, 'float32', seed).dataSync()]);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const [one, other] = [dot(vector(1), await of(2)), dot(vector(2), await of(1))];
    expect(Math.abs(one - other)).to.be.below(2e-3 * Math.abs(one) + 1e-4);
    model.dispose();
  });

  it('takes absent weights for zero, gives all that have gradients, and zeros for a vector of zeros', async () => {
    const model = network('tanh');
    const weights = model.getWeights().flatMap(weight => [...weight.dataSync()]);
    const {of, keys} = await product(model, ({variable}, i) =>
      i === 1 ? tf.ones(variable.shape) : undefined,
    );
    expect(keys).to.have.length(3);
    const vector = weights.map((_, i) => (i >= 6 && i < 9 ? 1 : 0));
    expect(relativeError(of.flat(), product64('tanh', weights, vector))).to.be.below(1e-3);
    const none = await product(model, ({variable}) => tf.zeros(variable.shape));
    expect(none.of.flat().every(value => value === 0)).to.equal(true);
    expect((await product(model, () => undefined)).of).to.deep.equal([]);
    model.dispose();
  });

  it('has a default step that is far better than a thousandth or a hundred times of it', async () => {
    const errors: number[] = [];
    for (const relativeStep of [undefined, 5e-6, 5e-1]) {
      const model = network('tanh');
      const weights = model.getWeights().flatMap(weight => [...weight.dataSync()]);
      const vector = [...tf.randomNormal([weights.length], 0, 1, 'float32', 7).dataSync()];
      const parts = split(vector, [6, 3, 3]);
      const options = relativeStep === undefined ? undefined : {relativeStep};
      const {of} = await product(model, ({variable}, i) => tf.tensor(parts[i]!, variable.shape), options);
      errors.push(relativeError(of.flat(), product64('tanh', weights, vector)));
      model.dispose();
    }
    expect(errors[0]).to.be.below(errors[1]! / 3);
    expect(errors[0]).to.be.below(errors[2]! / 3);
  });

  it('leaves weights, statistics, metrics and masks as a step without it', async () => {
    const extra = () => [tfl.layers.batchNormalization({}), tfl.layers.dropout({rate: 0.4})];
    const [model, twin] = [network('tanh', extra()), network('tanh', extra())];
    twin.setWeights(model.getWeights());
    const injection = inject(model, {seed: 3});
    inject(twin, {seed: 3});
    let products = 0;
    injection.hooks.evaluated.tap('test', ({gradients}, phase) => {
      const [one, same] = [1, 2].map(() => [...hessianVectorProduct(phase, gradients).values()].map(bitsOf));
      expect(one).to.deep.equal(same);
      products++;
    });
    for (let i = 0; i < 2; i++)
      expect(await model.trainOnBatch(x, y)).to.deep.equal(await twin.trainOnBatch(x, y));
    const {numTensors} = tf.memory();
    await model.trainOnBatch(x, y);
    expect(tf.memory().numTensors).to.equal(numTensors);
    await twin.trainOnBatch(x, y);
    expect(products).to.equal(3);
    expect(model.getWeights().map(bitsOf)).to.deep.equal(twin.getWeights().map(bitsOf));
    for (const each of [model, twin]) each.dispose();
  });

  it('refuses a step that is no number above 0, and a vector of another shape', async () => {
    const model = network('tanh');
    const code = (options: object, shape?: number[]) =>
      product(model, ({variable}) => tf.ones(shape ?? variable.shape), options as Options).then(
        () => 'none',
        (error: {code: string}) => error.code,
      );
    expect(await code({relativeStep: 0})).to.equal('INVALID_OPTION');
    expect(await code({relativeStep: Number.NaN})).to.equal('INVALID_OPTION');
    expect(await code({step: 1})).to.equal('UNKNOWN_OPTION');
    expect(await code({}, [7])).to.equal('SHAPE_MISMATCH');
    model.dispose();
  });
});

function split(values: readonly number[], sizes: readonly number[]): number[][] {
  let from = 0;
  return sizes.map(size => {
    from += size;
    return values.slice(from - size, from);
  });
}
