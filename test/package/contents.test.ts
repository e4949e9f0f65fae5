import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import {manifest, packed, root} from './packed.js';

const list = (folder: string) => readdirSync(join(root, folder), {recursive: true}) as string[];

/** Each source as the compiler makes it; but for what only the one file for pages has. */
const modules = list('src')
  .filter(name => name.endsWith('.ts') && name !== 'globalTf.ts')
  .map(name => `dist/${name.slice(0, -'.ts'.length)}`);

describe('the packed package', () => {
  it('holds the modules, their types, the file for pages, the set-up of tfjs-node, what npm takes of the pages, and nothing else', () => {
    const setUp = list('scripts/setupNode').map(name => `scripts/setupNode/${name}`);
    expect(packed().files).to.deep.equal(
      [
        ...modules.flatMap(name => [`${name}.js`, `${name}.d.ts`]),
        ...['dist/tfjs-inject.min.js', 'scripts/setupNode.js', ...setUp],
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'README.zh-CN.md', 'package.json'],
      ].sort(),
    );
  });

  it('has every file that package.json leads to', () => {
    const {exports, bin, jsdelivr, unpkg} = manifest;
    const targets = Object.values(exports).flatMap(target =>
      typeof target === 'string' ? target : Object.values(target as Record<string, string>),
    );
    const named = [...targets, ...Object.values(bin), jsdelivr, unpkg] as string[];
    const missing = named.filter(path => !packed().files.includes(path.replace('./', '')));
    expect(missing).to.deep.equal([]);
  });
});
