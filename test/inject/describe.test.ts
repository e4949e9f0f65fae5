import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  Heun,
  type Injection,
  InjectPlugin,
  inject,
  LBFGS,
  Lookahead,
} from '../../src/index.js';

/** Two weights of 6 and 2 numbers: 32 bytes. */
function build(): tfl.LayersModel {
  const model = tfl.sequential({layers: [tfl.layers.dense({units: 2, inputShape: [3]})]});
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
}

class TwoMore extends InjectPlugin {
  readonly evaluationsPerPhase = 2;

  override apply({hooks}: Injection): void {
    hooks.gradients.tap({name: this.name, stage: 10}, () => undefined);
  }
}

describe('injection.describe()', () => {
  it('tells phases, evaluations and bytes', async () => {
    const model = build();
    const injection = new Heun().inject(model).use(new Lookahead()).use(new TwoMore());
    const before = injection.describe();
    expect(before.optimizer).to.equal('tfjs-inject/Heun');
    expect(before.phases).to.deep.equal(['predictor', 'corrector']);
    expect(before.plugins).to.deep.equal(['Lookahead', 'TwoMore']);
    expect(before.evaluations).to.equal(2 * 3);
    expect([before.weights, before.weightBytes]).to.deep.equal([2, 32]);
    // Lookahead's slow weights and Heun's slot come with the first step.
    expect(before.slotBytes).to.equal(0);
    expect(String(before)).to.contain('before there are slots');
    await model.trainOnBatch(tf.ones([4, 3]), tf.ones([4, 2]));
    const after = injection.describe();
    expect(after.slotBytes).to.equal(64);
    expect(after.stepBytes).to.equal(64);
    expect(String(after)).to.contain('bytes of slots: 64; held during a step: 64\n');
    model.dispose();
  });

  it('tells who joins in where, in the order in which they run', () => {
    const model = build();
    const injection = new Adam().inject(model);
    for (const [name, stage] of [
      ['second', 20],
      ['third', 20],
      ['first', 0],
    ] as const)
      injection.hooks.gradients.tap({name, stage}, () => undefined);
    injection.use(new AccumulateGradients());
    expect(injection.describe().taps.gradients).to.deep.equal(['first', 'second', 'third']);
    expect(injection.describe().taps.window).to.deep.equal(['AccumulateGradients']);
    const lines = String(injection).split('\n');
    expect(lines[0]).to.equal('tfjs-inject/Adam on 2 weights of 32 bytes');
    const [batches, gradients, group] = [
      'batches of the step: Acc',
      'gradients: first, second, third',
      "update 'adam'",
    ].map(text => lines.findIndex(line => line.includes(text)));
    expect(batches).to.be.above(0);
    expect(gradients).to.be.above(batches!);
    expect(group).to.be.above(gradients!);
    expect(String(injection)).to.contain('gradient evaluations: 1;');
    model.dispose();
  });

  it('does not count what depends on what a step sees', () => {
    const model = build();
    const injection = new LBFGS().inject(model);
    expect(injection.describe().evaluations).to.equal(undefined);
    expect(String(injection)).to.contain('gradient evaluations: as many as a step asks for');
    expect(String(inject(build()))).to.contain('plugins: none');
    model.dispose();
  });
});
