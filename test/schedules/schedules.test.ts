import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {type Schedule, schedules} from '../../src/index.js';
import {refuses} from '../support/refuses.js';

type Kind = keyof typeof schedules;
interface Golden {
  readonly source: string;
  readonly schedule: Kind;
  readonly options: object;
  readonly values: number[];
}

const goldens: Golden[] = JSON.parse(
  readFileSync(new URL('../golden/schedules.json', import.meta.url), 'utf8'),
);

/** A schedule as the goldens have it: an option may be one as well. */
function made(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(made);
  if (typeof value !== 'object' || value === null) return value;
  const {schedule, options} = value as Golden;
  return makeOf(schedule)(optionsOf(options));
}

const makeOf = (kind: Kind) => schedules[kind] as unknown as (options: object) => Schedule;
const optionsOf = (options: object) =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, made(value)]));

describe('The schedules', () => {
  goldens.forEach(({source, values, ...golden}, number) => {
    const names = Object.keys(golden.options).join(', ');
    it(`${number + 1}: ${golden.schedule} of ${names} gives to 1e-12 what ${source} gives, at every step`, () => {
      const schedule = made(golden) as Schedule;
      values.forEach((value, step) => {
        expect(schedule(step), `step ${step}`).to.be.closeTo(value, 1e-12);
      });
      expect(Math.max(...values) - Math.min(...values) > 0).to.equal(golden.schedule !== 'constant');
    });
  });

  it('are each held against another library or a formula of a paper', () => {
    expect([...new Set(goldens.map(({schedule}) => schedule))]).to.have.members(Object.keys(schedules));
  });

  const bad: Record<Kind, [object, string][]> = {
    constant: [
      [{}, 'value'],
      [{value: -1}, 'value'],
    ],
    warmup: [
      [{schedule: 1}, 'warmupSteps'],
      [{warmupSteps: -1, schedule: 1}, 'warmupSteps'],
      [{warmupSteps: 1}, 'schedule'],
      [{warmupSteps: 1, schedule: '1'}, 'schedule'],
      [{warmupSteps: 1, schedule: 1, initialValue: Number.NaN}, 'initialValue'],
    ],
    cosine: [
      [{decaySteps: 1}, 'initialValue'],
      [{initialValue: 1, decaySteps: 0}, 'decaySteps'],
      [{initialValue: 1, decaySteps: 1, alpha: -1}, 'alpha'],
      [{initialValue: 1, decaySteps: 1, exponent: -1}, 'exponent'],
    ],
    cosineRestarts: [
      [{initialValue: 1}, 'firstDecaySteps'],
      [{initialValue: 1, firstDecaySteps: 1, tMult: 0.5}, 'tMult'],
      [{initialValue: 1, firstDecaySteps: 1, mMult: -1}, 'mMult'],
    ],
    oneCycle: [
      [{maxValue: 1}, 'totalSteps'],
      [{maxValue: 1, totalSteps: 1.5}, 'totalSteps'],
      [{maxValue: 1, totalSteps: 9, pctStart: 1.1}, 'pctStart'],
      [{maxValue: 1, totalSteps: 9, pctStart: 0.6, threePhase: true}, 'pctStart'],
      [{maxValue: 1, totalSteps: 9, annealStrategy: 'cosine'}, 'annealStrategy'],
      [{maxValue: 1, totalSteps: 9, divFactor: 0}, 'divFactor'],
      [{maxValue: 1, totalSteps: 9, finalDivFactor: 0}, 'finalDivFactor'],
    ],
    polynomial: [
      [{initialValue: 1, decaySteps: 1, power: -1}, 'power'],
      [{initialValue: 1, decaySteps: 1, cycle: 1}, 'cycle'],
      [{initialValue: 1, decaySteps: 1, finalValue: -1}, 'finalValue'],
    ],
    exponential: [
      [{initialValue: 1}, 'decayRate'],
      [{initialValue: 1, decayRate: 0}, 'decayRate'],
      [{initialValue: 1, decayRate: 0.5, staircase: 'yes'}, 'staircase'],
      [{initialValue: 1, decayRate: 0.5, finalValue: -1}, 'finalValue'],
    ],
    piecewiseConstant: [
      [{values: [1]}, 'boundaries'],
      [{boundaries: [2, 2], values: [1, 2, 3]}, 'boundaries'],
      [{boundaries: [0], values: [1, 2]}, 'boundaries'],
      [{boundaries: [2], values: [1]}, 'values'],
      [{boundaries: [2], values: [1, -1]}, 'values'],
    ],
    inverseSquareRoot: [
      [{peakValue: 1}, 'warmupSteps'],
      [{peakValue: 1, warmupSteps: 0}, 'warmupSteps'],
      [{peakValue: 1, warmupSteps: 1, warmup: 'none'}, 'warmup'],
      [{peakValue: 1, warmupSteps: 1, countFrom: 2}, 'countFrom'],
    ],
    sequence: [
      [{schedules: [], boundaries: []}, 'schedules'],
      [{schedules: [1, 1]}, 'boundaries'],
      [{schedules: [1, 1], boundaries: []}, 'schedules'],
      [{schedules: [1, 1], boundaries: [Number.POSITIVE_INFINITY]}, 'boundaries'],
    ],
    product: [
      [{}, 'schedules'],
      [{schedules: 1}, 'schedules'],
    ],
  };
  for (const [kind, cases] of Object.entries(bad) as [Kind, [object, string][]][]) {
    it(`refuse bad options, by name: ${kind}`, async () => {
      for (const [options, name] of cases)
        await refuses('INVALID_OPTION', [`${name} of schedules.${kind} must`], () => makeOf(kind)(options));
      await refuses('UNKNOWN_OPTION', [`schedules.${kind}`, "'decaysteps'"], () =>
        makeOf(kind)({decaysteps: 1}),
      );
      await refuses('INVALID_OPTION', [`write schedules.${kind}({…}); received 0.1`], () =>
        makeOf(kind)(0.1 as never),
      );
    });
  }

  // By hand where the libraries stop, or differ from each other.
  it('stay at their last value beyond the end', () => {
    const cosine = schedules.cosine({initialValue: 0.5, decaySteps: 10, alpha: 0.2});
    const cycle = schedules.oneCycle({maxValue: 1, totalSteps: 10, divFactor: 4, finalDivFactor: 8});
    const polynomial = schedules.polynomial({initialValue: 0.5, decaySteps: 10, finalValue: 0.1, power: 0});
    for (const step of [9, 10, 11, 1e9]) expect(cycle(step), `${step}`).to.be.closeTo(1 / 32, 1e-15);
    for (const step of [10, 11, 1e9]) {
      expect(cosine(step)).to.be.closeTo(0.1, 1e-15);
      // (v₀ − v₁)·0⁰ + v₁, as in the libraries: a power of 0 never falls.
      expect(polynomial(step)).to.equal(0.5);
    }
  });

  it('take fractions of steps, and a warm-up or a cycle of none', () => {
    expect(schedules.cosine({initialValue: 1, decaySteps: 2.5})(1.25)).to.be.closeTo(0.5, 1e-15);
    const none = schedules.warmup({warmupSteps: 0, schedule: t => 1 / (t + 1)});
    expect([none(0), none(3)]).to.deep.equal([1, 0.25]);
    expect(schedules.oneCycle({maxValue: 1, totalSteps: 1})(0)).to.be.closeTo(1 / 25e4, 1e-15);
    // Its rise has no length: p·N − 1 = 0.
    const steep = schedules.oneCycle({maxValue: 1, totalSteps: 4, pctStart: 0.25});
    expect(steep(0)).to.equal(1);
  });

  it('hit the first step of every restart, where logarithms miss some', () => {
    const restarts = schedules.cosineRestarts({initialValue: 1, firstDecaySteps: 10, tMult: 3});
    for (let start = 0, length = 10; start < 1e7; start += length, length *= 3) {
      expect(restarts(start)).to.equal(1);
      if (start > 0) expect(restarts(start - 1)).to.be.below(0.03);
    }
  });

  it('give functions of the user their steps since the boundary', () => {
    const seen: number[] = [];
    const user = (t: number) => seen.push(t);
    schedules.warmup({warmupSteps: 3, schedule: user})(5);
    schedules.sequence({schedules: [0.1, user, user], boundaries: [2, 10]})(4);
    schedules.sequence({schedules: [0.1, user, user], boundaries: [2, 10]})(10);
    schedules.product({schedules: [0.1, user]})(7);
    expect(seen).to.deep.equal([2, 2, 0, 7]);
  });

  it('make no tensor, and little garbage: no object at a step, only numbers', () => {
    const {numTensors} = tf.memory();
    const all = goldens.map(golden => made(golden) as Schedule);
    // The least of several rounds, once it is compiled, and where no collection fell into the round.
    const bytesAStep = (schedule: Schedule) => {
      const steps = 4000;
      const round = () => {
        const before = process.memoryUsage().heapUsed;
        let sum = 0;
        for (let step = 0; step < steps; step++) sum += schedule(step);
        expect(sum).not.to.equal(0);
        return (process.memoryUsage().heapUsed - before) / steps;
      };
      const from = Date.now();
      while (Date.now() < from + 30) round();
      return Math.min(...Array.from({length: 15}, round).filter(bytes => bytes > 0));
    };
    // What a short list at each step would cost, for the measure to be one.
    const kept: unknown[] = [];
    const wasteful = bytesAStep(step => {
      kept[0] = [step, step + 0.5, step + 1.5, step + 2.5];
      return step;
    });
    all.forEach((schedule, i) => {
      const {schedule: name, options} = goldens[i]!;
      // A number that a call returns is boxed, in 16 bytes.
      expect(bytesAStep(schedule), `${name} ${JSON.stringify(options)}`).to.be.below(100);
    });
    expect(wasteful).to.be.above(60);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });
});
