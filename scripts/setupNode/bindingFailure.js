import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const tryBinding = fileURLToPath(new URL('tryBinding.cjs', import.meta.url));

/** Why the native binding of the tfjs-node in this folder does not work, in one line; undefined where it works. */
export function bindingFailure(packageDir) {
  const env = {...process.env, TF_CPP_MIN_LOG_LEVEL: '3'};
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [tryBinding, packageDir],
      {env, timeout: 120_000},
      (error, _stdout, stderr) => {
        resolve(
          error ? (errorLine(stderr) ?? `ended by ${error.signal ?? `exit code ${error.code}`}`) : undefined,
        );
      },
    );
  });
}

/** The line of a program's output that says what went wrong: Node's uncaught error, else the last line. */
export function errorLine(output) {
  const lines = output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  return lines.find(line => /^(\w*Error|ERROR)\b/.test(line)) ?? lines.at(-1);
}
