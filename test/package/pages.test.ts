import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Page} from 'playwright-core';
import {chromiumCommand, withPage} from '../../scripts/browser/chromium.js';
import {expectLearned} from './learned.js';
import {root} from './packed.js';
import {newestProject} from './projects.js';

/** Opens a page, whose requests find `fileOf` or no file at all, and reads something of it. */
function opened<T>(
  address: string,
  fileOf: (url: URL) => string | undefined,
  read: (page: Page) => Promise<T>,
): Promise<T> {
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
    return await Promise.race([failure, page.goto(address).then(() => read(page))]);
  });
}

/** The weights that an example shows when its training is over. */
const learned = async (page: Page) => (await page.locator('#weights', {hasText: /\d/}).textContent()) ?? '';

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

    const fileOf = ({pathname}: URL) => join(folder, 'dist', pathname === '/' ? 'index.html' : pathname);
    expectLearned(await opened('http://vite.test/', fileOf, learned), 1e-5);
  });

  it('trains in a plain page, as the one file beside the global tf of a CDN', async () => {
    const page = join(root, 'examples', 'plainHtml', 'index.html');
    expectLearned(await opened('http://plain.test/', besides(page), learned), 1e-5);
  });

  it("shows Monitor's numbers by tfjs-vis, as the page of the recipe stands", async () => {
    const recipe = readFileSync(join(root, 'docs', 'recipes', 'watchTraining.md'), 'utf8');
    const [, html] = /^```html\n(<!doctype html>.*?)^```/ms.exec(recipe)!;
    const file = newestProject().write('watchTraining.html', html!);
    const charts = await opened('http://plain.test/', besides(file), async page => {
      await page.getByText('Afterwards').waitFor();
      await page.waitForFunction(
        () => document.querySelectorAll('.vega-embed :is(canvas, svg)').length === 5,
      );
      return page.locator('.vega-embed').count();
    });
    expect(charts).to.equal(5);
  });
});

/** A page of ours, and all else from the CDN. */
function besides(file: string): (url: URL) => string | undefined {
  return url => {
    if (url.hostname !== 'plain.test') return onCdn(url);
    return url.pathname === '/' ? file : undefined;
  };
}
