import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {InjectError} from '../../src/index.js';
import {pluginRefusals} from './pluginRefusals.js';
import {plugins} from './pluginRegistry.js';
import {refusals} from './refusals.js';
import {optimizers} from './registry.js';

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
