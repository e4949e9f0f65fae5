import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The text of a module, with all that it imports, as a page loads it; paths are from the project's folder. */
export async function bundle(contents) {
  const {outputFiles} = await build({
    stdin: {contents, resolveDir: root},
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The package says that its files have no side effects; those of the modules are what is wanted.
    ignoreAnnotations: true,
    logLevel: 'error',
  });
  return outputFiles[0].text;
}
