import {expect} from 'chai';
import {findingsOf, type LookaheadRun} from '../../reproductions/claims/lookahead/findings.js';
import {report} from '../../reproductions/claims/lookahead/report.js';
import {
  ks,
  momenta,
  pluginsFor,
  rates,
  type Setting,
  settingsOf,
  sweeps,
} from '../../reproductions/claims/lookahead/settings.js';
import {seedsOf} from '../../reproductions/experiment.js';
import {expectPlots} from '../support/expectPlots.js';

const effort = {isQuick: false};

const runsWith = (errorOf: (setting: Setting) => number): LookaheadRun[] =>
  settingsOf(effort).map(setting => {
    const error = errorOf(setting);
    return {setting, outcome: {error, trainingLoss: 2 * error, curve: [{step: 10, loss: 1}]}};
  });
const verdictsOf = (runs: LookaheadRun[]) => findingsOf(runs).map(({verdict}) => verdict);

describe('the experiment lookahead', () => {
  it('ends each training with a sync, in the quick run, too', () => {
    for (const isQuick of [true, false])
      for (const {steps, lookahead} of settingsOf({isQuick}))
        if (lookahead) expect(steps % lookahead.k, `${steps} and ${lookahead.k}`).to.equal(0);
  });

  it('varies one setting at a time, with and without Lookahead', () => {
    const firstSeed = settingsOf(effort).filter(({seed}) => seed === seedsOf(effort)[0]);
    const of = (sweep: keyof typeof sweeps) => firstSeed.filter(sweeps[sweep]);
    expect(of('rates').map(({learningRate}) => learningRate)).to.have.members(
      rates.flatMap(each => [each, each]),
    );
    expect(of('momenta').map(({momentum}) => momentum)).to.have.members(
      momenta.flatMap(each => [each, each]),
    );
    expect(of('lookaheads').map(({lookahead}) => [lookahead!.k, lookahead!.alpha])).to.have.deep.members([
      [5, 0.5],
      [10, 0.5],
      [20, 0.5],
      [5, 0.2],
      [5, 0.8],
    ]);
    expect(of('alone')).to.have.length(1);
    const keys = settingsOf(effort).map(each => JSON.stringify(each));
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it('injects Lookahead with its k and α, or nothing', () => {
    const [alone] = settingsOf(effort).filter(({lookahead}) => !lookahead);
    expect(pluginsFor(alone!)).to.deep.equal([]);
    for (const k of ks) {
      const [plugin] = pluginsFor({...alone!, lookahead: {k, alpha: 0.2}});
      expect(plugin!.options).to.include({k, alpha: 0.2});
    }
  });

  it('finds what the paper says where Lookahead is better, and level over all settings', () => {
    const runs = runsWith(({seed, lookahead, learningRate, momentum}) =>
      lookahead ? 0.3 + 0.001 * seed : 0.4 + 0.1 * learningRate + momentum / 10,
    );
    expect(verdictsOf(runs)).to.deep.equal(Array(7).fill('holds'));
  });

  it('finds the opposite where it is the other way around', () => {
    const runs = runsWith(({seed, lookahead, learningRate, momentum}) =>
      lookahead
        ? 0.4 + 0.1 * learningRate + momentum / 10 + lookahead.alpha / 5 + lookahead.k / 100
        : 0.3 + 0.001 * seed,
    );
    expect(verdictsOf(runs)).to.deep.equal(Array(7).fill('does not hold'));
  });

  it('reports with plots that its page names, and that begin with its own name', () => {
    expectPlots(
      report(
        runsWith(() => 0.5),
        effort,
      ),
      'lookahead',
    );
  });
});
