import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {InjectError, Muon, Partitions, SGD, schedules} from '../../src/index.js';
import {pluginRefusals} from './pluginRefusals.js';
import {plugins} from './pluginRegistry.js';
import {refusals} from './refusals.js';
import {optimizers} from './registry.js';

type Class = new (options: object) => unknown;

/** All options of every kind of schedule, each valid. */
const validSchedules: Readonly<Record<keyof typeof schedules, object>> = {
  constant: {value: 1},
  cosine: {initialValue: 1, decaySteps: 2, alpha: 0, exponent: 1},
  cosineRestarts: {initialValue: 1, firstDecaySteps: 2, tMult: 2, mMult: 1, alpha: 0},
  exponential: {initialValue: 1, decayRate: 0.5, decaySteps: 2, staircase: true, finalValue: 0},
  inverseSquareRoot: {peakValue: 1, warmupSteps: 2, initialValue: 0, warmup: 'linear', countFrom: 1},
  oneCycle: {
    ...{maxValue: 1, totalSteps: 9, pctStart: 0.3, annealStrategy: 'cos'},
    ...{divFactor: 25, finalDivFactor: 9, threePhase: false},
  },
  piecewiseConstant: {boundaries: [1], values: [1, 2]},
  polynomial: {initialValue: 1, decaySteps: 2, finalValue: 0, power: 1, cycle: false},
  product: {schedules: [1, 2]},
  sequence: {schedules: [1, 2], boundaries: [1]},
  warmup: {warmupSteps: 1, schedule: 1, initialValue: 0},
};

const allRefusals = [...refusals, ...pluginRefusals];

for (const {owner, make, refused} of allRefusals) {
  describe(`The options of ${owner}`, () => {
    it('may be left out', () => {
      expect(() => make(undefined as never)).not.to.throw();
      expect(() => make({} as never)).not.to.throw();
    });

    for (const {options, code, says} of refused) {
      const text = JSON.stringify(options, (_, value) =>
        typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
      );
      it(`are refused by ${code} as ${text}, before any tensor is made`, () => {
        const tensors = tf.memory().numTensors;
        let error: unknown;
        try {
          make(options as never);
        } catch (thrown) {
          error = thrown;
        }
        expect(error).to.be.instanceOf(InjectError);
        expect((error as InjectError).code).to.equal(code);
        expect((error as InjectError).message).to.contain(says);
        expect(tf.memory().numTensors).to.equal(tensors);
      });
    }
  });
}

describe('A BigInt or a Symbol', () => {
  const strange: readonly (readonly [value: unknown, shown: string])[] = [
    [10n, '10n'],
    [-1n, '-1n'],
    [Symbol('ten'), 'Symbol(ten)'],
  ];
  const refuses = (make: () => unknown, says: string, text: string) => {
    let error: unknown;
    try {
      make();
    } catch (thrown) {
      error = thrown;
    }
    expect(error, text).to.be.instanceOf(InjectError);
    const {code, message} = error as InjectError;
    expect(code).to.equal('INVALID_OPTION');
    expect(message).to.contain(says).and.contain(text);
  };
  /** The value by itself, and in a list. */
  const refuseAll = (says: string, make: (value: unknown) => unknown) => {
    for (const [value, text] of strange) {
      refuses(() => make(value), says, `received ${text}`);
      refuses(() => make([value]), '', text);
    }
  };

  const classes = new Map<string, {make: Class; options: object}>();
  for (const entry of [...optimizers, ...plugins]) {
    const made = entry.make() as {options?: object};
    classes.set(made.constructor.name, {make: made.constructor as Class, options: made.options ?? {}});
  }
  for (const [name, {make, options}] of classes) {
    for (const option of Object.keys(options)) {
      it(`is refused as ${option} of ${name}`, () => {
        refuseAll(`${option} of ${name}`, value => new make({...options, [option]: value}));
      });
    }
  }

  for (const [name, valid] of Object.entries(validSchedules)) {
    const make = schedules[name as keyof typeof schedules] as (options: object) => unknown;
    for (const option of Object.keys(valid)) {
      it(`is refused as ${option} of schedules.${name}`, () => {
        expect(() => make(valid)).not.to.throw();
        refuseAll(`${option} of schedules.${name}`, value => make({...valid, [option]: value}));
      });
    }
  }

  it('is refused as all options at once, and as the value of a schedule', () => {
    for (const [value, text] of strange) {
      for (const {make} of classes.values())
        refuses(() => new make(value as object), 'write new ', `received ${text}`);
      const optimizer = new SGD({learningRate: () => value as number});
      refuses(() => optimizer.rateAt(0), 'learningRate of SGD', `it is ${text}`);
    }
  });

  it('is refused in what options have within', () => {
    for (const [value, text] of strange) {
      refuses(() => new Muon({adamW: {beta1: value as number}}), 'beta1 of AdamW', text);
      const partition = {weights: 'a', learningRateFactor: value as number};
      const make = () => new Partitions({optimizer: new SGD(), partitions: [partition]});
      refuses(make, 'learningRateFactor of partition 1', text);
    }
  });
});

describe('The registry', () => {
  it('has an entry for every class that the package exports', async () => {
    const {InjectOptimizer, InjectPlugin, ...exported} = await import('../../src/index.js');
    const entries = [...optimizers.map(({make}) => make()), ...plugins.map(({make}) => make())];
    const names = Object.entries(exported as Record<string, unknown>).flatMap(([name, value]) => {
      const {prototype} = value as {prototype?: unknown};
      return prototype instanceof InjectOptimizer || prototype instanceof InjectPlugin ? [name] : [];
    });
    expect(names).to.include.members(['SGD', 'Heun', 'RungeKutta', 'Lookahead']);
    expect([...new Set(entries.map(entry => entry.constructor.name))]).to.have.members(names);
    expect(allRefusals.map(({owner}) => owner)).to.have.members(names);
  });

  it('names the phases and slots that each optimizer has', () => {
    for (const {name, make, phases, slots} of optimizers) {
      const groups = [...make().getGroupedUpdates()];
      expect(groups, name).to.have.length(phases);
      expect(new Set(groups.flatMap(group => Object.keys(group.slots))), name).to.deep.equal(new Set(slots));
    }
  });
});
