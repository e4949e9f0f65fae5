import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {findingsOf, type RadamRun} from '../../reproductions/claims/radam/findings.js';
import {report} from '../../reproductions/claims/radam/report.js';
import {
  nameOf,
  optimizerFor,
  rates,
  type Setting,
  settingsOf,
  stepsOf,
} from '../../reproductions/claims/radam/settings.js';
import {rectificationAt} from '../../reproductions/claims/shared/rectificationAt.js';
import {seedsOf} from '../../reproductions/experiment.js';
import {expectPlots} from '../support/expectPlots.js';

const effort = {isQuick: false};
const setting: Setting = {
  seed: 1,
  steps: 40,
  optimizer: 'Adam',
  learningRate: 0.1,
  beta2: 0.99,
  warmupSteps: 10,
};

/** Runs whose errors follow from their settings. */
const runsWith = (errorOf: (setting: Setting) => number): RadamRun[] =>
  settingsOf(effort).map(each => ({
    setting: each,
    outcome: {error: errorOf(each), trainingLoss: 1, curve: [{step: stepsOf(effort), loss: 1}]},
  }));
const verdictsOf = (runs: RadamRun[]) => findingsOf(runs, effort).map(({verdict}) => verdict);

describe('the experiment radam', () => {
  it('runs every optimizer at each of the rates, from the same six seeds', () => {
    const arms = new Map<string, number[]>();
    for (const each of settingsOf(effort)) {
      const key = `${nameOf(each)} ${each.learningRate}`;
      arms.set(key, [...(arms.get(key) ?? []), each.seed]);
    }
    expect(arms.size).to.equal(4 * rates.length);
    for (const seeds of arms.values()) expect(seeds).to.deep.equal(seedsOf(effort));
  });

  it('warms Adam up in equal rises, the last of them to the whole rate', () => {
    const {learningRate} = optimizerFor(setting).options;
    expect(learningRate).to.be.a('function');
    const rateAt = learningRate as (step: number) => number;
    for (const [step, expected] of [
      [0, 0.01],
      [4, 0.05],
      [9, 0.1],
      [30, 0.1],
    ] as const)
      expect(rateAt(step)).to.be.closeTo(expected, 1e-12);
  });

  it('tells how much RAdam shortens a step of Adam: what both do says the same', () => {
    const lastSteps = (['Adam', 'RAdam'] as const).map(optimizer => {
      const seat = optimizerFor({...setting, optimizer, warmupSteps: 0});
      const weight = tf.variable(tf.scalar(0));
      let former = 0;
      for (let t = 1; t <= setting.steps; t++) {
        former = weight.dataSync()[0]!;
        seat.minimize(() => tf.mul(weight, 3) as tf.Scalar, false, [weight]);
      }
      const moved = weight.dataSync()[0]! - former;
      seat.dispose();
      weight.dispose();
      return moved;
    });
    expect(lastSteps[1]! / lastSteps[0]!).to.be.closeTo(rectificationAt(setting.steps, setting.beta2), 1e-4);
  });

  it('finds what the paper says where RAdam is level and Adam suffers at the ends', () => {
    const runs = runsWith(({optimizer, warmupSteps, learningRate, seed}) => {
      const isAlone = optimizer === 'Adam' && warmupSteps === 0;
      return 0.3 + 0.001 * seed + (isAlone && learningRate === 0.1 ? 0.4 : 0);
    });
    expect(verdictsOf(runs)).to.deep.equal(Array(6).fill('holds'));
  });

  it('finds the opposite where it is the other way around', () => {
    const runs = runsWith(({optimizer, learningRate, seed}) => {
      const isBad = optimizer === 'RAdam' && learningRate > 0.01;
      return 0.3 + 0.001 * seed + (isBad ? 0.4 : 0);
    });
    expect(verdictsOf(runs)).to.deep.equal(Array(6).fill('does not hold'));
  });

  it('leaves open what seeds do not agree on', () => {
    const runs = runsWith(({optimizer, seed}) => 0.3 + (optimizer === 'RAdam' ? (seed - 13.5) * 0.03 : 0));
    expect(verdictsOf(runs).slice(2)).to.deep.equal(Array(4).fill('undecided'));
  });

  it('reports with plots that its page names, and that begin with its own name', () => {
    expectPlots(
      report(
        runsWith(() => 0.5),
        effort,
      ),
      'radam',
    );
  });
});
