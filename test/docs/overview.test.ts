import {existsSync, readFileSync} from 'node:fs';
import {expect} from 'chai';
import {plugins} from '../contract/pluginRegistry.js';
import {optimizers} from '../contract/registry.js';
import {cardOf, overview} from './overview.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const names = [...new Set([...optimizers, ...plugins].map(({make}) => make().constructor.name))];

describe('the overview of the docs', () => {
  it('is what `npm run overview` makes', () => {
    expect(read('docs/overview.md')).to.equal(overview());
  });

  it('leads to a card for every class, and so does README', () => {
    const readme = read('README.md');
    for (const name of names) {
      expect(existsSync(new URL(`../../docs/${cardOf(name)}`, import.meta.url)), name).to.equal(true);
      expect(readme).to.contain(`docs/${cardOf(name)}`);
    }
  });
});
