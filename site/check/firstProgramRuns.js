import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {bundle} from '../../scripts/browser/bundle.js';
import {root} from '../paths.js';

/** What is wrong with the first program of getStarted as one file in a plain page, which that page says how to make. */
export async function firstProgramRuns(tab) {
  const [, program] = readFileSync(join(root, 'docs', 'getStarted.md'), 'utf8').match(/```js\n(.*?)```/s);
  const end = new Promise(resolve => {
    tab.on('pageerror', error => resolve([error.message]));
    tab.on('console', message => message.text().startsWith('validation loss') && resolve([]));
    setTimeout(resolve, 300_000, ['it has said nothing for five minutes']).unref();
  });
  await tab.goto('about:blank');
  await tab.addScriptTag({type: 'module', content: await bundle(program)});
  return end;
}
