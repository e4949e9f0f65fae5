import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Writes the library as one minified module that takes TensorFlow.js from the page's global `tf`. */
export async function buildPageFile(outfile) {
  await build({
    entryPoints: [`${root}/src/index.ts`],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    plugins: [{name: 'global tf', setup: takeGlobalTf}],
    logLevel: 'error',
  });
}

/** As CommonJS: a module would have to name all that it exports. */
function takeGlobalTf({onResolve, onLoad}) {
  onResolve({filter: /^@tensorflow\/tfjs-(core|layers)$/}, () => ({path: 'tf', namespace: 'global-tf'}));
  onLoad({filter: /.*/, namespace: 'global-tf'}, () => ({
    contents: "module.exports = require('./src/globalTf.ts').globalTf();",
    resolveDir: root,
  }));
}
