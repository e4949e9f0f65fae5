import {expect} from 'chai';
import {trainOnBatches} from '../support/batches.js';
import {modelCases, weightsOf, withSeed} from '../support/models.js';
import {plugins} from './pluginRegistry.js';
import {inners} from './stacks.js';

const modelCase = modelCases.find(({name}) => /dropout/i.test(name)) ?? modelCases[0]!;

describe('A plugin in its neutral setting', () => {
  for (const {name, neutral, refuses} of plugins) {
    if (!neutral) continue;
    for (const inner of inners) {
      it(`changes no bit of what it is put around: ${name} around ${inner.name}`, async () => {
        const ends = [];
        for (const isUsed of [false, true]) {
          const model = modelCase.make(inner.compileWith());
          const start = weightsOf(model);
          const injection = inner.seat(model);
          if (isUsed && refuses?.[inner.name]) {
            expect(() => injection.use(neutral())).to.throw('PLUGIN_CONFLICT');
            model.dispose();
            return;
          }
          if (isUsed) injection.use(neutral());
          await withSeed(5, () => trainOnBatches(model, modelCase, 0, 6));
          injection.eject();
          expect(weightsOf(model)).not.to.deep.equal(start);
          ends.push(weightsOf(model));
          model.dispose();
        }
        expect(ends[1]).to.deep.equal(ends[0]);
      });
    }
  }
});
