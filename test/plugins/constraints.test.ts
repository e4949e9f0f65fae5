import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Constraints, EMA, Heun, type Injection, inject, Lookahead, SGD} from '../../src/index.js';
import {warningsOf} from '../support/warnings.js';

const x = tf.randomNormal([8, 3], 0, 1, 'float32', 1) as tf.Tensor2D;
const y = tf.randomNormal([8, 2], 3, 4, 'float32', 2) as tf.Tensor2D;

function model(optimizer: string | tf.Optimizer, constraint?: object): tfl.LayersModel {
  const kernelConstraint = constraint && {kernelConstraint: constraint as never};
  const made = tfl.sequential({layers: [tfl.layers.dense({units: 2, inputShape: [3], ...kernelConstraint})]});
  tf.tidy(() => {
    made.setWeights([tf.tensor2d([0.5, 0, 0.25, 0.25, 0.125, 0.5], [3, 2]), tf.tensor1d([-1, -2])]);
  });
  made.compile({optimizer, loss: 'meanSquaredError'});
  return made;
}

const kernelOf = (of: tfl.LayersModel) => [...of.getWeights()[0]!.dataSync()];
const biasOf = (of: tfl.LayersModel) => [...of.getWeights()[1]!.dataSync()];
const norms = (kernel: number[]) =>
  [0, 1].map(column => Math.hypot(...kernel.filter((_, i) => i % 2 === column)));

/** What each constraint promises of a kernel. */
const constraints: Record<string, {make(): object; isMet(kernel: number[]): boolean}> = {
  nonNeg: {make: () => tfl.constraints.nonNeg(), isMet: kernel => kernel.every(value => value >= 0)},
  maxNorm: {
    make: () => tfl.constraints.maxNorm({maxValue: 0.75, axis: 0}),
    isMet: kernel => norms(kernel).every(norm => norm <= 0.75 + 1e-5),
  },
  unitNorm: {
    make: () => tfl.constraints.unitNorm({axis: 0}),
    isMet: kernel => norms(kernel).every(norm => Math.abs(norm - 1) < 1e-5),
  },
};

const natives: Record<string, () => tf.Optimizer> = {
  'tf.train.sgd': () => tf.train.sgd(0.05),
  'tf.train.momentum': () => tf.train.momentum(0.05, 0.9),
  'tf.train.adam': () => tf.train.adam(0.2),
};

describe('Constraints', () => {
  for (const [name, optimizer] of Object.entries(natives)) {
    for (const [constraint, {make, isMet}] of Object.entries(constraints)) {
      it(`holds a layer's ${constraint} after each step of ${name}, which does not by itself`, async () => {
        const [held, free] = [model(optimizer(), make()), model(optimizer(), make())];
        new Constraints().inject(held);
        let broken = 0;
        for (let step = 0; step < 8; step++) {
          for (const one of [held, free]) await one.trainOnBatch(x, y);
          expect(isMet(kernelOf(held))).to.equal(true);
          // The bias has no constraint.
          if (step === 0) expect(Math.min(...biasOf(held))).to.be.below(0);
          if (!isMet(kernelOf(free))) broken++;
        }
        expect(broken).to.be.above(0);
        for (const one of [held, free]) one.dispose();
      });
    }
  }

  it('takes a step by numbers: the projection of where plain descent goes', async () => {
    const projected = model(tf.train.sgd(0.5), tfl.constraints.nonNeg());
    const plain = model(tf.train.sgd(0.5));
    new Constraints().inject(projected);
    for (const one of [projected, plain]) await one.trainOnBatch(x, y);
    expect(Math.min(...kernelOf(plain))).to.be.below(0);
    expect(kernelOf(projected)).to.deep.equal(kernelOf(plain).map(value => Math.max(value, 0)));
    expect(biasOf(projected)).to.deep.equal(biasOf(plain));
    for (const one of [projected, plain]) one.dispose();
  });

  it('goes where an optimizer of ours goes, which projects by itself', async () => {
    const [native, ours] = [
      model(tf.train.sgd(0.05), tfl.constraints.maxNorm({maxValue: 0.75, axis: 0})),
      model('sgd', tfl.constraints.maxNorm({maxValue: 0.75, axis: 0})),
    ];
    new Constraints().inject(native);
    new SGD({learningRate: 0.05}).inject(ours);
    for (let step = 0; step < 8; step++) for (const one of [native, ours]) await one.trainOnBatch(x, y);
    for (const [i, value] of kernelOf(native).entries())
      expect(value).to.be.closeTo(kernelOf(ours)[i]!, 1e-6);
    for (const one of [native, ours]) one.dispose();
  });

  it('projects once around an optimizer of ours, whichever of the two came first', async () => {
    for (const isFirst of [true, false]) {
      const constraint = tfl.constraints.unitNorm({axis: 0});
      const apply = constraint.apply.bind(constraint);
      let calls = 0;
      constraint.apply = value => {
        calls++;
        return apply(value);
      };
      const trained = model('sgd', constraint);
      if (isFirst) new Constraints().inject(trained);
      new Heun({learningRate: 0.05}).inject(trained);
      if (!isFirst) new Constraints().inject(trained);
      calls = 0;
      await trained.trainOnBatch(x, y);
      expect(calls).to.equal(1);
      trained.dispose();
    }
  });

  it('projects before Lookahead syncs and averages see the weights', async () => {
    const trained = model(tf.train.sgd(0.5), tfl.constraints.nonNeg());
    tf.tidy(() => trained.setWeights(trained.getWeights().map(weight => tf.abs(weight))));
    const injection = inject(trained)
      .use(new EMA({decay: 0.5}))
      .use(new Lookahead({k: 2}))
      .use(new Constraints());
    for (let i = 0; i < 6; i++) {
      await trained.trainOnBatch(x, y);
      expect(Math.min(...kernelOf(trained))).to.be.at.least(0);
      injection.evaluate(() => expect(Math.min(...kernelOf(trained))).to.be.at.least(0));
    }
    trained.dispose();
  });

  it('projects chosen weights to a constraint that is given, around any optimizer, and others to their own', async () => {
    for (const seat of [inject, (to: tfl.LayersModel) => new Heun({learningRate: 0.2}).inject(to)]) {
      const trained = model(tf.train.sgd(0.2), tfl.constraints.maxNorm({maxValue: 0.75, axis: 0}));
      seat(trained).use(
        new Constraints({weights: /bias/, constraint: value => tf.clipByValue(value, -0.5, 0.25)}),
      );
      await trained.trainOnBatch(x, y);
      expect(norms(kernelOf(trained)).every(norm => norm <= 0.75 + 1e-5)).to.equal(true);
      for (const value of biasOf(trained)) expect(value).to.be.within(-0.5, 0.25);
      expect(biasOf(trained)).to.include(-0.5);
      trained.dispose();
    }
  });

  it('is of use twice, each with its own weights; layers are obeyed once', async () => {
    const constraint = tfl.constraints.unitNorm({axis: 0});
    const apply = constraint.apply.bind(constraint);
    let calls = 0;
    constraint.apply = value => {
      calls++;
      return apply(value);
    };
    const trained = model(tf.train.sgd(0.2), constraint);
    inject(trained)
      .use(new Constraints())
      .use(new Constraints({weights: /bias/, constraint: tfl.constraints.nonNeg()}));
    calls = 0;
    await trained.trainOnBatch(x, y);
    expect(calls).to.equal(1);
    expect(Math.min(...biasOf(trained))).to.be.at.least(0);
    trained.dispose();
  });

  it('projects none where one projection fails: the step is complete', async () => {
    const bad: [unknown, RegExp][] = [
      [
        () => {
          throw new Error('of the user');
        },
        /^of the user$/,
      ],
      [() => 5, /INVALID_OPTION: the constraint of weight '.*bias' must give a tensor; it gave 5/],
      [() => tf.zeros([7]), /SHAPE_MISMATCH/],
    ];
    for (const [constraint, message] of bad) {
      const trained = model(tf.train.sgd(0.5), tfl.constraints.nonNeg());
      const plain = model(tf.train.sgd(0.5));
      const injection = inject(trained).use(
        new Constraints({weights: /bias/, constraint: constraint as never}),
      );
      await trained.trainOnBatch(x, y).catch(() => {});
      await plain.trainOnBatch(x, y);
      expect(kernelOf(trained)).to.deep.equal(kernelOf(plain));
      const {numTensors} = tf.memory();
      expect(await trained.trainOnBatch(x, y).catch(error => error.message)).to.match(message);
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(injection.iterations).to.equal(2);
      for (const one of [trained, plain]) one.dispose();
    }
  });

  it('leaves a frozen weight alone', async () => {
    const trained = model(tf.train.sgd(0.2));
    new Constraints({constraint: tfl.constraints.nonNeg()}).inject(trained);
    const {variable} = inject(trained).weights[1]!;
    (variable as {trainable: boolean}).trainable = false;
    await trained.trainOnBatch(x, y);
    expect(biasOf(trained)).to.deep.equal([-1, -2]);
    expect(Math.min(...kernelOf(trained))).to.be.at.least(0);
    trained.dispose();
  });

  it('holds variables in a hand-written loop', () => {
    const [a, b] = [tf.variable(tf.scalar(0.3)), tf.variable(tf.scalar(0.3), true, 'free')];
    const optimizer = tf.train.sgd(0.1);
    const injection: Injection = new Constraints({
      weights: ({key}) => key !== 'free',
      constraint: value => tf.relu(value),
    }).inject(optimizer);
    for (let i = 0; i < 3; i++) {
      optimizer.minimize(() => tf.tidy(() => tf.mul(tf.add(a, b), 2) as tf.Scalar), false, [a, b]);
    }
    expect(a.dataSync()[0]).to.equal(0);
    expect(b.dataSync()[0]).to.be.closeTo(-0.3, 1e-6);
    injection.eject();
    tf.dispose([a, b]);
  });

  it('silences the warning that tfjs ignores constraints, which names it', async () => {
    const warnings = async (plugin?: Constraints) => {
      const trained = model('sgd', tfl.constraints.nonNeg());
      const injection = inject(trained);
      if (plugin) injection.use(plugin);
      const said = await warningsOf(() => trained.trainOnBatch(x, y) as Promise<unknown>);
      trained.dispose();
      return said;
    };
    expect((await warnings()).join()).to.match(/tfjs ignores weight constraints.*the plugin Constraints/);
    expect(await warnings(new Constraints())).to.deep.equal([]);
  });

  it('refuses to choose no weight at all', () => {
    const trained = model('sgd');
    expect(() =>
      new Constraints({weights: 'kernal', constraint: tfl.constraints.nonNeg()}).inject(trained),
    ).to.throw(/INVALID_OPTION: weights of Constraints must choose at least one of the weights/);
    trained.dispose();
  });

  it('comes back from its saved options, if no function is among them', () => {
    const constraint = tfl.constraints.maxNorm({maxValue: 0.75, axis: 0});
    const saved = JSON.parse(JSON.stringify(new Constraints({weights: ['a', /b/g], constraint}).getConfig()));
    const loaded = Constraints.fromConfig(Constraints as never, saved) as unknown as Constraints;
    expect(loaded.options.weights).to.deep.equal(['a', /b/g]);
    const apply = (one: typeof constraint) => [...one.apply(tf.tensor2d([[3], [4]])).dataSync()];
    expect(apply(loaded.options.constraint as typeof constraint)).to.deep.equal(apply(constraint));
    expect(new Constraints().getConfig()).to.deep.equal({});
    expect(() => new Constraints({constraint: tf.relu}).getConfig()).to.throw('INVALID_OPTION');
    const unknown = {constraint: {className: 'toString', config: {}}};
    expect(() => Constraints.fromConfig(Constraints as never, unknown)).to.throw('INVALID_OPTION');
  });
});
