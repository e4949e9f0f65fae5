import {expect} from 'chai';
import {cubicMinimum, strongWolfe, type Trial} from '../../../src/optimizers/shared/strongWolfe.js';

type Line = {value: (t: number) => number; slope: (t: number) => number};

/** Searches along a line, and counts the trials. */
function search({value, slope}: Line, first = 1, maxTrials = 24, narrowest = 1e-9) {
  const tried: number[] = [];
  const at = (t: number): Trial => ({at: t, value: value(t), slope: slope(t)});
  const found = strongWolfe(
    at(0),
    first,
    t => {
      tried.push(t);
      return at(t);
    },
    {maxTrials, isNarrow: width => width < narrowest},
  );
  return {found, tried};
}

/** The conditions themselves: Nocedal & Wright, equations 3.7. */
function fulfils({value, slope}: Line, {at}: Trial): boolean {
  return value(at) <= value(0) + 1e-4 * at * slope(0) && Math.abs(slope(at)) <= 0.9 * Math.abs(slope(0));
}

const lines: Record<string, Line> = {
  'a parabola': {value: t => (t - 3) ** 2, slope: t => 2 * (t - 3)},
  // More & Thuente, "Line search algorithms with guaranteed sufficient decrease", functions 5.1 and 5.2.
  'a long flat way down': {value: t => -t / (t * t + 2), slope: t => (t * t - 2) / (t * t + 2) ** 2},
  'a quintic': {
    value: t => (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
    slope: t => 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
  },
  'an exponential wall': {value: t => Math.exp(t) - 20 * t, slope: t => Math.exp(t) - 20},
};

describe('the strong Wolfe search', () => {
  for (const [name, line] of Object.entries(lines)) {
    for (const first of [1e-3, 0.1, 1, 10, 1000]) {
      it(`fulfils both conditions on ${name}, from a first step of ${first}`, () => {
        const {found, tried} = search(line, first);
        expect(fulfils(line, found), `at ${found.at}`).to.equal(true);
        expect(tried).to.include(found.at);
      });
    }
  }

  it('takes the first step where that is good enough, and tries no other', () => {
    expect(search(lines['a parabola']!, 2).tried).to.deep.equal([2]);
  });

  it('goes to the minimum of a parabola that it has overshot, at the second trial', () => {
    // φ(t) = (t − 3)²: φ(7) = 16 is above φ(0) = 9; the cubic through both ends is the parabola itself.
    expect(search(lines['a parabola']!, 7).tried).to.deep.equal([7, 3]);
  });

  it('grows tenfold at most while it goes straight down', () => {
    const {tried, found} = search({value: t => -t, slope: () => -1}, 1, 3);
    expect(tried).to.deep.equal([1, 10, 100, 1000]);
    expect(found.at).to.equal(1000);
  });

  it('ends at the start where the loss never changes, whatever its slope says', () => {
    const {found, tried} = search({value: () => 1, slope: () => -1});
    expect(found.at).to.equal(0);
    expect(tried.length).to.be.at.most(25);
  });

  it('ends at the start where nothing but rounding is left of the loss', () => {
    const {found, tried} = search(
      {value: t => Math.fround(1 + 1e-9 * (t - 1) ** 2), slope: t => 2e-9 * (t - 1)},
      2.5,
    );
    expect(found.value).to.be.at.most(1);
    expect(tried.length).to.be.at.most(25);
  });

  it('takes what is not finite for a wall, and comes back from behind it', () => {
    for (const wall of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const line = {
        value: (t: number) => (t > 4 ? wall : (t - 3) ** 2),
        slope: (t: number) => (t > 4 ? wall : 2 * (t - 3)),
      };
      const {found} = search(line, 1000);
      expect(fulfils(lines['a parabola']!, found), `${wall}`).to.equal(true);
    }
  });

  it('returns the start where all that it may try is not finite', () => {
    const line = {
      value: (t: number) => (t > 0 ? Number.NaN : 1),
      slope: (t: number) => (t > 0 ? Number.NaN : -1),
    };
    expect(search(line).found.at).to.equal(0);
  });

  it('takes the lower of start and first trial where no more are allowed', () => {
    expect(search(lines['a parabola']!, 5, 0)).to.deep.include({tried: [5]});
    expect(search(lines['a parabola']!, 5, 0).found.at).to.equal(5);
    expect(search(lines['a parabola']!, 7, 0).found.at).to.equal(0);
  });

  it('looks no closer than it is told', () => {
    const tried = search({value: () => 1, slope: () => -1}, 1, 1000, 1e-3).tried.length;
    expect(tried).to.be.below(search({value: () => 1, slope: () => -1}, 1, 1000, 1e-6).tried.length);
  });
});

describe('the minimum of a cubic', () => {
  // p(t) = t³ − 3t has its minimum −2 at 1; p′(t) = 3t² − 3.
  const p = (at: number): Trial => ({at, value: at ** 3 - 3 * at, slope: 3 * at ** 2 - 3});

  it('is exact, in either order of the trials', () => {
    expect(cubicMinimum(p(0), p(3), 0, 3)).to.be.closeTo(1, 1e-15);
    expect(cubicMinimum(p(3), p(0), 0, 3)).to.be.closeTo(1, 1e-15);
  });

  it('is held between the bounds', () => {
    expect(cubicMinimum(p(0), p(3), 1.5, 3)).to.equal(1.5);
    expect(cubicMinimum(p(0), p(3), 0, 0.5)).to.equal(0.5);
  });

  it('is the middle of the bounds where there is none', () => {
    // t³ + t rises throughout.
    const rising = (at: number): Trial => ({at, value: at ** 3 + at, slope: 3 * at ** 2 + 1});
    expect(cubicMinimum(rising(-1), rising(2), -1, 2)).to.equal(0.5);
    expect(cubicMinimum(p(0), {at: 3, value: Number.POSITIVE_INFINITY, slope: Number.NaN}, 0, 3)).to.equal(
      1.5,
    );
  });
});
