import {expect} from 'chai';
import {medianInterval} from '../../bench/interval.js';
import {allOf, judge, medianOf, pairedDifference} from '../../reproductions/judge.js';

const interval = (low: number, high: number) => medianInterval([low, (low + high) / 2, high]);
const runs = (...values: number[]) => values.map((outcome, seed) => ({setting: {seed}, outcome}));

describe('A verdict', () => {
  it('follows from the whole interval, on either side of a bound, or is open', () => {
    expect(judge(interval(1, 2), 'above', 0)).to.equal('holds');
    expect(judge(interval(-2, -1), 'above', 0)).to.equal('does not hold');
    expect(judge(interval(-2, -1), 'below', 0)).to.equal('holds');
    expect(judge(interval(1, 2), 'below', 0)).to.equal('does not hold');
    for (const side of ['above', 'below'] as const) {
      expect(judge(interval(-1, 2), side, 0)).to.equal('undecided');
      // What touches the bound is not beyond it.
      expect(judge(interval(0, 2), side, 0)).to.equal('undecided');
    }
  });

  it('of several parts is that of the weakest', () => {
    expect(allOf('holds', 'holds')).to.equal('holds');
    expect(allOf('holds', 'undecided')).to.equal('undecided');
    expect(allOf('undecided', 'does not hold', 'holds')).to.equal('does not hold');
  });
});

describe('Runs that share their seeds', () => {
  it('are compared in pairs, in whatever order they come', () => {
    const [a, b] = [runs(5, 7, 9), runs(1, 2, 3).reverse()];
    // 5 − 1, 7 − 2, 9 − 3.
    expect(pairedDifference(a, b, ({outcome}) => outcome)).to.deep.include({median: 5, low: 4, high: 6});
    expect(medianOf(a, ({outcome}) => outcome)).to.deep.include({median: 7, low: 5, high: 9});
  });

  it('are equal where both diverged, and infinitely far from each other where one did', () => {
    const infinite = Number.POSITIVE_INFINITY;
    const difference = pairedDifference(
      runs(infinite, infinite, 1),
      runs(infinite, 1, infinite),
      run => run.outcome,
    );
    expect(difference).to.deep.include({median: 0, low: -infinite, high: infinite});
  });

  it('are refused where a seed has no partner', () => {
    const value = ({outcome}: {outcome: number}) => outcome;
    expect(() => pairedDifference(runs(1, 2), runs(1), value)).to.throw(RangeError, '2, 1');
    const others = [
      {setting: {seed: 0}, outcome: 1},
      {setting: {seed: 8}, outcome: 1},
    ];
    expect(() => pairedDifference(runs(1, 2), others, value)).to.throw(RangeError, 'seed 1');
  });
});
