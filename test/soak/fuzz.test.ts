import {expect} from 'chai';
import {warningsOf} from '../support/warnings.js';
import {fuzz} from './fuzz.js';

/** A sample; `npm run soak` takes 50,000. */
describe('Inputs of any kind', () => {
  it('are refused with a code, or run as they should, and leave nothing: 500 of them', async () => {
    let counts: Awaited<ReturnType<typeof fuzz>> = {};
    await warningsOf(async () => {
      counts = await fuzz(500, 23);
    });
    const kinds = ['options', 'plugin lists', 'topologies', 'damaged checkpoints', 'hostile checkpoints'];
    expect(Object.keys(counts)).to.have.members(kinds);
    // Neither must be the rule.
    for (const kind of ['options', 'plugin lists']) {
      expect(counts[kind]!.refused, kind).to.be.above(0);
      expect(counts[kind]!.refused, kind).to.be.below(counts[kind]!.tried);
    }
  });
});
