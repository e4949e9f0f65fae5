import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';
import {TemporaryFolder} from '../support/temporaryFolder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = join(root, 'scripts', 'setupNode.js');

/** Whether the Python wheel has a library for this machine; elsewhere the script ends before it looks for tools. */
const isCovered = process.platform === 'linux' && process.arch === 'x64';

/** Stands for tfjs-node's main file: it works as soon as a binding and a library are in their places. */
const worksOnceBuilt = `
  for (const file of ['lib/napi-v8/tfjs_binding.node', 'deps/lib/libtensorflow.so']) {
    require('fs').accessSync(__dirname + '/' + file);
  }
  exports.matMul = () => ({dataSync: () => [6]});`;

const installerThatBringsAll = `
  const fs = require('fs');
  for (const folder of ['deps/lib', 'lib/napi-v8']) fs.mkdirSync(folder, {recursive: true});
  for (const file of ['lib/napi-v8/tfjs_binding.node', 'deps/lib/libtensorflow.so']) fs.writeFileSync(file, '');`;

describe('scripts/setupNode.js', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    mkdirSync(join(folder.path, 'bin'));
  });
  afterEach(() => folder.remove());

  function installPackage({main = worksOnceBuilt, installer = ''}): string {
    folder.write('node_modules/tfjs-node/index.js', main);
    folder.write('node_modules/tfjs-node/scripts/install.js', installer);
    const binary = {
      module_name: 'tfjs_binding',
      module_path: './lib/napi-v{napi_build_version}',
      napi_versions: [8],
    };
    const packageJson = {
      name: 'tfjs-node',
      version: '4.0.0',
      main: 'index.js',
      binary: {...binary, host: 'https://none', remote_path: '{napi_build_version}'},
    };
    return dirname(folder.write('node_modules/tfjs-node/package.json', JSON.stringify(packageJson)));
  }

  /** Puts a program on the PATH, which holds nothing else. */
  function installProgram(name: string, lines: string): void {
    folder.write(`bin/${name}`, `#!/bin/sh\nPATH=/usr/bin:/bin\n${lines}\n`, 0o755);
  }

  function installCompiler(): void {
    folder.write('headers/include/node/node_api.h', '');
    installProgram('g++', 'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo > "$2"; shift; done');
  }

  /** Starts the script on the package; `until` resolves when it has printed something, `ended` when it has ended. */
  function start(packageDir: string) {
    const env = {
      PATH: join(folder.path, 'bin'),
      HOME: folder.path,
      npm_config_nodedir: join(folder.path, 'headers'),
    };
    const child = spawn(process.execPath, [script, '--package', packageDir], {env});
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (output += text));
    const ended = once(child, 'close').then(([status]) => ({status, output}));
    const until = async (text: string) => {
      while (!output.includes(text)) await Promise.race([once(child.stdout, 'data'), ended]);
    };
    return {child, ended, until};
  }

  const siblings = (packageDir: string) => readdirSync(dirname(packageDir));

  it('says so and changes nothing where the binding already works', async () => {
    const packageDir = installPackage({
      main: 'exports.matMul = () => ({dataSync: () => [6]});',
      installer: "throw new Error('must not run');",
    });
    const {status, output} = await start(packageDir).ended;
    expect(output).to.contain('already works');
    expect(status).to.equal(0);
    expect(readdirSync(packageDir)).to.have.members(['index.js', 'package.json', 'scripts']);
  });

  it('does not take a binding that computes wrongly for one that works', async () => {
    const {output} = await start(installPackage({main: 'exports.matMul = () => ({dataSync: () => [5]});'}))
      .ended;
    expect(output).to.contain(
      'does not work yet (Error: a kernel of the native backend is wrong: 2 · 3 gave 5)',
    );
  });

  it("lets the package's own installer bring the binding where it can", async () => {
    const packageDir = installPackage({installer: installerThatBringsAll});
    const {status, output} = await start(packageDir).ended;
    expect(status, output).to.equal(0);
    expect(readdirSync(packageDir)).to.include.members(['deps', 'lib']);
    expect(siblings(packageDir)).to.deep.equal(['tfjs-node']);
  });

  it('replaces what a broken installation left in its places', async () => {
    const packageDir = installPackage({installer: installerThatBringsAll});
    for (const name of ['deps', 'lib']) folder.write(`node_modules/tfjs-node/${name}/old`, '');
    const {status, output} = await start(packageDir).ended;
    expect(status, output).to.equal(0);
    expect(readdirSync(join(packageDir, 'deps'))).to.deep.equal(['lib']);
    expect(readdirSync(join(packageDir, 'lib'))).to.deep.equal(['napi-v8']);
  });

  it('says which package is wanted where --package is none', async () => {
    const {status, output} = await start(join(folder.path, 'nowhere')).ended;
    expect(status).to.equal(1);
    expect(output).to.contain('--package must be the folder of an installed @tensorflow/tfjs-node');
  });

  if (!isCovered) return;

  it('names all that must be installed, and how, where there is neither Python nor a compiler', async () => {
    const packageDir = installPackage({installer: "console.error('Error: no server')"});
    const {status, output} = await start(packageDir).ended;
    expect(status).to.equal(1);
    expect(output).to.contain('did not bring it (Error: no server)');
    expect(output).to.contain('python3 was not found').and.to.contain('apt-get install python3-pip');
    expect(output).to.contain('apt-get install g++');
    expect(siblings(packageDir)).to.deep.equal(['tfjs-node']);
  });

  it('names pip where only that is missing', async () => {
    installCompiler();
    installProgram('python3', '[ "$1" = --version ]');
    const {status, output} = await start(installPackage({})).ended;
    expect(status).to.equal(1);
    expect(output)
      .to.contain('python3 is here, its pip is not')
      .and.to.contain('apt-get install python3-pip');
    expect(output).not.to.contain('a C++ compiler');
  });

  it('names the compiler where only that is missing, before it downloads', async () => {
    installProgram('python3', '[ "$3" = download ] && echo downloads >&2; true');
    const {status, output} = await start(installPackage({})).ended;
    expect(status).to.equal(1);
    expect(output).to.contain('a C++ compiler: g++');
    expect(output).not.to.contain('Python 3');
    expect(output).not.to.contain('download');
  });

  it('shows what pip said where the download fails, and leaves nothing behind', async () => {
    installCompiler();
    installProgram('python3', '[ "$3" = download ] || exit 0; echo "ERROR: no such wheel" >&2; exit 1');
    const packageDir = installPackage({});
    const {status, output} = await start(packageDir).ended;
    expect(status).to.equal(1);
    expect(output).to.contain('ERROR: no such wheel').and.to.contain('downloading failed');
    expect(siblings(packageDir)).to.deep.equal(['tfjs-node']);
  });

  it('lays out the library of the wheel and builds the binding where the package looks for it', async () => {
    installCompiler();
    installProgram(
      'python3',
      `[ "$3" = download ] && echo > tensorflow_cpu.whl
       [ "$1" = -c ] && mkdir -p "$4/tensorflow/include/tsl" && cd "$4/tensorflow" && echo > libtensorflow_cc.so.2 && echo > libtensorflow_framework.so.2
       exit 0`,
    );
    const packageDir = installPackage({});
    mkdirSync(join(folder.path, 'node_modules', '@mapbox'));
    symlinkSync(
      join(root, 'node_modules/@mapbox/node-pre-gyp'),
      join(folder.path, 'node_modules/@mapbox/node-pre-gyp'),
    );
    const {status, output} = await start(packageDir).ended;
    expect(status, output).to.equal(0);
    expect(readlinkSync(join(packageDir, 'deps/lib/libtensorflow.so'))).to.equal('libtensorflow_cc.so.2');
    expect(readdirSync(join(packageDir, 'deps/include'))).to.deep.equal(['tsl']);
    expect(existsSync(join(packageDir, 'lib/napi-v8/tfjs_binding.node'))).to.equal(true);
  });

  for (const [signal, leaves] of [
    ['SIGTERM', 'nothing'],
    ['SIGKILL', 'a folder that the next run removes'],
  ] as const) {
    it(`leaves the package as it was and beside it ${leaves}, ended by ${signal} in the middle`, async () => {
      installCompiler();
      installProgram('python3', '[ "$3" = download ] || exit 0; exec sleep 3');
      const packageDir = installPackage({});
      const before = readdirSync(packageDir);

      const first = start(packageDir);
      await first.until('downloading');
      first.child.kill(signal);
      await first.ended;
      expect(readdirSync(packageDir)).to.deep.equal(before);
      expect(siblings(packageDir).length).to.equal(signal === 'SIGKILL' ? 2 : 1);

      installProgram('python3', 'exit 1');
      const {output} = await start(packageDir).ended;
      expect(output).to.contain('does not work yet');
      expect(siblings(packageDir)).to.deep.equal(['tfjs-node']);
    });
  }
});
