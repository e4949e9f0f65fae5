import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {InjectError} from '../../src/index.js';
import type {Rule} from '../../src/rules/expression.js';
import {fusion, runFused} from '../../src/rules/fused.js';
import {inputsOf, type Numbers, overTensors, rules, type Tensors, values} from '../support/ruleInputs.js';
import {warningsOf} from '../support/warnings.js';

/** The bits of two readings, which must be equal; a NaN is like any other, and so is a zero, whatever its sign. */
function expectEqualBits(rule: Rule, tensors: Tensors, numbers: Numbers, own: string[] = []): void {
  const fused = runFused('rule', rule, tensors, numbers, own);
  if (!fused && tensors.weight!.size > mostInCalls) return;
  if (!fused) throw new Error('no kernel');
  const expected = overTensors(rule, tensors, numbers);
  expect(Object.keys(fused)).to.have.members(Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    expect(fused[name]!.shape).to.deep.equal(tensor.shape);
    expect(fused[name]!.dtype).to.equal('float32');
    const [actual, wanted] = [fused[name]!.dataSync(), tensor.dataSync()];
    expect(actual.length).to.equal(wanted.length);
    const differing = actual.findIndex((value, i) => !Object.is(value + 0, wanted[i]! + 0));
    expect(differing, `${name}: ${actual[differing]} for ${wanted[differing]} at`).to.equal(-1);
  }
}

const shapes = [[], [1], [3], [5, 1, 7], [2, 1, 2, 1, 2, 1], [8192], [12293]];
/** tfjs-node moves tensors of so many elements as a whole, and has no kernel for the lightest rules. */
if (tf.getBackend() === 'tensorflow') shapes.push([513, 515]);
const mostInCalls = 32768;

describe('A rule as one kernel', () => {
  for (const [name, group] of rules) {
    it(`gives the bits of the reading over tensors, whatever the shape: ${name}`, () => {
      for (const shape of shapes) {
        tf.tidy(() => {
          const {tensors, numbers} = inputsOf(group, shape);
          expectEqualBits(group.update, tensors, numbers, Object.keys(group.slots));
        });
      }
    });
  }

  if (tf.getBackend() === 'tensorflow') {
    it('is one for large tensors too, whose last operation TensorFlow does', () => {
      const rule: Rule = ({weight, gradient, v}) => {
        const next = v!.mul(0.5).add(gradient!);
        return {v: next, weight: weight!.sub(next.mul(0.25))};
      };
      tf.tidy(() => {
        const [weight, gradient, v] = [0, 1, 2].map(seed => values([513, 515], seed, false));
        const tensors = {weight: weight!, gradient: gradient!, v: v!};
        expect(runFused('rule', rule, tensors, {}, ['v'])).not.to.equal(undefined);
        expectEqualBits(rule, tensors, {}, ['v']);
      });
    });
  }

  it('has every operation and comparison, between tensors, scalars and constants', () => {
    const rule: Rule = ({a, b, c, d}) => {
      const [x, y, one, number] = [a!, b!, c!, d!];
      const all = [x, y, one, number];
      const results = all.flatMap(left =>
        [...all, 0.3].flatMap(right => [
          left.add(right).sub(x).mul(right).div(2.5),
          left.maximum(right).minimum(1).neg().abs().add(x).abs().sqrt(),
          left.equal(right).select(x, 1).add(left.greater(right).select(y, -2)),
          left.greaterEqual(right).select(x, y).sub(left.less(right).select(right, x)),
          left.lessEqual(right).select(number, x).add(x),
        ]),
      );
      return Object.fromEntries(results.map((result, i) => [`r${i}`, result]));
    };
    tf.tidy(() => {
      const tensors = {a: values([4, 3], 0, false), b: values([4, 3], 1, false), c: tf.scalar(-0.7)};
      expectEqualBits(rule, tensors, {d: 1.1});
    });
  });

  it('never lets a NaN through from the side that was not chosen', () => {
    const rule: Rule = ({a}) => ({a: a!.equal(0).select(0, a!.div(a!))});
    const result = tf.tidy(() => [
      ...runFused('rule', rule, {a: tf.tensor1d([0, 2, -0, 3, 0])}, {})!.a!.dataSync(),
    ]);
    expect(result.map(Math.abs)).to.deep.equal([0, 1, 0, 1, 0]);
  });

  it('takes a changed number without being compiled again', () => {
    const rule: Rule = ({a, rate}) => ({a: a!.mul(rate!)});
    tf.tidy(() => {
      for (const rate of [2, -3]) {
        const {a} = runFused('rule', rule, {a: tf.tensor1d([1, 2])}, {rate})!;
        expect([...a!.dataSync()]).to.deep.equal([rate, 2 * rate]);
      }
    });
  });

  it('is left to the reading over tensors for what TensorFlow computes faster', () => {
    tf.tidy(() => {
      const light: Rule = ({a}) => ({a: a!.add(1).mul(2)});
      const heavy: Rule = ({a}) => ({a: a!.add(1).mul(2).sqrt()});
      expect(runFused('rule', light, {a: tf.ones([32768])}, {})).to.have.keys('a');
      const larger = runFused('rule', light, {a: tf.ones([32769])}, {});
      expect(larger === undefined).to.equal(tf.getBackend() === 'tensorflow');
      expect(runFused('rule', heavy, {a: tf.ones([32769])}, {})).to.have.keys('a');
    });
  });

  it('gives no element for none, as the reading over tensors does', () => {
    tf.tidy(() => {
      const rule: Rule = ({a}) => ({a: a!.greater(0).select(1, -1).mul(a!)});
      const tensors = {a: tf.zeros([2, 0, 3])};
      expect(runFused('rule', rule, tensors, {})!.a!.shape).to.deep.equal([2, 0, 3]);
      expect(overTensors(rule, tensors, {}).a!.shape).to.deep.equal([2, 0, 3]);
    });
  });

  it('refuses a rule that has become another, at its second use or at a later power of 2', () => {
    const use = (rule: Rule) => tf.tidy(() => runFused('mine', rule, {a: tf.ones([3])}, {}));
    let calls = 0;
    const counting: Rule = ({a}) => ({a: a!.mul(++calls)});
    use(counting);
    const refusal = () => expect(() => use(counting)).to.throw(InjectError, "'scalars'");
    refusal().with.property('code', 'INVALID_OPTION');
    let factor = 2;
    const changing: Rule = ({a}) => ({a: a!.mul(factor)});
    for (let i = 0; i < 5; i++) use(changing);
    factor = 3;
    for (let i = 5; i < 7; i++) use(changing);
    expect(() => use(changing)).to.throw(InjectError, "group 'mine'");
  });

  it('leaves its inputs as they were, and no tensor behind', () => {
    const {numTensors, numDataBuffers} = tf.memory();
    const [name, group] = rules.find(([each]) => each.startsWith('Adam,'))!;
    const {tensors, numbers} = inputsOf(group, [9]);
    const before = Object.values(tensors).map(tensor => [...tensor.dataSync()]);
    const results = runFused(name, group.update, tensors, numbers)!;
    expect(Object.values(tensors).map(tensor => [...tensor.dataSync()])).to.deep.equal(before);
    expect(tf.memory().numTensors).to.equal(numTensors + 4 + 3);
    tf.dispose([results, tensors]);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(tf.memory().numDataBuffers).to.equal(numDataBuffers);
  });

  it('hands back an input that the rule returns as it is', () => {
    const a = tf.tensor1d([1, 2]);
    const {same, twice} = runFused('rule', ({a: it}) => ({same: it!, twice: it!.add(it!)}), {a}, {})!;
    expect(same).to.equal(a);
    expect([...twice!.dataSync()]).to.deep.equal([2, 4]);
    tf.dispose([a, twice!]);
  });

  it('is left to the reading over tensors, with one warning, where WebAssembly must not be compiled', async () => {
    const {Module} = WebAssembly;
    const warned = await warningsOf(async () => {
      WebAssembly.Module = class {
        constructor() {
          throw new EvalError('unsafe-eval');
        }
      } as never;
      try {
        for (let i = 0; i < 2; i++) {
          const rule: Rule = ({a}) => ({a: a!.add(i)});
          tf.tidy(() => {
            expect(runFused('rule', rule, {a: tf.ones([3])}, {})).to.equal(undefined);
          });
        }
      } finally {
        WebAssembly.Module = Module;
        fusion.refused.clear();
      }
    });
    expect(warned).to.have.length(1);
    expect(warned[0]).to.contain('unsafe-eval');
  });

  it('is left to the reading over tensors where shapes or types differ, or a result is no element’s', () => {
    tf.tidy(() => {
      const rule: Rule = ({a, b}) => ({c: a!.add(b!)});
      const a = tf.ones([2, 3]);
      expect(runFused('rule', rule, {a, b: tf.ones([2, 3])}, {})).to.have.keys('c');
      expect(runFused('rule', rule, {a, b: tf.scalar(1)}, {})).to.have.keys('c');
      expect(runFused('rule', rule, {a, b: tf.ones([3])}, {})).to.equal(undefined);
      expect(runFused('rule', rule, {a, b: tf.ones([2, 3], 'int32')}, {})).to.equal(undefined);
      expect(runFused('rule', ({b}) => ({c: b!.add(1)}), {a, b: tf.scalar(1)}, {})).to.equal(undefined);
      expect(runFused('rule', ({b}) => ({c: b!.add(1)}), {}, {b: 1})).to.equal(undefined);
      const named: Rule = ({a: it, 'by: it': by}) => ({c: it!.mul(by!)});
      expect(runFused('rule', named, {a}, {'by: it': 2})).to.have.keys('c');
      fusion.isOn = false;
      try {
        expect(runFused('rule', rule, {a, b: a}, {})).to.equal(undefined);
      } finally {
        fusion.isOn = true;
      }
    });
  });
});
