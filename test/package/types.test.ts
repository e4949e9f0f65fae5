import {spawnSync} from 'node:child_process';
import {copyFileSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import type {TemporaryFolder} from '../support/temporaryFolder.js';
import {root} from './packed.js';
import {newestProject, oldestProject, oldestTfjs, oldestTypeScript} from './projects.js';

/** What a compiler finds wrong in a user's program or in this package's types. TensorFlow.js's own do not pass either. */
function errorsOf(compiler: string, project: TemporaryFolder, moduleResolution: string): string[] {
  copyFileSync(join(root, 'test', 'package', 'consumer.ts'), join(project.path, 'consumer.ts'));
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution,
    moduleResolution,
    skipLibCheck: false,
  };
  project.write('tsconfig.json', JSON.stringify({compilerOptions, files: ['consumer.ts']}));
  const program = join(compiler, 'bin', 'tsc');
  const {stdout, status} = spawnSync(process.execPath, [program, '-p', project.path], {
    cwd: project.path,
    encoding: 'utf8',
  });
  expect(status).to.be.oneOf([0, 1, 2]);
  return stdout
    .split('\n')
    .filter(line => /^(consumer\.ts|node_modules\/tfjs-inject\/|tsconfig\.json|error)\b/.test(line));
}

const versionOf = (compiler: string) =>
  JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8')).version as string;
const newest = join(root, 'node_modules', 'typescript');

describe('the types of the package', () => {
  it(`are right for TypeScript ${oldestTypeScript}`, () => {
    const oldest = join(newestProject().path, 'node_modules', 'typescript');
    expect(versionOf(oldest)).to.match(new RegExp(`^${oldestTypeScript}\\.`));
    expect(errorsOf(oldest, newestProject(), 'bundler')).to.deep.equal([]);
  });

  for (const moduleResolution of ['nodenext', 'bundler']) {
    it(`are right for TypeScript ${versionOf(newest)}, with ${moduleResolution}`, () => {
      expect(errorsOf(newest, newestProject(), moduleResolution)).to.deep.equal([]);
    });
  }

  it(`are right with TensorFlow.js ${oldestTfjs}`, () => {
    expect(errorsOf(newest, oldestProject(), 'nodenext')).to.deep.equal([]);
  });
});
