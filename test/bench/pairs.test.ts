import {expect} from 'chai';
import {medianInterval, rankOf} from '../../bench/interval.js';
import {alternate, timed} from '../../bench/pairs.js';

describe('The interval of a median', () => {
  it('has the largest rank that binomial coefficients allow', () => {
    // 1 − 2·Σ C(n, k)/2ⁿ over k < rank; for n = 30, C = 1, 30, 435, … 14,307,150: 1 − 2·22,964,087/2³⁰ = 0.957226.
    const known: Record<number, [rank: number, confidence: number]> = {
      6: [1, 0.96875],
      10: [2, 0.978516],
      20: [6, 0.958611],
      30: [10, 0.957226],
      32: [10, 0.979938],
    };
    for (const [n, [rank, confidence]] of Object.entries(known)) {
      const found = rankOf(Number(n));
      expect(found.rank, n).to.equal(rank);
      expect(found.confidence, n).to.be.closeTo(confidence, 1e-5);
    }
  });

  it('says of fewer than six samples how often it holds', () => {
    expect(rankOf(1)).to.deep.equal({rank: 1, confidence: 0});
    expect(rankOf(4)).to.deep.equal({rank: 1, confidence: 0.875});
  });

  it('goes from the r-th smallest to the r-th largest sample, in whatever order they come', () => {
    const samples = Array.from({length: 20}, (_, i) => ((i * 7) % 20) + 1);
    expect(medianInterval(samples)).to.deep.include({median: 10.5, low: 6, high: 15, samples: 20});
    expect(medianInterval([3, 100, 1])).to.deep.include({median: 3, low: 1, high: 100});
  });

  it('holds the true median as often as it says', () => {
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const trials = 4000;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      // A skewed distribution whose median is 1.
      const samples = Array.from({length: 30}, () => (1 / random() - 1) ** 3);
      const {low, high} = medianInterval(samples);
      if (low <= 1 && 1 <= high) held++;
    }
    expect(held / trials).to.be.closeTo(0.957, 0.012);
  });

  it('is refused where a sample is no number, or there is none', () => {
    expect(() => medianInterval([1, Number.NaN])).to.throw(RangeError);
    expect(() => medianInterval([])).to.throw(RangeError);
  });
});

describe('Two that are compared', () => {
  /** Two of fixed speed, and a note of who was asked for how many steps. */
  function rig(ownMilliseconds: number, otherMilliseconds: number) {
    const calls: string[] = [];
    const contender = (name: string, milliseconds: number) => (steps: number) => {
      calls.push(`${name}${steps}`);
      return steps * milliseconds;
    };
    return {ours: contender('a', ownMilliseconds), theirs: contender('b', otherMilliseconds), calls};
  }

  it('take turns, and who begins changes', async () => {
    const {ours, theirs, calls} = rig(10, 10);
    await alternate(ours, theirs, {pairs: 4, sampleMilliseconds: 1});
    expect(calls.slice(-8).join(' ')).to.equal('a1 b1 b1 a1 a1 b1 b1 a1');
  });

  it('are compared by time per step, of samples that last as long as is wanted', async () => {
    const {ours, theirs, calls} = rig(1, 4);
    const {ratio, difference, steps} = await alternate(ours, theirs, {pairs: 6, sampleMilliseconds: 20});
    expect(steps).to.deep.equal([20, 5]);
    expect(calls.slice(-2)).to.deep.equal(['b5', 'a20']);
    expect(ratio).to.deep.include({median: 0.25, low: 0.25, high: 0.25, samples: 6});
    expect(difference.median).to.equal(-3);
  });

  it('are warmed up before the first sample', async () => {
    let calls = 0;
    const slowAtFirst = (steps: number) => (calls++ < 30 ? 1000 : 1) * steps;
    const {ratio} = await alternate(slowAtFirst, steps => steps, {pairs: 6, sampleMilliseconds: 10_000});
    expect(ratio.high).to.equal(1);
  });

  it('may be compared in proportion to what they do', async () => {
    const {ours, theirs} = rig(2, 1);
    const {ratio, difference} = await alternate(ours, theirs, {pairs: 6, sampleMilliseconds: 1}, 0.5);
    expect(ratio.median).to.equal(1);
    expect(difference.median).to.equal(1);
  });

  it('are timed until their device has settled', async () => {
    const calls: string[] = [];
    const step = async () => {
      await Promise.resolve();
      calls.push('step');
    };
    const settle = async () => {
      await new Promise(resolve => setTimeout(resolve, 20));
      calls.push('settled');
    };
    expect(await timed(step, settle)(2)).to.be.at.least(15);
    expect(calls).to.deep.equal(['step', 'step', 'settled']);
  });
});
