import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, symlinkSync} from 'node:fs';
import {basename, join} from 'node:path';
import {TemporaryFolder} from '../support/temporaryFolder.js';
import {npm} from './npm.js';
import {manifest, packed, root} from './packed.js';

/** The oldest TensorFlow.js, and the oldest TypeScript, that the package says it works with. */
export const oldestTfjs = manifest.peerDependencies['@tensorflow/tfjs-core'].slice(1);
export const oldestTypeScript = '5.4';

/** The Vite example as a user begins with it, and within it that of CommonJS, with the union of today. */
export const newestProject = once(folder => {
  copyExample('vite', folder.path);
  copyExample('nodeCommonJs', join(folder.path, 'nodeCommonJs'));
  npm(folder.path, 'install', packed().tarball, `typescript@~${oldestTypeScript}.0`);
  // A page loads the one file of it: what that was made of is not needed.
  const [{filename}] = JSON.parse(npm(folder.path, 'pack', '--json', '@tensorflow/tfjs-vis@1'));
  const vis = join(folder.path, 'node_modules', '@tensorflow', 'tfjs-vis');
  mkdirSync(vis);
  execFileSync('tar', ['-xzf', join(folder.path, filename), '-C', vis, '--strip-components=1']);
});

/** Core, layers and the cpu backend alone, as old as can be. */
export const oldestProject = once(folder => {
  folder.write('package.json', '{"private": true, "type": "module"}');
  const packages = ['core', 'layers', 'backend-cpu'].map(name => `@tensorflow/tfjs-${name}@${oldestTfjs}`);
  npm(folder.path, 'install', packed().tarball, ...packages);
});

/** With this repository's tfjs-node, whose binding no npm could bring here. */
export const nativeProject = once(folder => {
  folder.write('package.json', '{"private": true, "type": "module"}');
  const modules = join(folder.path, 'node_modules');
  mkdirSync(modules);
  for (const name of ['@tensorflow', ...Object.keys(manifest.dependencies)])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  cpSync(join(newestProject().path, 'node_modules', 'tfjs-inject'), join(modules, 'tfjs-inject'), {
    recursive: true,
  });
});

function once(fill: (folder: TemporaryFolder) => void): () => TemporaryFolder {
  let made: TemporaryFolder | undefined;
  return () => {
    if (made) return made;
    const folder = new TemporaryFolder();
    process.once('exit', () => folder.remove());
    fill(folder);
    made = folder;
    return folder;
  };
}

/** Without what somebody who tried it there has installed or built. */
function copyExample(name: string, to: string): void {
  const made = ['node_modules', 'dist', 'package-lock.json'];
  cpSync(join(root, 'examples', name), to, {recursive: true, filter: path => !made.includes(basename(path))});
}
