import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import type {Rule} from '../../src/rules/expression.js';
import {runFused} from '../../src/rules/fused.js';
import {inputsOf, type Numbers, overTensors, rules, type Tensors, values} from '../support/ruleInputs.js';
import {ulps} from '../support/ulps.js';
import {programsOf} from './programs.js';
import {backendName} from './setup.js';

/** How a tensor lies in WebGL's textures: as it was uploaded, one value in a texel, or four. */
const layouts = backendName === 'webgl' ? ['uploaded', 'unpacked', 'packed'] : ['uploaded'];

/** The same values, on the GPU in this layout. */
function laidOut(tensor: tf.Tensor, layout: string): tf.Tensor {
  if (layout === 'uploaded' || tensor.size === 0) return tensor;
  const flag = 'WEBGL_PACK_BINARY_OPERATIONS';
  tf.env().set(flag, layout === 'packed');
  // A tensor on the processor may be computed there.
  const forwards = tf.env().getBool('WEBGL_CPU_FORWARD');
  tf.env().set('WEBGL_CPU_FORWARD', false);
  try {
    return tf.mul(tensor, tf.onesLike(tensor));
  } finally {
    tf.env().set(flag, true);
    tf.env().set('WEBGL_CPU_FORWARD', forwards);
  }
}

/** Whether a kernel's results are those of the reading over tensors, to 2 units in the last place. */
async function expectSameReading(rule: Rule, tensors: Tensors, numbers: Numbers): Promise<void> {
  const size = Math.max(...Object.values(tensors).map(each => each.size));
  // On GPUs `tf.where` has at most four axes: the reading is along one.
  const flat = Object.fromEntries(
    Object.entries(tensors).map(([name, each]) => [name, each.rank > 4 ? tf.reshape(each, [size]) : each]),
  );
  const fused = runFused('rule', rule, tensors, numbers)!;
  const expected = overTensors(rule, flat, numbers);
  expect(Object.keys(fused)).to.have.members(Object.keys(expected));
  const shape = Object.values(tensors).find(each => each.size === size)!.shape;
  for (const [name, tensor] of Object.entries(expected)) {
    expect(fused[name]!.shape).to.deep.equal(shape);
    expect(fused[name]!.dtype).to.equal('float32');
    const [actual, wanted] = [await fused[name]!.data(), await tensor.data()];
    expect(actual.length).to.equal(wanted.length);
    const differing = actual.findIndex((value, i) => ulps(value, wanted[i]!) > 2);
    expect(differing, `${name}: ${actual[differing]} for ${wanted[differing]} at`).to.equal(-1);
  }
}

/** Runs a test whose tensors are read asynchronously, as GPUs are, and disposes of what it made. */
async function scoped(body: () => Promise<void>): Promise<void> {
  tf.engine().startScope();
  try {
    await body();
  } finally {
    tf.engine().endScope();
  }
}

const shapes = [[], [1], [3], [4, 6], [5, 1, 7], [2, 3, 3, 5], [2, 1, 2, 1, 3, 1], [1030]];

describe(`A rule as programs of ${backendName}`, () => {
  for (const layout of layouts) {
    for (const [name, group] of rules) {
      it(`gives the numbers of the reading over tensors, whatever the shape: ${name}, ${layout}`, async () => {
        for (const shape of shapes) {
          await scoped(async () => {
            const {tensors, numbers} = inputsOf(group, shape);
            const placed = Object.entries(tensors).map(([key, each]) => [key, laidOut(each, layout)]);
            await expectSameReading(group.update, Object.fromEntries(placed), numbers);
          });
        }
      });
    }
  }

  it('is one program for each result, of those inputs which that result needs', () => {
    tf.tidy(() => {
      const rule: Rule = ({a, b, c}) => ({sum: a!.add(b!), same: c!, root: c!.sqrt(), rest: a!.sub(b!)});
      const [a, b, c] = ['a', 'b', 'c'].map(() => tf.ones([40, 3]));
      const {runs} = programsOf(() => runFused('rule', rule, {a: a!, b: b!, c: c!}, {}));
      // What lies on the processor is uploaded by a program of its own in WebGL, and at its first use only.
      const again = programsOf(() => runFused('rule', rule, {a: a!, b: b!, c: c!}, {}));
      expect(again).to.deep.equal({runs: 3, compiled: 0});
      expect(runs).to.be.at.least(3);
    });
  });

  it('has every operation and comparison, between tensors, scalars and constants', () =>
    scoped(async () => {
      for (const right of ['x', 'y', 'one', 'number', 0.3, -2, 1e-30]) {
        const rule: Rule = ({x, y, one, number}) => {
          const all = {x: x!, y: y!, one: one!, number: number!};
          const other = typeof right === 'string' ? all[right as 'x'] : right;
          const results = Object.values(all).flatMap(left => [
            left.add(other).sub(all.x).mul(other).div(2.5),
            left.maximum(other).minimum(1).neg().abs().add(all.x).abs().sqrt(),
            left.equal(other).select(all.x, 1).add(left.greater(other).select(all.y, -2)),
            left.greaterEqual(other).select(all.x, all.y).sub(left.less(other).select(other, all.x)),
            left.lessEqual(other).select(all.number, all.x).add(all.x),
          ]);
          return Object.fromEntries(results.map((result, i) => [`r${i}`, result]));
        };
        const tensors = {x: values([4, 3], 0, false), y: values([4, 3], 1, false), one: tf.scalar(-0.7)};
        await expectSameReading(rule, tensors, {number: 1.1});
      }
    }));

  it('knows NaN and infinity: in numbers, in constants, in comparisons, in the side that was not chosen', () =>
    scoped(async () => {
      const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;
      const a = tf.tensor1d([nan, 0, 2, -infinity, infinity]);
      const rule: Rule = ({a, none}) => ({
        guarded: a!.equal(0).select(0, a!.div(a!)),
        larger: a!.maximum(1),
        smaller: a!.minimum(1),
        isLess: a!.less(1).select(1, 2),
        isEqual: a!.equal(a!).select(1, 2),
        atMost: a!.minimum(infinity).maximum(-infinity).equal(infinity).select(1, 0),
        never: a!.equal(nan).select(1, 0),
        constant: a!.equal(0).select(nan, -infinity),
        argument: a!.greater(none!).select(1, 2),
        noNumber: a!.equal(a!).select(none!, 0),
        clipped: a!.less(-1).select(-1, a!.greater(1).select(1, a!)),
        same: a!.sub(a!),
      });
      const results = runFused('rule', rule, {a}, {none: nan})!;
      const read = async (name: string) => [...(await results[name]!.data())];
      expect(await read('guarded')).to.deep.equal([nan, 0, 1, nan, nan]);
      expect(await read('larger')).to.deep.equal([nan, 1, 2, 1, infinity]);
      expect(await read('smaller')).to.deep.equal([nan, 0, 1, -infinity, 1]);
      expect(await read('isLess')).to.deep.equal([2, 1, 2, 1, 2]);
      expect(await read('isEqual')).to.deep.equal([2, 1, 1, 1, 1]);
      expect(await read('atMost')).to.deep.equal([0, 0, 0, 0, 1]);
      expect(await read('never')).to.deep.equal([0, 0, 0, 0, 0]);
      expect(await read('constant')).to.deep.equal([-infinity, nan, -infinity, -infinity, -infinity]);
      expect(await read('argument')).to.deep.equal([2, 2, 2, 2, 2]);
      expect(await read('noNumber')).to.deep.equal([0, nan, nan, nan, nan]);
      expect(await read('clipped')).to.deep.equal([nan, 0, 1, -1, 1]);
      expect(await read('same')).to.deep.equal([nan, 0, 0, nan, nan]);
    }));

  it('rounds each sum and product, which drivers do not of themselves', () =>
    scoped(async () => {
      const rule: Rule = ({a, b, c}) => ({
        sum: a!.mul(b!).add(c!),
        difference: c!.sub(a!.mul(b!)),
        negative: a!.mul(b!).neg().add(c!),
        products: a!.mul(0.9).add(b!.mul(0.1)),
        back: a!.add(b!).sub(a!),
        powers: a!.mul(1e-20).mul(1e-10).mul(1e15),
      });
      const single = Math.fround;
      const exact: Record<string, (a: number, b: number, c: number) => number> = {
        sum: (a, b, c) => single(single(a * b) + c),
        difference: (a, b, c) => single(c - single(a * b)),
        negative: (a, b, c) => single(c - single(a * b)),
        products: (a, b) => single(single(a * single(0.9)) + single(b * single(0.1))),
        back: (a, b) => single(single(a + b) - a),
        powers: a => single(single(single(a * single(1e-20)) * single(1e-10)) * single(1e15)),
      };
      const [a, b, c] = [0, 1, 2].map(seed => values([1030], seed, false)) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const [as, bs, cs] = [await a.data(), await b.data(), await c.data()];
      for (const [name, result] of Object.entries(runFused('rule', rule, {a, b, c}, {})!)) {
        const actual = await result.data();
        const differing = actual.findIndex(
          (value, i) => ulps(value, exact[name]!(as[i]!, bs[i]!, cs[i]!)) > 0,
        );
        expect(differing, `${name}: ${actual[differing]} at`).to.equal(-1);
      }
      // A GPU's division may be inexact, but is the same in both.
      const there: Rule = ({a, c}) => {
        const divisor = c!.mul(c!).add(1);
        return {back: a!.mul(3).mul(divisor).div(divisor)};
      };
      const [kernel, reading] = [runFused('rule', there, {a, c}, {})!, overTensors(there, {a, c}, {})];
      expect([...(await kernel.back!.data())]).to.deep.equal([...(await reading.back!.data())]);
    }));

  it('takes a changed number without being compiled again', () =>
    scoped(async () => {
      const rule: Rule = ({a, rate}) => ({a: a!.mul(rate!)});
      const a = tf.tensor1d([1, 2]);
      const run = (rate: number) => runFused('rule', rule, {a}, {rate})!.a!;
      const first = run(2);
      let second = first;
      const {compiled, runs} = programsOf(() => {
        second = run(-3.5);
      });
      expect([compiled, runs]).to.deep.equal([0, 1]);
      expect([...(await first.data()), ...(await second.data())]).to.deep.equal([2, 4, -3.5, -7]);
    }));

  it('leaves its inputs as they were, and no tensor behind', async () => {
    const {numTensors} = tf.memory();
    // The engine does not count what only the backend knows.
    const numDataIds = tf.backend().numDataIds();
    const [name, group] = rules.find(([each]) => each.startsWith('Adam,'))!;
    const {tensors, numbers} = inputsOf(group, [9, 3]);
    // In WebGL, one input lies otherwise than the others, and is converted.
    const gradient = tf.tidy(() => laidOut(tensors.gradient!, layouts.at(-1)!));
    const slot = tf.tidy(() => laidOut(tensors.m!, layouts.at(-2) ?? 'uploaded'));
    const all = {...tensors, gradient, m: slot};
    const before = await Promise.all(Object.values(all).map(each => each.data()));
    const count = tf.memory().numTensors;
    const results = runFused(name, group.update, all, numbers)!;
    expect(tf.memory().numTensors).to.equal(count + 3);
    expect(await Promise.all(Object.values(all).map(each => each.data()))).to.deep.equal(before);
    tf.dispose([results, tensors, all]);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(tf.backend().numDataIds()).to.equal(numDataIds);
  });

  it('has no element for an empty tensor', () =>
    scoped(async () => {
      const rule: Rule = ({a, rate}) => ({a: a!.mul(rate!)});
      const {a} = runFused('rule', rule, {a: tf.zeros([0, 3])}, {rate: 2})!;
      expect(a!.shape).to.deep.equal([0, 3]);
      expect((await a!.data()).length).to.equal(0);
    }));

  it('leaves a rule of more tensors than a program reads to the reading over tensors', () =>
    scoped(async () => {
      const names = Array.from({length: 20}, (_, i) => `t${i}`);
      const all = Object.fromEntries(names.map(name => [name, tf.ones([3])]));
      const rule: Rule = inputs => ({sum: names.map(name => inputs[name]!).reduce((a, b) => a.add(b))});
      expect(runFused('rule', rule, all, {})).to.equal(undefined);
      const few = Object.fromEntries(names.slice(0, 7).map(name => [name, all[name]!]));
      const sum: Rule = inputs => ({sum: Object.values(inputs).reduce((a, b) => a.add(b))});
      expect([...(await runFused('rule', sum, few, {})!.sum!.data())]).to.deep.equal([7, 7, 7]);
      // Twenty tensors, but no result needs more than seven.
      const parts: Rule = inputs => ({
        first: names.slice(0, 7).reduce((total, name) => total.add(inputs[name]!), inputs.t0!.mul(0)),
        last: names.slice(13).reduce((total, name) => total.sub(inputs[name]!), inputs.t13!.mul(0)),
      });
      const {first, last} = runFused('rule', parts, all, {})!;
      expect([...(await first!.data()), ...(await last!.data())]).to.deep.equal([7, 7, 7, -7, -7, -7]);
    }));

  if (backendName === 'webgl') {
    it('leaves nothing where a packed texture has no element, for that is added up with the rest', () =>
      scoped(async () => {
        const rule: Rule = ({a}) => ({a: a!.add(1), none: a!.div(0).maximum(3)});
        for (const shape of [[3, 3], [5], [2, 3, 5], [1], [2, 1, 1, 2, 3]]) {
          const a = laidOut(tf.add(values(shape, 0, true), 0.5), 'packed');
          const results = runFused('rule', rule, {a}, {})!;
          for (const result of Object.values(results)) {
            expect(isPacked(result)).to.equal(true);
            for (const texel of paddingOf(result)) expect(texel).to.equal(0);
          }
        }
      }));

    it('gives packed textures where the gradient is packed, others where it is not, and converts the rest once', () => {
      tf.tidy(() => {
        const rule: Rule = ({weight, gradient}) => ({
          weight: weight!.sub(gradient!),
          sum: weight!.add(gradient!),
        });
        for (const layout of ['packed', 'unpacked']) {
          const other = layout === 'packed' ? 'unpacked' : 'packed';
          const weight = laidOut(tf.ones([5, 3]), other);
          const gradient = laidOut(tf.ones([5, 3]), layout);
          expect([isPacked(weight), isPacked(gradient)]).to.deep.equal(
            [other, layout].map(it => it === 'packed'),
          );
          let result = weight;
          const {runs} = programsOf(() => {
            result = runFused('rule', rule, {weight, gradient}, {})!.weight!;
          });
          expect(runs).to.equal(2 + 1);
          expect(isPacked(result)).to.equal(layout === 'packed');
        }
      });
    });
  }
});

interface Texture {
  readonly isPacked?: boolean;
  readonly texShape: [number, number];
  readonly texture: {readonly texture: WebGLTexture};
}

function textureOf({dataId}: tf.Tensor): Texture {
  return (tf.backend() as unknown as {getDataInfo(dataId: object): Texture}).getDataInfo(dataId);
}

function isPacked(tensor: tf.Tensor): boolean {
  return !!textureOf(tensor).isPacked;
}

/** What the texels of a packed texture hold where the tensor has no element. */
function paddingOf(tensor: tf.Tensor): number[] {
  const {texShape, texture} = textureOf(tensor);
  const [height, width] = texShape.map(length => Math.ceil(length / 2)) as [number, number];
  const {gl} = (tf.backend() as unknown as {gpgpu: {gl: WebGL2RenderingContext}}).gpgpu;
  const frame = gl.createFramebuffer();
  const texels = new Float32Array(4 * width * height);
  const bound = gl.getParameter(gl.FRAMEBUFFER_BINDING);
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture.texture, 0);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, texels);
  gl.bindFramebuffer(gl.FRAMEBUFFER, bound);
  gl.deleteFramebuffer(frame);
  const rows = tensor.shape.at(-2) ?? 1;
  const columns = tensor.shape.at(-1) ?? 1;
  const [halfRows, halfColumns] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
  return [...texels].filter((_, i) => {
    const texel = i >> 2;
    const column = 2 * (texel % halfColumns) + (i & 1);
    const row = 2 * (Math.floor(texel / halfColumns) % halfRows) + ((i >> 1) & 1);
    return row >= rows || column >= columns;
  });
}
