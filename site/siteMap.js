import {existsSync, statSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import {made, root} from './paths.js';

/** Pages that are not in docs, by their place on the site. */
const elsewhere = {
  'README.md': 'readme.md',
  'README.zh-CN.md': 'zh/index.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
  'SECURITY.md': 'security.md',
};

/** The colours of code. */
export const themes = {light: 'github-light-high-contrast', dark: 'github-dark-high-contrast'};

/** Folders whose pages keep their names. */
const folders = ['docs', 'site/pages', made];

/** What VitePress must not take for a page. */
const pages = [
  ...Object.keys(elsewhere).map(name => name.replace('.md', '')),
  ...folders.map(folder => `${folder}/**/*`),
];
export const notPages = [`!(${pages.join('|')}).md`];

/** The place on the site of a page of the repository. */
export function placeOf(page) {
  const folder = folders.find(each => page.startsWith(`${each}/`));
  return elsewhere[page] ?? (folder ? page.slice(folder.length + 1) : page);
}

/** Folders of the repository that are something else on the site than a list of files. */
const listings = {'docs/cards': '/cards/', 'docs/recipes': '/recipes/', docs: '/'};

/**
 * Where a link of a page leads on the site; both are given as the repository has them. A page leads to a page, and a file
 * or folder to its page among the sources.
 */
export function linkOn(page, target) {
  const [path, anchor] = target.split('#');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (path === '') return target;
  const file = normalize(join(dirname(page), path)).replace(/\/$/, '');
  if (listings[file]) return listings[file] + hash;
  if (file.endsWith('.md')) return `/${placeOf(file)}${hash}`;
  return sourceLink(file) + hash;
}

/** The page of a source file or folder. */
export function sourceLink(file) {
  const full = join(root, file);
  if (!existsSync(full)) throw new Error(`a link leads to ${file}, which is not there`);
  return statSync(full).isDirectory() ? `/source/${file}/` : `/source/${file}.html`;
}
