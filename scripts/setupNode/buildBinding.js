import {mkdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {runOrThrow} from './runWatched.js';

/** Compiles the package's C++ sources against the library in `deps`, to where the package will look for the binding. */
export async function buildBinding(staging, {compiler, nodeHeaders}) {
  const packageJson = join(staging, 'package.json');
  const binding = createRequire(packageJson)('@mapbox/node-pre-gyp').find(packageJson);
  const nodeApiVersion = /napi-v(\d+)/.exec(binding)?.[1] ?? '8';
  mkdirSync(dirname(binding), {recursive: true});

  const [command, ...words] = compiler;
  await runOrThrow(
    'compiling',
    command,
    [
      ...words,
      ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${nodeApiVersion}`],
      ...['-Ideps/include', `-I${nodeHeaders}`, 'binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
      ...['-o', binding, '-Ldeps/lib', '-ltensorflow', '-ltensorflow_framework'],
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    {cwd: staging},
  );
}
