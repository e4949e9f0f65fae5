import {readFileSync} from 'node:fs';
import {expect} from 'chai';
import {EMA, type InjectPlugin, Lookahead, SGD, SWA} from '../../src/index.js';
import {tanhRegression} from '../support/problems.js';
import {ShownTrajectory} from '../support/shownTrajectory.js';
import {distance} from '../support/trajectories.js';

interface Golden {
  readonly source: string;
  readonly trajectories: Record<string, Record<string, number[]>>;
}

const golden: Golden = JSON.parse(readFileSync(new URL('averages.json', import.meta.url), 'utf8'));

const plugins: Record<string, () => InjectPlugin> = {
  'torch EMA': () => new EMA({decay: 0.875, start: 1}),
  'Keras EMA': () => new EMA({decay: 0.875, start: 1}),
  'optax debiased EMA': () => new EMA({decay: 0.875, biasCorrection: true}),
  'torch SWA': () => new SWA({start: 20, every: 5}),
  'Lookahead, none': () => new Lookahead({k: 5, alpha: 0.8, evaluateOn: 'fast'}),
  'Lookahead, pullback': () =>
    new Lookahead({
      k: 5,
      alpha: 0.8,
      evaluateOn: 'fast',
      pullback: 'pullback',
      pullbackSlots: ['velocity'],
    }),
  'Lookahead, reset': () =>
    new Lookahead({k: 5, alpha: 0.8, evaluateOn: 'fast', pullback: 'reset', pullbackSlots: ['velocity']}),
};

describe(`The averages and pullbacks of ${golden.source}`, () => {
  it('are all here', () => {
    expect(Object.keys(plugins)).to.have.members(Object.keys(golden.trajectories));
  });

  for (const [name, make] of Object.entries(plugins)) {
    it(`are met over 60 steps of SGD with momentum: ${name}`, async () => {
      const optimizer = new SGD({learningRate: 0.125, momentum: 0.9});
      const run = new ShownTrajectory(tanhRegression, 'sgd' as never, model =>
        optimizer.inject(model).use(make()),
      );
      await run.take(60);
      const kept = golden.trajectories[name]!;
      const seen = Object.keys(kept).map(step => run.shown[Number(step)]!);
      expect(seen).to.have.length(13);
      expect(distance(seen, Object.values(kept))).to.be.below(1e-5);
      run.dispose();
    });
  }
});
