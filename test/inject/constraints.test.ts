import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, type Injection, inject, Lookahead, SGD} from '../../src/index.js';
import {warningsOf} from '../support/warnings.js';

const x = tf.randomNormal([8, 3], 0, 1, 'float32', 1) as tf.Tensor2D;
const y = tf.randomNormal([8, 2], 3, 4, 'float32', 2) as tf.Tensor2D;

/** What each constraint promises of a kernel, column by column. */
const constraints: Record<string, {make(): object; holds(column: number[]): void}> = {
  nonNeg: {
    make: () => tfl.constraints.nonNeg(),
    holds: column => {
      for (const value of column) expect(value).to.be.at.least(0);
    },
  },
  maxNorm: {
    make: () => tfl.constraints.maxNorm({maxValue: 0.75, axis: 0}),
    holds: column => expect(norm(column)).to.be.at.most(0.75 + 1e-5),
  },
  unitNorm: {
    make: () => tfl.constraints.unitNorm({axis: 0}),
    holds: column => expect(norm(column)).to.be.closeTo(1, 1e-5),
  },
};

const norm = (column: number[]) => Math.hypot(...column);

function model(optimizer: string | tf.Optimizer, constraint?: object): tfl.LayersModel {
  const made = tfl.sequential({
    layers: [
      tfl.layers.dense({
        units: 2,
        inputShape: [3],
        ...(constraint && {kernelConstraint: constraint as never}),
      }),
    ],
  });
  const start = tf.tensor2d([0.5, -0.5, 0.25, 0.25, 0.125, 0.5], [3, 2]);
  made.setWeights([start, tf.tensor1d([-1, -2])]);
  made.compile({optimizer, loss: 'meanSquaredError'});
  return made;
}

function columnsOf(of: tfl.LayersModel): number[][] {
  const rows = of.layers[0]!.getWeights()[0]!.arraySync() as number[][];
  return [0, 1].map(column => rows.map(row => row[column]!));
}

const optimizers: Record<string, () => SGD | Heun> = {
  SGD: () => new SGD({learningRate: 0.05}),
  Heun: () => new Heun({learningRate: 0.05}),
};

describe('weight constraints', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    for (const [constraintName, {make: constraint, holds}] of Object.entries(constraints)) {
      it(`${constraintName} holds after each step of ${name}, and not by chance`, async () => {
        const [held, free] = [model('sgd', constraint()), model('sgd')];
        make().inject(held);
        make().inject(free);
        let broken = 0;
        for (let step = 0; step < 8; step++) {
          for (const one of [held, free]) await one.trainOnBatch(x, y);
          for (const column of columnsOf(held)) holds(column);
          try {
            for (const column of columnsOf(free)) holds(column);
          } catch {
            broken++;
          }
        }
        expect(broken).to.be.above(0);
        // The bias has no constraint.
        expect(Math.min(...held.getWeights()[1]!.dataSync())).to.be.below(0);
      });
    }
  }

  it('are projected once, after the last phase of a step, before plugins see the step', async () => {
    const constraint = tfl.constraints.nonNeg();
    const apply = constraint.apply.bind(constraint);
    const order: string[] = [];
    constraint.apply = weight => {
      order.push('constraint');
      return apply(weight);
    };
    const trained = model('sgd', constraint);
    order.length = 0;
    const {hooks} = new Heun({learningRate: 0.05}).inject(trained);
    hooks.afterPhase.tap('test', ({name}) => void order.push(name));
    hooks.afterStep.tap('test', () => {
      for (const column of columnsOf(trained)) expect(Math.min(...column)).to.be.at.least(0);
      order.push('step');
    });
    await trained.trainOnBatch(x, y);
    expect(order).to.deep.equal(['predictor', 'constraint', 'corrector', 'step']);
  });

  it('of a convex kind hold under Lookahead, whose slow weights start within', async () => {
    const trained = model('sgd', tfl.constraints.nonNeg());
    trained.setWeights(trained.getWeights().map(weight => tf.abs(weight)));
    new SGD({learningRate: 0.05}).inject(trained);
    new Lookahead({k: 2}).inject(trained);
    for (let i = 0; i < 6; i++) {
      await trained.trainOnBatch(x, y);
      for (const column of columnsOf(trained)) expect(Math.min(...column)).to.be.at.least(0);
    }
  });

  it('leave a frozen weight alone', async () => {
    const trained = model('sgd', tfl.constraints.unitNorm({axis: 0}));
    trained.layers[0]!.trainable = false;
    const head = tfl.layers.dense({units: 2});
    const whole = tfl.sequential({layers: [...trained.layers, head]});
    whole.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const before = columnsOf(whole);
    new SGD({learningRate: 0.05}).inject(whole);
    await whole.trainOnBatch(x, y);
    expect(columnsOf(whole)).to.deep.equal(before);
  });

  it('are warned of once around tf.train.adam, naming the weight, and ignored as tfjs ignores them', async () => {
    const [trained, native] = [
      model(tf.train.adam(0.5), tfl.constraints.nonNeg()),
      model(tf.train.adam(0.5), tfl.constraints.nonNeg()),
    ];
    let injection: Injection | undefined;
    const warnings = await warningsOf(async () => {
      injection = inject(trained);
      for (let i = 0; i < 3; i++) await trained.trainOnBatch(x, y);
      await trained.fit(x, y, {epochs: 2, batchSize: 8, verbose: 0, shuffle: false});
    });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('constraints').and.to.contain('/kernel');
    expect(warnings[0]).not.to.contain('/bias');
    expect(injection!.iterations).to.equal(5);
    for (let i = 0; i < 5; i++) await native.trainOnBatch(x, y);
    expect(columnsOf(trained)).to.deep.equal(columnsOf(native));
    const quiet = await warningsOf(async () => {
      const unconstrained = model('adam');
      inject(unconstrained);
      await unconstrained.trainOnBatch(x, y);
      const own = model(new SGD(), tfl.constraints.nonNeg());
      inject(own);
      await own.trainOnBatch(x, y);
    });
    expect(quiet).to.deep.equal([]);
  });
});
