/**
 * Runs the bench's cases in Chromium, on one of its backends, and writes what was found:
 * `node scripts/bench/runInBrowser.js ASSIGNMENT`, which is JSON.
 */
import {writeFileSync} from 'node:fs';
import {runPage} from '../browser/runPage.js';

const {file, ...assignment} = JSON.parse(process.argv[2]);
const result = await runPage({
  title: 'Bench of tfjs-inject',
  modules: ['bench/inPage.ts'],
  query: new URLSearchParams({assignment: JSON.stringify(assignment)}),
  follow({line, result}) {
    if (line !== undefined) console.log(line);
    return result;
  },
});
writeFileSync(file, result);
