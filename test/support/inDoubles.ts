import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The last line, a JSON object, of what a script of this folder prints over a TensorFlow.js whose tensors are double. */
export async function inDoubles(script: string, ...options: string[]): Promise<string> {
  const {stdout} = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--import', path('float64Preload.mjs'), path(script), ...options],
    {maxBuffer: 1e9, env: {...process.env, TFJS_INJECT_BACKEND: 'cpu'}},
  );
  return stdout.slice(stdout.lastIndexOf('\n{') + 1);
}
