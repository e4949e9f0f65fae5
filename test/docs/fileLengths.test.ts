import {readdirSync, readFileSync} from 'node:fs';
import {expect} from 'chai';

const folder = new URL('../../src/optimizers/', import.meta.url);
const lengths = readdirSync(folder)
  .filter(name => name.endsWith('.ts'))
  .map(name => ({name, lines: readFileSync(new URL(name, folder), 'utf8').split('\n').length - 1}))
  .sort((a, b) => a.lines - b.lines);

describe('the files of the optimizers', () => {
  it('have, with their comments, a median of at most 70 lines', () => {
    const half = lengths.length / 2;
    const [lower, upper] = [Math.ceil(half) - 1, Math.floor(half)].map(i => lengths[i]!.lines);
    expect((lower! + upper!) / 2).to.be.within(40, 70);
  });

  it('have none above 180 lines', () => {
    expect(lengths.filter(({lines}) => lines > 180)).to.deep.equal([]);
  });
});
