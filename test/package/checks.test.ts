import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import {publint} from 'publint';
import {manifest, packed, root} from './packed.js';

describe('what looks packages over', () => {
  it('publint finds nothing', async () => {
    const {buffer} = Uint8Array.from(readFileSync(packed().tarball));
    const {messages} = await publint({pack: {tarball: buffer}, strict: true});
    expect(messages.map(({code, type, path}) => `${type} ${code} ${path.join('.')}`)).to.deep.equal([]);
  });

  it('attw finds the types of every entry, as ES modules, which this package has alone', () => {
    const program = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
    const {status, stdout} = spawnSync(
      process.execPath,
      [program, packed().tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'],
      {encoding: 'utf8'},
    );
    expect(status, stdout).to.equal(0);
    const found = [...stdout.matchAll(/^(?:node16 \(from ESM\)|bundler): (\w+)/gm)].map(
      ([, result]) => result,
    );
    expect(found).to.deep.equal(Object.keys(manifest.exports).flatMap(() => ['OK', 'OK']));
  });
});
