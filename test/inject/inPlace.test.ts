import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {type InjectOptimizer, inject, Lookahead, type Plugin, SGD, updateGroup} from '../../src/index.js';
import {OfGroups} from '../support/ofGroups.js';
import {withoutKernels} from '../support/withoutKernels.js';

const read = (tensor: tf.Tensor) => [...tensor.dataSync()];
const slope = (weight: tf.Tensor, by: number) => () => tf.sum(tf.mul(weight, by)) as tf.Scalar;

const sum = () =>
  updateGroup({
    name: 'sum',
    slots: {total: 'zeros'},
    update: ({weight, gradient, total}) => ({total: total.add(gradient), weight: weight.sub(gradient)}),
  });

async function slotOf(optimizer: InjectOptimizer, slot: string): Promise<tf.Tensor> {
  return (await optimizer.getWeights()).find(({name}) => name.includes(`/${slot}/`))!.tensor;
}

/** Weights and what evaluation saw, with Lookahead's slow weights shown between two fits. */
async function trained(): Promise<number[]> {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({units: 4, inputShape: [3], activation: 'tanh', name: 'a'}),
      tfl.layers.dense({units: 2, name: 'b'}),
    ],
  });
  tf.tidy(() =>
    model.setWeights(
      model.weights.map(({shape}, i) => tf.randomNormal(shape as number[], 0, 1, 'float32', i + 1)),
    ),
  );
  model.compile({optimizer: new SGD({learningRate: 0.05, momentum: 0.9}), loss: 'meanSquaredError'});
  new Lookahead({k: 2, alpha: 0.5}).inject(model);
  const [x, y] = [tf.randomNormal([8, 3], 0, 1, 'float32', 8), tf.randomNormal([8, 2], 0, 1, 'float32', 9)];
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) {
    await model.fit(x, y, {epochs: 3, batchSize: 4, shuffle: false, verbose: 0});
    const [loss, prediction] = [model.evaluate(x, y) as tf.Scalar, model.predict(x) as tf.Tensor];
    seen.push(...read(loss), ...read(prediction));
    tf.dispose([loss, prediction]);
  }
  for (const weight of model.getWeights()) seen.push(...read(weight));
  tf.dispose([x, y]);
  model.dispose();
  return seen;
}

describe('an update that is written in place', () => {
  it('leaves what somebody has taken of a slot as it was', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizer = new OfGroups(sum());
    for (let i = 0; i < 2; i++) optimizer.minimize(slope(weight, 1), false, [weight]);
    const slot = await slotOf(optimizer, 'total');
    const taken = [
      tf.clone(slot),
      tf.reshape(slot, [3, 1]),
      tf.slice(slot, [0], [3]),
      tf.expandDims(slot, 0),
    ];
    const values = slot.dataSync().slice();
    for (let i = 0; i < 2; i++) optimizer.minimize(slope(weight, 1), false, [weight]);
    for (const each of taken) expect(read(each)).to.deep.equal([...values]);
    expect(read(await slotOf(optimizer, 'total'))).to.deep.equal([4, 4, 4]);
    tf.dispose([taken, weight]);
    optimizer.dispose();
  });

  it('leaves the array of a slot as it was, though others are trained after it', async () => {
    const weights = [0, 1].map(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const optimizers = weights.map(() => new OfGroups(sum()));
    const step = (i: number) => optimizers[i]!.minimize(slope(weights[i]!, 1), false, [weights[i]!]);
    for (let i = 0; i < 3; i++) step(0);
    const array = (await slotOf(optimizers[0]!, 'total')).dataSync();
    for (let i = 0; i < 3; i++) step(0);
    optimizers[0]!.dispose();
    for (let i = 0; i < 3; i++) step(1);
    expect([...array]).to.deep.equal([3, 3, 3]);
    optimizers[1]!.dispose();
    tf.dispose(weights);
  });

  it('leaves what a function over tensors has kept of a slot as it was', () => {
    const kept: Float32Array[] = [];
    const onlooker = updateGroup({
      name: 'onlooker',
      slots: {total: 'zeros'},
      compute: ({weights}) => {
        kept.push(weights[0]!.total!.dataSync() as Float32Array);
        return [{}];
      },
    });
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizer = new OfGroups(onlooker, sum());
    for (let i = 0; i < 5; i++) optimizer.minimize(slope(weight, 1), false, [weight]);
    expect(kept.map(array => array[0])).to.deep.equal([0, 1, 2, 3, 4]);
    optimizer.dispose();
    weight.dispose();
  });

  it('leaves what a plugin has read of its slot as it was', () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizer = new OfGroups(sum());
    const arrays: Float32Array[] = [];
    const follow = updateGroup({
      name: 'follow',
      slots: {average: 'weight'},
      update: ({weight: w, average}) => ({average: average.add(w.sub(average).mul(0.5))}),
    });
    const plugin: Plugin = {
      name: 'follower',
      apply(injection) {
        injection.hooks.afterStep.tap('follower', ({weights}) => {
          injection.update(plugin, follow);
          const average = injection.slotsOf(plugin).read('average', weights[0]!);
          arrays.push(average.dataSync() as Float32Array);
        });
      },
    };
    inject(optimizer).use(plugin);
    for (let i = 0; i < 4; i++) optimizer.minimize(slope(weight, 1), false, [weight]);
    // 0, −1, −2, −3 are the weights; an average of the first weight is the weight.
    expect(arrays.map(array => array[0])).to.deep.equal([0, -0.5, -1.25, -2.125]);
    optimizer.dispose();
    weight.dispose();
  });

  it('leaves a slot as it was that another slot has been handed on to', async () => {
    const handOn = updateGroup({
      name: 'handOn',
      slots: {total: 'zeros', former: 'zeros'},
      update: ({total}) => ({former: total}),
    });
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizer = new OfGroups(handOn, sum());
    for (let i = 0; i < 4; i++) optimizer.minimize(slope(weight, 1), false, [weight]);
    expect(read(await slotOf(optimizer, 'former'))).to.deep.equal([3, 3, 3]);
    expect(read(await slotOf(optimizer, 'total'))).to.deep.equal([4, 4, 4]);
    optimizer.dispose();
    weight.dispose();
  });

  it('goes on from what TensorFlow has been given of a slot', () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const key = {key: '0', variable: weight};
    const optimizer = new OfGroups(sum());
    const step = () => tf.tidy(() => optimizer.applyGradients({[weight.name]: tf.ones([3])}));
    for (let i = 0; i < 2; i++) step();
    const totals: number[] = [];
    for (let i = 0; i < 3; i++) {
      tf.tidy(() =>
        totals.push(tf.sum(optimizer.slots.read('total', {...key, key: weight.name})).dataSync()[0]!),
      );
      step();
    }
    expect(totals).to.deep.equal([6, 9, 12]);
    optimizer.dispose();
    weight.dispose();
  });

  it('leaves what somebody has taken of a weight as it was', () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizer = new OfGroups(sum());
    optimizer.minimize(slope(weight, 1), false, [weight]);
    const taken = [tf.clone(weight), tf.reshape(weight, [3, 1]), tf.slice(weight, [0], [3])];
    const array = weight.dataSync();
    for (let i = 0; i < 2; i++) optimizer.minimize(slope(weight, 1), false, [weight]);
    for (const each of taken) expect(read(each)).to.deep.equal([0, 1, 2]);
    expect([...array]).to.deep.equal([0, 1, 2]);
    expect(read(weight)).to.deep.equal([-2, -1, 0]);
    tf.dispose([taken, weight]);
    optimizer.dispose();
  });

  it('keeps slots apart that began with the same data', async () => {
    const group = updateGroup({
      name: 'twins',
      slots: {first: 'zeros', second: 'zeros'},
      scalars: ({iterations}) => ({isFirst: iterations === 1 ? 1 : 0}),
      update: ({gradient, first, second, isFirst}) => ({
        first: isFirst.equal(1).select(gradient, first.add(gradient)),
        second: second.sub(first),
      }),
    });
    const same = updateGroup({
      name: 'same',
      slots: {first: 'zeros', second: 'zeros'},
      update: ({gradient}) => ({first: gradient, second: gradient}),
    });
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = new OfGroups(same, group);
    for (let i = 0; i < 2; i++) optimizer.minimize(slope(weight, 3), false, [weight]);
    // Each step: first = second = 3; then first = 3 at step 1 and 6 at step 2, second = 3 − 3.
    expect(read(await slotOf(optimizer, 'first'))).to.deep.equal([6, 6]);
    expect(read(await slotOf(optimizer, 'second'))).to.deep.equal([0, 0]);
    optimizer.dispose();
    weight.dispose();
  });

  it('is taken back where a later phase of the step throws', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const last = updateGroup({name: 'last', update: ({weight: w}) => ({weight: w.add(1)})});
    const optimizer = new OfGroups(sum(), last);
    let evaluations = 0;
    let limit = Number.POSITIVE_INFINITY;
    const loss = () => {
      if (++evaluations > limit) throw new RangeError('the second phase');
      return slope(weight, 1)();
    };
    for (let i = 0; i < 2; i++) optimizer.minimize(loss, false, [weight]);
    const before = [read(weight), read(await slotOf(optimizer, 'total'))];
    limit = evaluations + 1;
    expect(() => optimizer.minimize(loss, false, [weight])).to.throw(RangeError);
    expect([read(weight), read(await slotOf(optimizer, 'total'))]).to.deep.equal(before);
    optimizer.dispose();
    weight.dispose();
  });

  it('is taken back where a later phase throws, though nobody has looked at it before', async () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const last = updateGroup({name: 'last', update: ({weight: w}) => ({weight: w.add(1)})});
    const optimizer = new OfGroups(sum(), last);
    let evaluations = 0;
    const loss = () => {
      if (++evaluations === 6) throw new RangeError('the second phase');
      return slope(weight, 1)();
    };
    for (let i = 0; i < 2; i++) optimizer.minimize(loss, false, [weight]);
    expect(() => optimizer.minimize(loss, false, [weight])).to.throw(RangeError);
    optimizer.minimize(loss, false, [weight]);
    expect(read(await slotOf(optimizer, 'total'))).to.deep.equal([3, 3]);
    expect(read(weight)).to.deep.equal([1, 2]);
    optimizer.dispose();
    weight.dispose();
  });

  it('leaves the array of a weight as it was that has been a slot, or is equal to one', () => {
    const swap = updateGroup({
      name: 'swap',
      slots: {total: 'zeros'},
      update: ({total, gradient}) => ({weight: total, total: total.add(gradient)}),
    });
    const both = updateGroup({
      name: 'both',
      slots: {total: 'zeros'},
      update: ({total, gradient}) => ({total: total.add(gradient), weight: total.add(gradient)}),
    });
    for (const group of [swap, both]) {
      const weight = tf.variable(tf.tensor1d([7, 8, 9]));
      const optimizer = new OfGroups(group);
      const arrays: Float32Array[] = [];
      for (let i = 0; i < 6; i++) {
        optimizer.minimize(slope(weight, 1), false, [weight]);
        arrays.push(weight.dataSync() as Float32Array);
      }
      const first = group === swap ? 0 : 1;
      expect(arrays.map(array => [...array])).to.deep.equal(arrays.map((_, i) => Array(3).fill(first + i)));
      optimizer.dispose();
      weight.dispose();
    }
  });

  it('goes on where the backend becomes another between two steps, and back', async () => {
    const own = tf.getBackend();
    await import(own === 'cpu' ? '@tensorflow/tfjs-backend-wasm' : '@tensorflow/tfjs-backend-cpu');
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = new OfGroups(sum());
    try {
      for (const backend of [own, own === 'cpu' ? 'wasm' : 'cpu', own]) {
        await tf.setBackend(backend);
        for (let i = 0; i < 3; i++) optimizer.minimize(slope(weight, 1), false, [weight]);
      }
      expect(read(weight)).to.deep.equal([1 - 9, 2 - 9]);
      expect(read(await slotOf(optimizer, 'total'))).to.deep.equal([9, 9]);
    } finally {
      await tf.setBackend(own);
    }
    optimizer.dispose();
    weight.dispose();
  });

  const results: number[][] = [];

  it('is what matrix products see in the next step, and what evaluation sees of slow weights', async () => {
    results.push(await trained());
    expect(new Set(results[0]).size).to.be.above(20);
  });

  describe('or not at all', () => {
    withoutKernels();

    it('makes no difference', async () => {
      expect(await trained()).to.deep.equal(results[0]);
    });
  });
});
