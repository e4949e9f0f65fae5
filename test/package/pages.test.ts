import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Page} from 'playwright-core';
import {chromiumCommand, withPage} from '../../scripts/browser/chromium.js';
import {expectLearned} from './learned.js';
import {root} from './packed.js';
import {newestProject} from './projects.js';

/** What stands in a page when its training is over; `fileOf` tells where a file lies that the page loads. */
function learnedIn(address: string, fileOf: (url: URL) => string | undefined): Promise<string> {
  return withPage(async (page: Page) => {
    const failure = new Promise<never>((_, reject) => {
      page.on('pageerror', reject);
      page.route('**/*', async route => {
        try {
          const path = fileOf(new URL(route.request().url()));
          await route.fulfill(path ? {path, headers: headersOf(path)} : {status: 404});
        } catch (error) {
          reject(error);
        }
      });
    });
    const learned = page.goto(address).then(() => page.locator('#weights', {hasText: /\d/}).textContent());
    return (await Promise.race([failure, learned])) ?? '';
  });
}

function headersOf(path: string): Record<string, string> {
  const type = path.endsWith('.html') ? 'text/html' : 'text/javascript';
  return {'content-type': `${type};charset=utf-8`, 'access-control-allow-origin': '*'};
}

/** As the CDN answers: a package without a path is the file that its package.json names for it. */
function onCdn({pathname}: URL): string {
  const [, name, range, path] = /^\/npm\/((?:@[^/]+\/)?[^/@]+)@([^/]+)(\/.*)?$/.exec(pathname)!;
  const folder = join(newestProject().path, 'node_modules', name!);
  const {version, jsdelivr} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!version.startsWith(`${range}.`))
    throw new Error(`${name}@${range} was asked for; ${version} is installed`);
  return join(folder, path ?? jsdelivr);
}

describe('the installed package in Chromium', () => {
  before(function () {
    if (!chromiumCommand()) this.skip();
  });

  it('trains as Vite builds it, with no class that the page does not use', async () => {
    const folder = newestProject().path;
    const vite = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
    execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error'], {cwd: folder, stdio: 'pipe'});
    const assets = join(folder, 'dist', 'assets');
    const code = readdirSync(assets)
      .map(name => readFileSync(join(assets, name), 'utf8'))
      .join('\n');
    const classes = [...code.matchAll(/["'`]tfjs-inject\/(\w+)["'`]/g)].map(([, name]) => name);
    expect([...new Set(classes)].sort()).to.deep.equal(['Heun', 'Lookahead']);

    const learned = await learnedIn('http://vite.test/', ({pathname}) =>
      join(folder, 'dist', pathname === '/' ? 'index.html' : pathname),
    );
    expectLearned(learned, 1e-5);
  });

  it('trains in a plain page, as the one file beside the global tf of a CDN', async () => {
    const page = join(root, 'examples', 'plainHtml', 'index.html');
    const learned = await learnedIn('http://plain.test/', url =>
      url.hostname === 'plain.test' ? (url.pathname === '/' ? page : undefined) : onCdn(url),
    );
    expectLearned(learned, 1e-5);
  });
});
