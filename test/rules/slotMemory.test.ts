import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import type {Rule} from '../../src/rules/expression.js';
import {prepareFused} from '../../src/rules/fused.js';
import {arrayOf, SlotMemory} from '../../src/rules/slotMemory.js';

/** Whether slots of this backend stay in memory of ours. */
const isOurs = ['cpu', 'tensorflow'].includes(tf.getBackend());

/** `twin` is what others are given of `m`. */
const rule: Rule = ({weight, gradient, m}) => {
  const next = m!.mul(0.5).add(gradient!);
  return {m: next, weight: weight!.sub(next.mul(next).sqrt()), twin: next};
};

/** Takes steps of the rule over weights of these sizes, with slots written in place or anew, and looks at all values. */
function train(sizes: readonly number[], steps: number, mayReplace: (step: number) => boolean): void {
  const weights = sizes.map(size => ({
    weight: tf.fill([size], 3),
    m: tf.zeros([size]) as tf.Tensor,
    gradient: tf.range(0, size),
    twin: tf.zeros([size]) as tf.Tensor,
  }));
  const arrays: {array: Float32Array; size: number; steps: number}[] = [];
  for (let step = 0; step < steps; step++) {
    for (const each of weights) {
      const {weight, m, gradient} = each;
      const tensors = {weight, m, gradient};
      prepareFused('rule', rule, tensors, {}, ['m'])!.write(mayReplace(step), results => {
        for (const name of ['weight', 'm', 'twin'] as const) {
          const former = each[name];
          each[name] = tf.clone(results[name]!);
          former.dispose();
        }
      });
      const {size} = weight;
      arrays.push({array: each.twin.dataSync() as Float32Array, size, steps: step + 1});
    }
  }
  // To the end, for later steps may write where they are.
  for (const {array, size, steps: taken} of arrays)
    expect(firstDifference(array, byHand(size, taken).m)).to.equal(-1);
  for (const [w, {weight, m}] of weights.entries()) {
    const wanted = byHand(sizes[w]!, steps);
    expect(firstDifference(weight.dataSync(), wanted.weight)).to.equal(-1);
    expect(firstDifference(m.dataSync(), wanted.m)).to.equal(-1);
  }
  for (const each of weights) tf.dispose({...each});
}

/** The same in plain numbers. */
function byHand(size: number, steps: number): {weight: Float32Array; m: Float32Array} {
  const [weight, m] = [new Float32Array(size).fill(3), new Float32Array(size)];
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < size; i++) {
      m[i] = Math.fround(m[i]! * 0.5) + i;
      weight[i] = weight[i]! - Math.fround(Math.sqrt(Math.fround(m[i]! * m[i]!)));
    }
  }
  return {weight, m};
}

const firstDifference = (actual: ArrayLike<number>, wanted: Float32Array) =>
  wanted.findIndex((value, i) => value !== actual[i]);

describe('Slots where kernels are', () => {
  it('have their values whether written in place or anew, in memory that is used again', () => {
    const sizes = [3, 5, 1, 3, 0, 8192, 8193, 5, 300_000];
    for (const mayReplace of [() => true, () => false, (step: number) => step % 3 > 0]) {
      const before = tf.memory().numTensors;
      train(sizes, 7, mayReplace);
      expect(tf.memory().numTensors).to.equal(before);
    }
  });

  it('are still there where there is no memory for them', () => {
    const {Memory} = WebAssembly;
    WebAssembly.Memory = class {
      constructor() {
        throw new RangeError('no more');
      }
    } as never;
    try {
      train([2 ** 20, 3], 3, () => true);
    } finally {
      WebAssembly.Memory = Memory;
    }
  });

  if (!isOurs) return;

  it('lie at the same place from step to step, at no multiple of 32 bytes', () => {
    const tensors = {weight: tf.ones([9]), m: tf.zeros([9]) as tf.Tensor, gradient: tf.ones([9])};
    const places: number[] = [];
    for (let step = 0; step < 4; step++) {
      prepareFused('rule', rule, tensors, {}, ['m'])!.write(true, ({m}) => {
        if (m === tensors.m) return;
        tensors.m.dispose();
        tensors.m = tf.clone(m!);
      });
      expect(SlotMemory.homeOf(tensors.m.dataId)).not.to.equal(undefined);
      places.push(arrayOf(tensors.m.dataId).byteOffset);
    }
    expect(new Set(places).size).to.equal(1);
    expect(places[0]! % 32).to.equal(16);
    tf.dispose(tensors);
  });

  it('give their memory back', async () => {
    const {setFlagsFromString} = await import('node:v8');
    const {runInNewContext} = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held: WeakRef<SlotMemory>[] = [];
    const use = () => {
      const tensors = {weight: tf.ones([400_000]), m: tf.zeros([400_000]), gradient: tf.ones([400_000])};
      prepareFused('rule', rule, tensors, {}, ['m'])!.write(true, ({m}) => {
        held.push(new WeakRef(SlotMemory.homeOf(m!.dataId)!));
      });
      tf.dispose(tensors);
    };
    use();
    expect(held).to.have.length(1);
    for (let i = 0; i < 5 && held[0]!.deref(); i++) {
      await new Promise(resolve => setTimeout(resolve));
      collect();
    }
    expect(held[0]!.deref()).to.equal(undefined);
  });
});
