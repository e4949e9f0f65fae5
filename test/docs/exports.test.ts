import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';
import * as library from '../../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = (readdirSync(join(root, 'docs'), {recursive: true}) as string[])
  .filter(name => name.endsWith('.md'))
  .map(name => readFileSync(join(root, 'docs', name), 'utf8'))
  .join('\n');

const codes = [...readFileSync(join(root, 'src', 'errors.ts'), 'utf8').matchAll(/^ {2}\| '(\w+)'/gm)].map(
  ([, code]) => code!,
);

describe('what the package exports', () => {
  for (const name of Object.keys(library)) {
    it(`is named in some page of the docs: ${name}`, () => {
      expect(pages).to.match(new RegExp(`\\b${name}\\b`));
    });
  }

  it('has a heading for every code of its errors in docs/errors.md, and no other', () => {
    expect(codes).to.include('INVALID_OPTION');
    const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
    const sections = page.split(/^(?=##)/m).filter(section => /^### /.test(section));
    const told = sections.filter(section => /^\*\*Why\.\*\* .*^\*\*What to do\.\*\* /ms.test(section));
    const named = told.map(section => section.match(/^### (.*)/)![1]!);
    expect(named.sort()).to.deep.equal([...codes].sort());
  });

  it('has every class that the tables of the comingFrom pages name', () => {
    for (const page of ['Keras', 'Torch', 'Optax']) {
      const text = readFileSync(join(root, 'docs', 'recipes', `comingFrom${page}.md`), 'utf8');
      const cells = [...text.matchAll(/^\| [^|]+ \| ([^|]+) \|/gm)].map(([, here]) => here!);
      const named = cells.flatMap(cell => [...cell.matchAll(/`([A-Z]\w+)/g)].map(([, name]) => name!));
      expect(named.length).to.be.above(10);
      expect(named.filter(name => !(name in library))).to.deep.equal([], page);
    }
  });
});
