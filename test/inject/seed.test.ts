import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, inject, Lookahead, SGD} from '../../src/index.js';
import {distinct, inSteps, spiedModel, trainSpied} from '../support/spy.js';

describe('a seeded injection', () => {
  const optimizers: Readonly<Record<string, () => {optimizer: tf.Optimizer; phases: number}>> = {
    'adam of tfjs': () => ({optimizer: tf.train.adam(0.01), phases: 1}),
    SGD: () => ({optimizer: new SGD(), phases: 1}),
    Heun: () => ({optimizer: new Heun(), phases: 2}),
  };
  const dropout = () => tfl.layers.dropout({rate: 0.4});

  const masksOf = async (name: string, seed: number | undefined, steps = 3) => {
    const {optimizer, phases} = optimizers[name]!();
    const {model, spy} = spiedModel(dropout(), optimizer);
    inject(model, seed === undefined ? {} : {seed});
    await trainSpied(model, steps);
    model.dispose();
    return inSteps(spy.seen, phases).map(step => step[0]!);
  };

  for (const name of Object.keys(optimizers)) {
    it(`repeats its masks, and has others with another seed and in each step: ${name}`, async () => {
      const masks = await masksOf(name, 7);
      expect(await masksOf(name, 7)).to.deep.equal(masks);
      expect(distinct(masks)).to.equal(3);
      const others = [...(await masksOf(name, 8)), ...(await masksOf(name, 7 + 2 ** 32))];
      expect(distinct([...masks, ...others])).to.equal(9);
    });
  }

  it('has the same masks whatever the optimizer: they follow from seed and step alone', async () => {
    const masks = await masksOf('SGD', 7);
    expect(await masksOf('Heun', 7)).to.deep.equal(masks);
    expect(await masksOf('adam of tfjs', 7)).to.deep.equal(masks);
  });

  it('is made by an optimizer and by a plugin, too, of a model and of a loop', () => {
    const {model} = spiedModel(dropout(), 'sgd');
    expect(() => new SGD().inject(model, {seed: -1})).to.throw('INVALID_OPTION');
    expect(() => new Lookahead().inject(model, {sead: 1} as never)).to.throw('UNKNOWN_OPTION');
    const injection = new SGD().inject(model, {seed: 5});
    expect(injection.seed).to.equal(5);
    expect(new Lookahead().inject(model, {seed: 5})).to.equal(injection);
    expect(() => new SGD().inject(model, {seed: 6})).to.throw('ALREADY_INJECTED');
    injection.eject();
    const again = new Lookahead().inject(model, {seed: 6});
    const loop = new Lookahead().inject(new SGD(), {seed: 7});
    expect([again.seed, loop.seed]).to.deep.equal([6, 7]);
    loop.eject();
    model.dispose();
  });

  it('goes on, after a resumption, with the masks of the uninterrupted run', async () => {
    const uninterrupted = await masksOf('Heun', 7, 4);
    const first = spiedModel(dropout(), new Heun());
    inject(first.model, {seed: 7});
    await trainSpied(first.model, 2);
    const second = spiedModel(dropout(), new Heun());
    await second.model.optimizer.setWeights(await first.model.optimizer.getWeights());
    inject(second.model, {seed: 7});
    await trainSpied(second.model, 2);
    const masks = inSteps([...first.spy.seen, ...second.spy.seen], 2).map(step => step[0]!);
    expect(masks).to.deep.equal(uninterrupted);
    for (const {model} of [first, second]) model.dispose();
  });

  it('draws nothing from Math.random, and puts it back', async () => {
    const native = Math.random;
    let draws = 0;
    const counting = () => {
      draws++;
      return native();
    };
    Math.random = counting;
    try {
      await masksOf('SGD', 7);
      const own = draws;
      await masksOf('SGD', undefined);
      expect(Math.random).to.equal(counting);
      // Both make a model; only the second one's masks come from here.
      expect(draws - own).to.equal(own + 3);
    } finally {
      Math.random = native;
    }
  });

  it('keeps its masks when a plugin joins it', async () => {
    const {model, spy} = spiedModel(dropout(), new SGD());
    inject(model, {seed: 7}).use(new Lookahead({k: 2}));
    await trainSpied(model, 3);
    expect(spy.seen).to.deep.equal(await masksOf('SGD', 7));
    model.dispose();
  });
});
