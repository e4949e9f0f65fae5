/**
 * Builds the site, or takes the one that is there with `--built`, and looks at every page, or at those under `--only FOLDER/`: all links and anchors lead
 * somewhere, axe finds nothing serious in light or dark, nothing is asked of other servers, a phone need not scroll
 * sideways. Ends with the counts, as the tests do.
 */
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {withBrowser} from '../scripts/browser/chromium.js';
import {deadLinks} from './check/deadLinks.js';
import {firstProgramRuns} from './check/firstProgramRuns.js';
import {lookAt} from './check/lookAt.js';
import {pagesOf} from './check/pagesOf.js';
import {playgroundTrains} from './check/playgroundTrains.js';
import {searchFinds} from './check/searchFinds.js';
import {serveFolder} from './check/serveFolder.js';
import {finished, root} from './paths.js';

const tabs = 3;
const folder = join(root, finished);
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : '';
let passed = 0;
let failed = 0;

const isLookedAt = page => page !== '404.html' && page.startsWith(only);

/** Menus are the same on all pages of a folder: some show them to axe. */
function seenElsewhere(page) {
  const isPattern =
    page.startsWith('source/') ||
    /(^|\/)index\.html$/.test(page) ||
    page === 'getStarted.html' ||
    page === 'cards/adam.html';
  return isPattern ? [] : ['.VPNav', '.VPSidebar', '.VPLocalNav'];
}

/** Counts one check, and says what was wrong. */
function count(title, problems) {
  if (problems.length === 0) passed++;
  else {
    failed++;
    console.log(`FAILED: ${title}\n${problems.map(problem => `    ${problem}\n`).join('')}`);
  }
}

/** What a check found, or what it threw. */
const tried = check => check.catch(error => [error.message]);

if (!process.argv.includes('--built')) {
  const build = fileURLToPath(new URL('build.js', import.meta.url));
  const env = {...process.env, SITE_BASE: '/'};
  const {status} = spawnSync(process.execPath, [build], {cwd: root, stdio: 'inherit', env});
  count('the site builds', status === 0 ? [] : [`status ${status}`]);
}

const pages = failed === 0 ? pagesOf(folder) : [];
for (const [page, links] of deadLinks(folder, pages, '/'))
  count(
    `the links of ${page} lead somewhere`,
    links.map(({target}) => target),
  );

if (pages.length > 0) {
  const {address, close} = await serveFolder(folder);
  await withBrowser(async newPage => {
    const waiting = pages.filter(isLookedAt);
    console.log(`looking at ${waiting.length} of ${pages.length} pages`);
    const work = async () => {
      const tab = await newPage();
      for (let page = waiting.shift(); page; page = waiting.shift())
        count(`nothing is wrong with ${page}`, await lookAt(tab, `${address}/${page}`, seenElsewhere(page)));
    };
    await Promise.all(Array.from({length: tabs}, work));
    count('the first program runs in a plain page', await tried(firstProgramRuns(await newPage())));
    for (const [title, problems] of await playgroundTrains(newPage, address)) count(title, problems);
    count('the search finds a card', await tried(searchFinds(await newPage(), address)));
  });
  close();
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
