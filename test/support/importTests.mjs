import {pathToFileURL} from 'node:url';
import Mocha from 'mocha';

export {mochaHooks} from './backend.ts';

/**
 * Mocha first tries to `require` a test file, which tsx then turns into CommonJS; whatever is reached by `import()`
 * or uses a top-level `await` would be a second copy of our modules beside it. Tests load the modules as users do.
 */
Mocha.prototype.loadFilesAsync = async function loadFilesAsync() {
  // Else `run` would load them once more, by `require`.
  this.lazyLoadFiles(true);
  for (const file of this.files) {
    this.suite.emit('pre-require', globalThis, file, this);
    const module = await import(pathToFileURL(file).href);
    this.suite.emit('require', module, file, this);
    this.suite.emit('post-require', globalThis, file, this);
  }
};
