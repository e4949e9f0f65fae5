import {expect} from 'chai';
import {nextOf, type Setting, type Task, triedBy} from '../../reproductions/claims/ranger/contest.js';
import {contestantOf, contestants, lookahead} from '../../reproductions/claims/ranger/contestants.js';
import {reportOf} from '../../reproductions/claims/ranger/report.js';
import {bestOf, gridAround, rateBeyond} from '../../reproductions/claims/ranger/tuning.js';
import {rangerOnImages} from '../../reproductions/claims/rangerOnImages.js';
import {rangerOnText} from '../../reproductions/claims/rangerOnText.js';
import type {Run} from '../../reproductions/experiment.js';
import {seedsOf} from '../../reproductions/experiment.js';
import {Ranger} from '../../src/index.js';

interface Outcome {
  readonly score: number;
  readonly curve: readonly {readonly step: number; readonly loss: number}[];
}

const effort = {isQuick: false};
const task: Task<Outcome> = {
  steps: 30,
  firstGuesses: {
    'SGD with momentum': 0.1,
    Adam: 0.1,
    RAdam: 0.1,
    'Lookahead around Adam': 0.1,
    Ranger: 0.1,
  },
  score: ({score}) => score,
};

/** All stages, with scores that follow from settings. */
function played(scoreOf: (setting: Setting) => number): Run<Setting, Outcome>[] {
  const done: Run<Setting, Outcome>[] = [];
  for (let next = nextOf(task, done, effort); next.length > 0; next = nextOf(task, done, effort))
    for (const setting of next)
      done.push({setting, outcome: {score: scoreOf(setting), curve: [{step: 30, loss: 1}]}});
  return done;
}

const away = (rate: number, best: number) => Math.abs(Math.log10(rate / best));

describe('the experiments of Ranger', () => {
  it('try three rates, and go on beyond an end only while the best one lies there', () => {
    const tried = (scores: Record<number, number>) =>
      Object.entries(scores).map(([rate, score]) => ({learningRate: Number(rate), score}));
    expect(gridAround(0.1)).to.deep.equal([0.03, 0.1, 0.3]);
    expect(rateBeyond(tried({0.03: 2, 0.1: 1, 0.3: 2}))).to.equal(undefined);
    expect(rateBeyond(tried({0.03: 3, 0.1: 2, 0.3: 1}))).to.equal(1);
    expect(rateBeyond(tried({0.03: 1, 0.1: 2, 0.3: 3}))).to.equal(0.01);
    expect(rateBeyond(tried({0.03: 5, 0.1: 4, 0.3: 3, 1: 2, 3: 1}))).to.equal(undefined);
    expect(bestOf(tried({0.03: Number.POSITIVE_INFINITY, 0.1: 2})).learningRate).to.equal(0.1);
    expect(() => gridAround(0.2)).to.throw(RangeError, /middle of a grid .* received 0\.2/);
  });

  it('choose by the tuning seeds alone, and tell six others', () => {
    const runs = played(
      ({learningRate, seed, stage}) =>
        // The seeds that are told would prefer another rate.
        away(learningRate, stage === 'tuning' ? 1 : 0.01) + seed / 1e6,
    );
    for (const contestant of contestants) {
      const own = runs.filter(({setting}) => setting.contestant === contestant);
      const told = own.filter(({setting}) => setting.stage === 'told');
      expect(told.map(({setting}) => setting.seed)).to.deep.equal(seedsOf({isQuick: false}));
      for (const {setting} of told) expect(setting.learningRate).to.equal(1);
      expect(triedBy(task, own).map(({learningRate}) => learningRate)).to.deep.equal([0.03, 0.1, 0.3, 1, 3]);
      const seeds = own.filter(({setting}) => setting.stage === 'tuning').map(({setting}) => setting.seed);
      for (const seed of seeds) expect(seed).to.be.above(100);
    }
  });

  it('judge Ranger and its parts in pairs', () => {
    const order = ['Ranger', 'Lookahead around Adam', 'Adam', 'RAdam', 'SGD with momentum'];
    const told = {
      experiment: 'rangerOnSomething',
      task,
      measure: 'score',
      show: String,
      showDifference: String,
      showScore: String,
      how: '',
    };
    const runs = played(
      ({contestant, learningRate, seed}) => order.indexOf(contestant) + away(learningRate, 0.1) + seed / 1e3,
    );
    const {findings, body, charts} = reportOf(told, runs, effort);
    expect(findings.map(({claim, verdict}) => [claim.split(', ')[0], verdict])).to.deep.equal([
      ['Ranger does better than Adam', 'holds'],
      ['Ranger does better than SGD with momentum', 'holds'],
      ['Ranger does better than RAdam', 'holds'],
      ['Ranger does better than Lookahead around Adam', 'holds'],
      ['RAdam does better than Adam', 'does not hold'],
      ['Lookahead around Adam does better than Adam', 'holds'],
    ]);
    expect(Object.keys(charts)).to.deep.equal(['rangerOnSomething-curves']);
    expect(body).to.include('(rangerOnSomething-curves.svg)').and.include('**0.1: ');
  });

  it('end at a sync of Lookahead and of Ranger', () => {
    const {k} = new Ranger().options;
    for (const experiment of [rangerOnImages, rangerOnText])
      for (const isQuick of [true, false])
        for (const {steps} of experiment.next([], {isQuick})) {
          expect(steps % k, `${steps} steps of ${experiment.name}`).to.equal(0);
          expect(steps % lookahead.k).to.equal(0);
        }
  });

  it('give each optimizer the rate, and Lookahead to Adam alone', () => {
    for (const name of contestants) {
      const {optimizer, plugins} = contestantOf(name, 0.07);
      expect((optimizer as Ranger).options.learningRate).to.equal(0.07);
      expect(plugins).to.have.length(name === 'Lookahead around Adam' ? 1 : 0);
      optimizer.dispose();
    }
  });
});
