import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {EMA, type Injection, type InjectPlugin, Lookahead, SGD, SWA, WeightDecay} from '../../src/index.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {distance} from '../support/trajectories.js';

/** Two variables at 1, each with a gradient of 2, which a loop trains in turn by descent with a rate of 0.1. */
class InTurn {
  readonly variables = ['a', 'b'].map(name => tf.variable(tf.scalar(1), true, `${name}${InTurn.made++}`)) as [
    tf.Variable,
    tf.Variable,
  ];
  readonly optimizer = new SGD({learningRate: 0.1});
  readonly injection: Injection;
  private static made = 0;
  private steps = 0;

  constructor(plugin: InjectPlugin) {
    this.injection = plugin.inject(this.optimizer);
  }

  take(steps: number): this {
    for (let i = 0; i < steps; i++) {
      const variable = this.variables[this.steps++ % 2]!;
      this.optimizer.minimize(() => tf.mul(variable, 2) as tf.Scalar, false, [variable]);
    }
    return this;
  }

  get training(): number[] {
    return this.variables.map(each => each.dataSync()[0]!);
  }

  get shown(): number[] {
    return this.injection.evaluate(() => this.training);
  }

  dispose(): void {
    this.injection.eject();
    tf.dispose(this.variables);
    this.optimizer.dispose();
  }
}

const expectNear = (actual: readonly number[], expected: readonly number[]) =>
  expect(distance([actual], [expected])).to.be.below(1e-6);

describe('a loop that trains other variables in each call', () => {
  it('averages all of them at each step', () => {
    const run = new InTurn(new EMA({decay: 0.5}));
    // a: 0.8, 0.8, 0.6, 0.6; b begins with the second step, at 1: 0.8, 0.8, 0.6
    run.take(4);
    expectNear(run.training, [0.6, 0.6]);
    expectNear(run.shown, [0.6625, 0.725]);
    run.dispose();
  });

  it('syncs all of them at the k-th step, whichever that trains', () => {
    const run = new InTurn(new Lookahead({k: 2}));
    // Slow weights at 1 each; at steps 2 and 4 half-way to 0.8 and 0.8, then from 0.9 to 0.7 and 0.7.
    run.take(2);
    expectNear(run.training, [0.9, 0.9]);
    run.take(1);
    expectNear(run.training, [0.7, 0.9]);
    expectNear(run.shown, [0.9, 0.9]);
    run.take(1);
    expectNear(run.training, [0.8, 0.8]);
    run.dispose();
  });

  it('averages all of them equally, from the step at which the last has come', () => {
    const run = new InTurn(new SWA());
    run.take(4);
    // After steps 2, 3, 4.
    expectNear(run.shown, [(0.8 + 0.6 + 0.6) / 3, (0.8 + 0.8 + 0.6) / 3]);
    run.dispose();
  });

  it('decays the weights of the call, and no others', () => {
    const run = new InTurn(new WeightDecay({weightDecay: 0.5, decay: 'independent'}));
    run.take(3);
    // θ ← θ·½ − 0.2: twice for a, once for b.
    expectNear(run.training, [(0.5 - 0.2) / 2 - 0.2, 0.5 - 0.2]);
    run.dispose();
  });

  it('takes all of them back by a snapshot', () => {
    const run = new InTurn(new EMA({decay: 0.5})).take(3);
    const [training, shown] = [run.training, run.shown];
    const snapshot = run.injection.snapshot();
    run.take(2);
    snapshot.restore();
    expect([run.training, run.shown]).to.deep.equal([training, shown]);
    run.dispose();
  });

  it('saves and restores all of them, also a step later', async () => {
    const run = new InTurn(new EMA({decay: 0.5})).take(3);
    const [training, shown] = [run.training, run.shown];
    const place = memoryPlace();
    await run.injection.save(place);
    for (const further of [0, 1]) {
      run.take(further);
      await run.injection.restore(place);
      expect([run.training, run.shown]).to.deep.equal([training, shown]);
    }
    run.dispose();
  });

  it('knows what was written to one while another was trained', () => {
    const run = new InTurn(new Lookahead({k: 2})).take(3);
    run.variables[0].assign(tf.scalar(5));
    run.take(1);
    // The slow weight of the first goes on from 5, where it stays; of the second from 0.9 to 0.7.
    expectNear(run.training, [5, 0.8]);
    run.dispose();
  });

  it('forgets a variable that is disposed of', () => {
    const run = new InTurn(new EMA({decay: 0.5})).take(2);
    run.variables[0].dispose();
    const shown = () => run.injection.evaluate(() => [run.variables[1].dataSync()[0]!]);
    expectNear(shown(), [0.9]);
    run.optimizer.minimize(() => tf.mul(run.variables[1], 2) as tf.Scalar, false, [run.variables[1]]);
    expect(run.injection.weights.map(({variable}) => variable)).to.deep.equal([run.variables[1]]);
    expectNear(shown(), [0.75]);
    run.dispose();
  });
});

describe('a variable that stands in the list of minimize twice', () => {
  for (const [name, make] of Object.entries({
    EMA: () => new EMA({decay: 0.5}),
    Lookahead: () => new Lookahead({k: 2}),
    SWA: () => new SWA(),
  })) {
    it(`is trained and averaged once: ${name}`, () => {
      const [once, twice] = [1, 2].map(times => {
        const run = new InTurn(make());
        const [variable] = run.variables;
        const list = Array.from({length: times}, () => variable);
        for (let i = 0; i < 5; i++)
          run.optimizer.minimize(() => tf.mul(variable, 2) as tf.Scalar, false, list);
        const seen = [run.training, run.shown];
        run.dispose();
        return seen;
      });
      expect(twice).to.deep.equal(once);
    });
  }

  it('is trained as without an injection, which is twice, by tf.train.momentum', () => {
    const ends = [false, true].map(isInjected => {
      const variable = tf.variable(tf.scalar(1));
      const optimizer = tf.train.momentum(0.1, 0.5);
      const injection = isInjected ? new EMA({evaluateOn: 'training'}).inject(optimizer) : undefined;
      for (let i = 0; i < 3; i++)
        optimizer.minimize(() => tf.mul(variable, 2) as tf.Scalar, false, [variable, variable]);
      const end = variable.dataSync()[0]!;
      injection?.eject();
      tf.dispose(variable);
      optimizer.dispose();
      return end;
    });
    expect(ends[1]).to.equal(ends[0]);
    expect(ends[0]).to.be.below(1 - 3 * 0.2);
  });
});
