import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  ClipByGlobalNorm,
  Heun,
  InjectError,
  type Injection,
  type InjectPlugin,
  inject,
  Lookahead,
  type Phase,
  SGD,
  SkipNonFinite,
  stages,
  updateGroup,
} from '../../src/index.js';
import {optimizers} from '../contract/registry.js';
import {inners} from '../contract/stacks.js';
import {cut, windowModel} from '../support/accumulate.js';
import {trainOnBatches} from '../support/batches.js';
import {modelCases} from '../support/models.js';
import {Prescribed} from '../support/prescribed.js';
import {countsOf, stateOf} from '../support/stateOf.js';
import {nativeOptimizers} from '../support/training.js';
import {warningsOf} from '../support/warnings.js';

const [dense, normalized, , , recurrent] = modelCases;
const bads = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Spoils the loss, or one element of one gradient, of the phases that are asked for. */
class Spoil {
  isOn = false;
  bad = Number.NaN;
  place: 'loss' | 'gradient' = 'gradient';
  phase = 0;

  constructor(injection: Injection) {
    injection.hooks.evaluated.tap('spoil', ({loss, gradients}, {index}: Phase) => {
      if (!this.isOn || index !== this.phase) return undefined;
      if (this.place === 'loss') return {loss: tf.scalar(this.bad), gradients};
      const [weight, gradient] = [...gradients][1]!;
      const values = gradient.dataSync().slice();
      values[values.length - 1] = this.bad;
      return {loss, gradients: new Map(gradients).set(weight, tf.tensor(values, gradient.shape))};
    });
  }
}

/** All that training changes, but for what the guard has counted. */
function changedBy(model: LayersModel, injection: Injection) {
  const {slots, plugins: _, ...rest} = stateOf(model, injection);
  const kept = Object.entries(slots).filter(([name]) => !name.startsWith('SkipNonFinite/'));
  return {...rest, slots: Object.fromEntries(kept)};
}

/** Its centered RMSProp makes NaN of a gradient that is 0. */
const compiled = {...nativeOptimizers, rmsprop: () => tf.train.rmsprop(0.02)};

describe('SkipNonFinite', () => {
  const seats: Record<string, (model: LayersModel) => Injection> = {
    ...Object.fromEntries(
      optimizers
        .filter(({isVariant}) => !isVariant)
        .map(({name, make}) => [name, (model: LayersModel) => make(0.01).inject(model)]),
    ),
    ...Object.fromEntries(
      Object.keys(compiled).map(name => [`tf.train.${name}`, (model: LayersModel) => inject(model)]),
    ),
  };
  for (const [name, seat] of Object.entries(seats)) {
    it(`skips as if the batch had not been there: ${name}`, async () => {
      const native =
        name.startsWith('tf.') && compiled[name.slice('tf.train.'.length) as keyof typeof compiled];
      const make = () => {
        const model = normalized!.make(native ? native() : 'sgd');
        inject(model, {seed: 3});
        return {model, injection: seat(model)};
      };
      const [guarded, plain] = [make(), make()];
      guarded.injection.use(new SkipNonFinite({maxConsecutive: 3}));
      const spoil = new Spoil(guarded.injection);
      const warnings = await warningsOf(async () => {
        for (const step of [0, 1, 2, 3]) {
          // Before the first step, and between others.
          if (step !== 1) {
            const before = changedBy(guarded.model, guarded.injection);
            for (const [i, bad] of (step === 0 ? bads : bads.slice(step % 3, (step % 3) + 1)).entries()) {
              Object.assign(spoil, {isOn: true, bad, place: i === 1 ? 'loss' : 'gradient'});
              const counts = countsOf(guarded.model);
              await trainOnBatches(guarded.model, normalized!, 7 + i, 8 + i);
              expect(countsOf(guarded.model)).to.deep.equal(counts);
              expect(changedBy(guarded.model, guarded.injection)).to.deep.equal(before);
            }
            spoil.isOn = false;
          }
          for (const {model} of [guarded, plain]) await trainOnBatches(model, normalized!, step, step + 1);
        }
      });
      expect(changedBy(guarded.model, guarded.injection)).to.deep.equal(
        changedBy(plain.model, plain.injection),
      );
      expect(guarded.injection.iterations).to.equal(4);
      expect((guarded.injection.plugins[0] as SkipNonFinite).skipped).to.equal(5);
      expect(warnings).to.have.length(1);
      for (const {model} of [guarded, plain]) model.dispose();
    });
  }

  for (const phase of [0, 1]) {
    it(`takes back the whole step where phase ${phase + 1} of Heun is not finite`, async () => {
      for (const modelCase of [normalized!, recurrent!]) {
        const model = modelCase.make('sgd');
        inject(model, {seed: 3});
        const injection = new Heun({learningRate: 0.05}).inject(model).use(new SkipNonFinite());
        const spoil = new Spoil(injection);
        await trainOnBatches(model, modelCase, 0, 2);
        const before = [changedBy(model, injection), countsOf(model)];
        await warningsOf(async () => {
          Object.assign(spoil, {isOn: true, phase});
          await trainOnBatches(model, modelCase, 2, 4);
        });
        expect([changedBy(model, injection), countsOf(model)]).to.deep.equal(before);
        spoil.isOn = false;
        await trainOnBatches(model, modelCase, 4, 5);
        expect(injection.iterations).to.equal(3);
        model.dispose();
      }
    });
  }

  for (const inner of inners) {
    it(`skips the window of an accumulation, wherever in it the bad batch is: ${inner.name}`, async () => {
      for (const at of [0, 1, 2]) {
        const [guarded, plain] = [0, 1].map(() => {
          const model = windowModel();
          model.compile({optimizer: inner.compileWith(), loss: 'meanSquaredError'});
          return {model, injection: inner.seat(model).use(new AccumulateGradients({steps: 3}))};
        }) as [{model: LayersModel; injection: Injection}, {model: LayersModel; injection: Injection}];
        const guard = new SkipNonFinite();
        guarded.injection.use(guard);
        const train = async (model: LayersModel, batch: number, isBad: boolean) => {
          const [xs, ys] = cut(8 * (batch % 8), 8);
          const spoilt = isBad ? tf.mul(ys, Number.POSITIVE_INFINITY) : ys;
          await model.trainOnBatch(xs, spoilt);
          tf.dispose([xs, ys, spoilt]);
        };
        await warningsOf(async () => {
          for (let batch = 0; batch < 12; batch++) {
            const isBadWindow = batch >= 3 && batch < 6;
            await train(guarded.model, batch, batch === 3 + at);
            if (!isBadWindow) await train(plain.model, batch, false);
          }
        });
        expect(guard.skipped).to.equal(1);
        expect(changedBy(guarded.model, guarded.injection)).to.deep.equal(
          changedBy(plain.model, plain.injection),
        );
        expect(guarded.injection.iterations).to.equal(3);
        for (const {model} of [guarded, plain]) model.dispose();
      }
    });
  }

  /** Decoupled decay, done where a plugin does it: weights are written before the group does. */
  const decay = (): InjectPlugin & {name: string} => {
    const group = updateGroup({name: 'decay', update: ({weight}) => ({weight: weight.mul(0.9)})});
    const plugin = {
      name: 'Decay',
      apply(injection: Injection) {
        const update = () => injection.update(plugin, group);
        injection.hooks.gradients.tap({name: 'Decay', stage: stages.decay}, update);
      },
    };
    return plugin as never;
  };

  for (const inner of inners) {
    it(`keeps slow weights, decay and clips from what it skips, in any order of use: ${inner.name}`, async () => {
      for (const isFirst of [true, false]) {
        const [guarded, plain] = [true, false].map(isGuarded => {
          const model = dense!.make(inner.compileWith());
          const injection = inner.seat(model);
          const others = [new ClipByGlobalNorm({clipNorm: 0.5}), decay(), new Lookahead({k: 2})];
          const guard = isGuarded ? [new SkipNonFinite()] : [];
          for (const plugin of isFirst ? [...guard, ...others] : [...others, ...guard]) injection.use(plugin);
          return {model, injection};
        }) as [{model: LayersModel; injection: Injection}, {model: LayersModel; injection: Injection}];
        const spoil = new Spoil(guarded.injection);
        await warningsOf(async () => {
          for (let step = 0; step < 5; step++) {
            for (const bad of bads) {
              Object.assign(spoil, {isOn: true, bad});
              await trainOnBatches(guarded.model, dense!, 9, 10);
            }
            spoil.isOn = false;
            for (const {model} of [guarded, plain]) await trainOnBatches(model, dense!, step, step + 1);
          }
        });
        expect(changedBy(guarded.model, guarded.injection)).to.deep.equal(
          changedBy(plain.model, plain.injection),
        );
        for (const {model} of [guarded, plain]) model.dispose();
      }
    });
  }

  it('takes finite gradients for finite, however large, small or many they are', () => {
    const guard = new SkipNonFinite();
    const loop = new Prescribed(new SGD({learningRate: 0}), [[100_000], [2]], [guard]);
    for (const size of [3.4e38, -3.4e38, 1e-45]) loop.step([Array(100_000).fill(size), [size, -size]]);
    expect([guard.skipped, loop.injection.iterations]).to.deep.equal([0, 3]);
    loop.dispose();
  });

  it('sees two infinities of opposite signs', async () => {
    const guard = new SkipNonFinite();
    const loop = new Prescribed(new SGD({learningRate: 1}), [[2]], [guard]);
    await warningsOf(async () => void loop.step([[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]]));
    expect([guard.skipped, loop.weights]).to.deep.equal([1, [[1, 1]]]);
    loop.dispose();
  });

  it('names what is not finite in one warning, and counts', async () => {
    const guard = new SkipNonFinite();
    const loop = new Prescribed(new Adam({learningRate: 0.1}), [[2], [1], [1]], [guard]);
    const [first, second, third] = loop.variables.map(({name}) => name);
    const warnings = await warningsOf(async () => {
      loop.step([[1, Number.NaN], [1], [Number.POSITIVE_INFINITY]]);
      loop.step([[1, 1], [1], [Number.NaN]]);
    });
    expect(warnings).to.have.length(1);
    for (const word of [`gradient of ${first}`, `gradient of ${third}`, "phase 'adam' of step 1"])
      expect(warnings[0]).to.contain(word);
    for (const word of [`gradient of ${second}`, 'the loss']) expect(warnings[0]).not.to.contain(word);
    expect(guard.skipped).to.equal(2);
    loop.dispose();
    expect(guard.skipped, 'after eject').to.equal(2);
  });

  it('starts anew to count the consecutive ones after a good step, and raises at one too many', async () => {
    const guard = new SkipNonFinite({maxConsecutive: 2});
    const loop = new Prescribed(new Adam({learningRate: 0.1}), [[1]], [guard]);
    const bad = () => loop.step([[Number.NaN]]);
    await warningsOf(async () => {
      for (let i = 0; i < 3; i++) {
        loop.step([[1]]);
        bad();
        bad();
      }
      const before = [loop.weights, loop.injection.iterations];
      for (let i = 0; i < 2; i++) {
        const {numTensors} = tf.memory();
        expect(bad).to.throw(InjectError, /^NON_FINITE: at most 2 steps in a row.*gradient of/);
        expect(tf.memory().numTensors).to.equal(numTensors);
      }
      expect([loop.weights, loop.injection.iterations]).to.deep.equal(before);
      loop.step([[1]]);
      bad();
    });
    expect([guard.skipped, loop.injection.iterations]).to.deep.equal([9, 4]);
    loop.dispose();
  });

  it("ends fit with action 'stop', with the epochs that it has taken, and says why", async () => {
    const model = dense!.make('sgd');
    const guard = new SkipNonFinite({action: 'stop'});
    const injection = guard.inject(model);
    const spoil = new Spoil(injection);
    injection.hooks.beforeStep.tap('test', ({iterations}) => {
      spoil.isOn = iterations === 5;
    });
    const {x, y} = dense!.data();
    const warnings = await warningsOf(async () => {
      await model.fit(x, y, {epochs: 4, batchSize: dense!.batchSize, verbose: 0});
    });
    expect([injection.iterations, guard.skipped]).to.deep.equal([4, 1]);
    expect(warnings.join()).to.match(/training stops.*gradient of/);
    tf.dispose([x, y]);
    model.dispose();
  });

  it("raises with action 'throw', and leaves what was before the step, and no bad window", async () => {
    const model = windowModel();
    const injection = new SkipNonFinite({action: 'throw'})
      .inject(model)
      .use(new AccumulateGradients({steps: 2}));
    const twin = windowModel();
    inject(twin).use(new AccumulateGradients({steps: 2}));
    const spoil = new Spoil(injection);
    const train = async (of: LayersModel, batch: number) => {
      const [xs, ys] = cut(8 * batch, 8);
      try {
        await of.trainOnBatch(xs, ys);
      } finally {
        tf.dispose([xs, ys]);
      }
    };
    for (const of of [model, twin]) for (const batch of [0, 1]) await train(of, batch);
    const before = [changedBy(model, injection), countsOf(model)];
    await train(model, 2);
    spoil.isOn = true;
    const error = await train(model, 3).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(InjectError);
    expect((error as InjectError).code).to.equal('NON_FINITE');
    expect([changedBy(model, injection), countsOf(model)]).to.deep.equal(before);
    spoil.isOn = false;
    for (const of of [model, twin]) for (const batch of [4, 5]) await train(of, batch);
    expect(changedBy(model, injection)).to.deep.equal(changedBy(twin, inject(twin)));
    for (const of of [model, twin]) of.dispose();
  });

  it('refuses a second one', () => {
    const model = dense!.make('sgd');
    const injection = new SkipNonFinite().inject(model);
    expect(() => injection.use(new SkipNonFinite())).to.throw('PLUGIN_CONFLICT');
    model.dispose();
  });

  it('reads one small tensor back in each phase, and runs two kernels for each gradient', () => {
    const count = (plugins: InjectPlugin[]) => {
      const loop = new Prescribed(new Heun({learningRate: 0.1}), [[40], [3]], plugins);
      const gradients = [Array(40).fill(1), [1, 2, 3]];
      loop.step(gradients);
      const backend = tf.backend();
      const {readSync} = backend;
      const sizes: number[] = [];
      backend.readSync = id => {
        const values = readSync.call(backend, id);
        sizes.push(values.length);
        return values;
      };
      loop.step(gradients);
      backend.readSync = readSync;
      loop.dispose();
      return sizes.filter(size => size === 3).length;
    };
    // Of the loss and two gradients. The test itself reads the gradients, of which one has that size, too.
    const [guarded, plain] = [count([new SkipNonFinite()]), count([])];
    expect(guarded - plain).to.equal(2);
  });
});
