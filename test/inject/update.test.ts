import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {inject, type Plugin, SGD, type UpdateGroup, updateGroup} from '../../src/index.js';
import {fusion} from '../../src/rules/fused.js';
import {bend} from '../support/bend.js';
import {OfGroups} from '../support/ofGroups.js';
import * as plane from '../support/plane.js';
import {refuses} from '../support/refuses.js';
import {warningsOf} from '../support/warnings.js';
import {withoutKernels} from '../support/withoutKernels.js';

/** Where the groups lead in so many steps. */
function pathEnd(steps: number, ...groups: UpdateGroup[]): readonly number[] {
  const {a, b, loss, at, dispose} = bend();
  const optimizer = new OfGroups(...groups);
  for (let i = 0; i < steps; i++) optimizer.minimize(loss, false, [a, b]);
  const point = at();
  optimizer.dispose();
  dispose();
  return point;
}

describe('the update of a group', () => {
  it('has the weight, the gradient, the learning rate, and scalars computed once from the step', () => {
    const seen: unknown[] = [];
    const group = updateGroup({
      name: 'scalars',
      scalars: context => {
        seen.push({...context});
        return {part: 0.375};
      },
      update: ({weight, gradient, learningRate, part}) => ({
        weight: weight.sub(gradient.mul(learningRate)).add(part),
      }),
    });
    expect(pathEnd(1, group)).to.deep.equal([1 - 2.25 + 0.375, -0.5 + 2 + 0.375]);
    pathEnd(2, group);
    expect(seen).to.deep.equal([1, 1, 2].map(iterations => ({iterations, learningRate: 0.5, counters: {}})));
  });

  it('keeps a slot that is returned, and starts one that is not at each step anew', () => {
    const group = updateGroup({
      name: 'starts',
      slots: {zero: 'zeros', number: 0.25, own: 'weight'},
      update: ({zero, number, own}) => ({
        weight: own.add(zero).add(number),
        zero: zero.add(1),
        number: number.mul(2),
      }),
    });
    expect(pathEnd(1, group)).to.deep.equal([1 + 0 + 0.25, -0.5 + 0 + 0.25]);
    expect(pathEnd(2, group)).to.deep.equal([1.25 + 1 + 0.5, -0.25 + 1 + 0.5]);
  });

  for (const isFused of [true, false]) {
    it(`may hand on the weight to a slot, and a slot to the weight, ${isFused ? 'as a kernel' : 'over tensors'}`, () => {
      const keep = updateGroup({
        name: 'keep',
        slots: {former: 'zeros'},
        update: ({weight}) => ({weight: weight.add(2), former: weight}),
      });
      const swap = updateGroup({
        name: 'swap',
        slots: {former: 'zeros'},
        update: ({weight, former}) => ({weight: former, former: weight}),
      });
      fusion.isOn = isFused;
      try {
        expect(pathEnd(1, keep, swap)).to.deep.equal([1, -0.5]);
        expect(pathEnd(1, keep, swap, swap)).to.deep.equal([3, 1.5]);
        expect(pathEnd(2, swap)).to.deep.equal([1, -0.5]);
      } finally {
        fusion.isOn = true;
      }
    });
  }

  it('hands a function over tensors all weights at once, by name, and takes what it returns in order', () => {
    const group = updateGroup({
      name: 'normalized',
      slots: {total: 'zeros'},
      scalars: () => ({half: 0.5}),
      compute: ({weights, scalars, iterations, learningRate}) => {
        expect([iterations, learningRate, scalars.half]).to.deep.equal([1, 0.5, 0.5]);
        expect(new Set(weights.map(({name}) => name)).size).to.equal(2);
        const total = tf.sum(tf.stack(weights.map(({gradient}) => tf.abs(gradient))));
        return weights.map(({gradient}) => ({weight: tf.div(gradient, total), total}));
      },
    });
    const [a, b] = pathEnd(1, group);
    expect(a).to.be.closeTo(4.5 / 8.5, 1e-7);
    expect(b).to.be.closeTo(-4 / 8.5, 1e-7);
  });

  describe('read over tensors', () => {
    withoutKernels();

    it('writes nothing where one weight of several fails', () => {
      const {a, b, loss, at, dispose} = bend();
      let calls = 0;
      const group = updateGroup({
        name: 'g',
        slots: {m: 'zeros'},
        update: ({weight, gradient}) => {
          if (++calls === 2) throw new RangeError('the second weight');
          return {weight: weight.sub(gradient), m: gradient};
        },
      });
      const optimizer = new OfGroups(group);
      const {numTensors} = tf.memory();
      expect(() => optimizer.minimize(loss, false, [a, b])).to.throw(RangeError);
      expect(at()).to.deep.equal([1, -0.5]);
      expect(tf.memory().numTensors).to.equal(numTensors);
      optimizer.minimize(loss, false, [a, b]);
      expect(at()).to.deep.equal([-3.5, 3.5]);
      optimizer.dispose();
      dispose();
    });
  });

  it('writes nothing where a kernel of one weight of several cannot be compiled, but takes the step without', async () => {
    const {a, b, loss, at, dispose} = bend();
    const {Module} = WebAssembly;
    const group = updateGroup({name: 'g', update: ({weight, gradient}) => ({weight: weight.sub(gradient)})});
    const optimizer = new OfGroups(group);
    const warned = await warningsOf(async () => {
      WebAssembly.Module = class {
        constructor() {
          expect(at()).to.deep.equal([1, -0.5]);
          throw new EvalError('forbidden');
        }
      } as never;
      try {
        optimizer.minimize(loss, false, [a, b]);
      } finally {
        WebAssembly.Module = Module;
        fusion.refused.clear();
      }
    });
    expect(at()).to.deep.equal([-3.5, 3.5]);
    expect(warned).to.have.length(1);
    optimizer.dispose();
    dispose();
  });

  it('of a plugin has the number of the step and its rate, wherever it is asked for', async () => {
    const model = plane.compiled(new SGD({learningRate: t => 0.5 / (t + 1)}));
    const injection = inject(model);
    const seen: Record<string, number[][]> = {};
    const plugin: Plugin = {
      name: 'asking',
      apply: ({hooks}) => {
        const ask = (place: string) => {
          const note = ({iterations, learningRate}: {iterations: number; learningRate: number}) => {
            seen[place] = [...(seen[place] ?? []), [iterations, learningRate]];
            return {rate: learningRate};
          };
          // Its own operand as well: 0 where the numbers of both are the same.
          const group = updateGroup({
            name: place,
            scalars: note,
            update: ({weight, learningRate, rate}) => ({weight: weight.add(learningRate.sub(rate))}),
          });
          injection.update(plugin, group);
        };
        for (const name of ['beforeStep', 'afterPhase', 'afterStep', 'afterBatch'] as const)
          hooks[name].tap('asking', () => ask(name));
        for (const name of ['evaluated', 'gradients'] as const)
          hooks[name].tap('asking', () => {
            ask(name);
          });
        hooks.boundary.tap('asking', () => ask('boundary'));
      },
    };
    injection.use(plugin);
    for (let i = 0; i < 2; i++) await model.trainOnBatch(plane.x, plane.y);
    const {boundary, ...inStep} = seen;
    for (const [place, found] of Object.entries(inStep))
      expect(found, place).to.deep.equal([
        [1, 0.5],
        [2, 0.25],
      ]);
    expect(Object.keys(inStep)).to.have.length(6);
    // Between steps the rate is that of the next one.
    expect(boundary).to.deep.equal([
      [1, 0.25],
      [2, 0.5 / 3],
    ]);
    expect(model.getWeights()[0]!.dataSync().every(Number.isFinite)).to.equal(true);
    model.dispose();
  });

  it('of a plugin between steps needs no rate where a schedule has none left', async () => {
    const model = plane.compiled(new SGD({learningRate: t => [0.5][t] as number}));
    const injection = inject(model);
    const half = updateGroup({name: 'half', update: ({weight}) => ({weight: weight.mul(0.5)})});
    const plugin: Plugin = {
      name: 'half',
      apply: ({hooks}) =>
        hooks.boundary.tap('half', ({kind}) => {
          if (kind === 'train') injection.update(plugin, half);
        }),
    };
    injection.use(plugin);
    await model.trainOnBatch(plane.x, plane.y);
    const before = model.getWeights()[0]!.dataSync().slice();
    await injection.passBoundary('train');
    expect(model.getWeights()[0]!.dataSync()).to.deep.equal(before.map(value => value / 2));
    model.dispose();
  });

  it('refuses the rule of a plugin whose number is not given', async () => {
    const {a, b, loss, at, dispose} = bend();
    const group = updateGroup({
      name: 'g',
      scalars: ['alpha'],
      update: ({weight, alpha}) => ({weight: weight.mul(alpha)}),
    });
    const optimizer = new OfGroups(group);
    await refuses('INVALID_OPTION', ["'g'", "'alpha'"], () => optimizer.minimize(loss, false, [a, b]));
    expect(at()).to.deep.equal([1, -0.5]);
    dispose();
  });
});
