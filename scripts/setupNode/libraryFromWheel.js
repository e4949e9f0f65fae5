import {existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {runOrThrow} from './runWatched.js';
import {SetupError} from './setupError.js';

/** The last release whose wheel ships the whole C API as one library, with headers that the sources compile against. */
const WHEEL = 'tensorflow-cpu==2.15.1';

// Named in full, pip finds the wheel whatever the version of the Python that runs it.
const WHEEL_TAGS = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'];
const WHEEL_PLATFORM = ['--platform', 'manylinux2014_x86_64'];

const PIP_HINT =
  'Where no distribution matches, pip is too old for this wheel: python3 -m pip install --upgrade pip';

const LIBRARIES = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
};
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/c/', 'tsl/platform/'];

const UNZIP = `
import sys, zipfile
wheel, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith(tuple(prefixes)):
            archive.extract(name, target)
`;

/** Lays out TensorFlow's library and headers as `deps` in the staging folder, as the package's own installer would. */
export async function libraryFromWheel(staging, {python}) {
  // pip keeps what it is loading in TMPDIR: inside the staging folder it is seen as progress, and goes with it.
  const options = {cwd: staging, env: {...process.env, TMPDIR: staging}};
  const pip = ['-m', 'pip', 'download', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
  await runOrThrow(
    'downloading',
    python,
    [...pip, ...WHEEL_TAGS, ...WHEEL_PLATFORM, '--dest', staging, WHEEL],
    {...options, hint: PIP_HINT},
  );
  const wheel = readdirSync(staging).find(name => name.endsWith('.whl'));
  if (!wheel) throw new SetupError(`pip said that it downloaded ${WHEEL}, but there is no wheel.`);

  const wanted = [
    ...Object.values(LIBRARIES).map(library => `tensorflow/${library}`),
    ...HEADERS.map(folder => `tensorflow/include/${folder}`),
  ];
  await runOrThrow('unpacking', python, ['-c', UNZIP, wheel, 'unpacked', ...wanted], options);
  rmSync(join(staging, wheel));

  const lib = join(staging, 'deps', 'lib');
  mkdirSync(lib, {recursive: true});
  for (const [link, library] of Object.entries(LIBRARIES)) {
    const unpacked = join(staging, 'unpacked', 'tensorflow', library);
    if (!existsSync(unpacked)) throw new SetupError(`There is no tensorflow/${library} in ${wheel}.`);
    renameSync(unpacked, join(lib, library));
    symlinkSync(library, join(lib, link));
  }
  renameSync(join(staging, 'unpacked', 'tensorflow', 'include'), join(staging, 'deps', 'include'));
}
