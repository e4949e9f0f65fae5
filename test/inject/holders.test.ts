import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {ClipByGlobalNorm, Heun, inject, Lookahead, SGD} from '../../src/index.js';
import {compiled, x, y} from '../support/plane.js';
import {refuses} from '../support/refuses.js';

type Library = typeof import('../../src/index.js');

const optimizers: Record<string, () => tf.Optimizer> = {
  'tf.train.sgd': () => tf.train.sgd(0.1),
  'tf.train.adam': () => tf.train.adam(0.1),
  'an SGD of ours': () => new SGD({learningRate: 0.1}),
};

const again = (model: tfl.LayersModel, optimizer: tf.Optimizer) =>
  model.compile({optimizer, loss: 'meanSquaredError'});

describe('an optimizer that serves a model', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    it(`is not given to a loop as well, whose plugins would not act: ${name}`, async () => {
      const optimizer = make();
      const model = compiled(optimizer);
      const injection = inject(model);
      const words = [
        `optimizer ${optimizer.getClassName().split('/').at(-1)} is already in another model`,
        'one of its own',
      ];
      await refuses('ALREADY_INJECTED', words, () => inject(optimizer));
      await refuses('ALREADY_INJECTED', words, () => new Lookahead().inject(optimizer));
      expect(inject(model)).to.equal(injection);
      injection.eject();
      inject(optimizer).eject();
    });

    it(`is not given to another model, whose moments it would mix, until it is free: ${name}`, async () => {
      const optimizer = make();
      const [first, second] = [compiled(optimizer), compiled(optimizer)];
      const refused = () =>
        refuses('ALREADY_INJECTED', ['another model', 'one of its own', 'eject()'], () => inject(second));
      inject(first);
      await refused();
      inject(first).eject();
      inject(second).eject();

      inject(first);
      first.dispose();
      inject(second).eject();

      const third = compiled(optimizer);
      inject(third);
      again(third, tf.train.sgd(0.1));
      inject(third);
      inject(second);
      const fourth = compiled(optimizer);
      await refuses('ALREADY_INJECTED', ['another model'], () => inject(fourth));
      for (const model of [second, third, fourth]) model.dispose();
    });
  }

  for (const kind of ['a Sequential', 'a functional model']) {
    it(`is free where compile has replaced it, before the model is injected again: ${kind}`, async () => {
      const optimizer = tf.train.adam(0.1);
      const input = tfl.input({shape: [2]});
      const output = tfl.layers.dense({units: 1}).apply(input) as tfl.SymbolicTensor;
      const model = kind === 'a Sequential' ? compiled() : tfl.model({inputs: input, outputs: output});
      again(model, optimizer);
      const stale = inject(model).use(new Lookahead());
      again(model, tf.train.sgd(0.1));
      const other = compiled(optimizer);
      inject(other);
      stale.eject();
      const third = compiled(optimizer);
      await refuses('ALREADY_INJECTED', ['another model'], () => inject(third));
      await other.trainOnBatch(x, y);
      for (const each of [model, other, third]) each.dispose();
    });
  }

  it('is free where another of ours has taken its seat', async () => {
    const optimizer = tf.train.adam(0.1);
    const first = compiled(optimizer);
    new Heun().inject(first);
    const second = compiled(optimizer);
    inject(second);
    inject(first).eject();
    expect(first.optimizer).to.equal(optimizer);
    await refuses('ALREADY_INJECTED', ['another model'], () => inject(first));
    for (const model of [first, second]) model.dispose();
  });
});

describe('a second copy of the library', () => {
  let copy: Library;

  before(async () => {
    const global = globalThis as {tf?: unknown};
    const former = global.tf;
    // It registers classes of the same names, which other tests must not be given.
    const {classNameMap} = tf.serialization.SerializationMap.getMap();
    const registered = {...classNameMap};
    global.tf = {...tf, ...tfl};
    try {
      copy = (await import(new URL('../../dist/tfjs-inject.min.js', import.meta.url).href)) as Library;
    } finally {
      global.tf = former;
      Object.assign(classNameMap, registered);
    }
  });

  /** The other's errors are of a class of its own. */
  const refusedBy = (body: () => unknown) =>
    expect(body).to.throw(
      /^ALREADY_INJECTED: one copy of tfjs-inject must be loaded; .*`npm ls tfjs-inject`/,
    );

  it('is refused a model, its optimizer and its plugins, which the first has injected', () => {
    const model = compiled(tf.train.sgd(0.1));
    const plugin = new Lookahead();
    const injection = plugin.inject(model);
    refusedBy(() => copy.inject(model));
    refusedBy(() => copy.inject(model.optimizer));
    refusedBy(() => new copy.Lookahead().inject(model));
    refusedBy(() => copy.inject(compiled(model.optimizer)));
    refusedBy(() => copy.inject(compiled()).use(plugin));
    injection.eject();
    copy.inject(model).use(plugin).eject();
    inject(model);
    model.dispose();
  });

  it('is refused a model whose optimizer only the first knows, whichever was first', () => {
    const model = compiled('sgd');
    const injection = new copy.Heun().inject(model);
    refusedBy(() => inject(model));
    refusedBy(() => new Heun().inject(model));
    injection.eject();
    const heun = new Heun();
    heun.inject(model);
    refusedBy(() => new copy.SGD().inject(model));
    refusedBy(() => copy.inject(heun));
    model.dispose();
    copy.inject(heun).eject();
  });

  it('trains models of its own beside those of the first', async () => {
    const [ours, theirs] = [compiled(), compiled()];
    inject(ours).use(new ClipByGlobalNorm({clipNorm: 0.01}));
    copy.inject(theirs).use(new copy.ClipByGlobalNorm({clipNorm: 0.01}));
    for (const model of [ours, theirs]) await model.trainOnBatch(x, y);
    expect(ours.getWeights()[0]!.arraySync()).to.deep.equal(theirs.getWeights()[0]!.arraySync());
    for (const model of [ours, theirs]) model.dispose();
  });
});
