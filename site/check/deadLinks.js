import {existsSync, readFileSync, statSync} from 'node:fs';
import {join, posix} from 'node:path';

/** What a page asks for by itself, which may come from nowhere else than the site. */
const asking = ['link', 'script', 'img', 'source', 'iframe'];

/** For each page, what its links lead to that is not there: files, and anchors of pages. */
export function deadLinks(folder, pages, base) {
  const texts = new Map(pages.map(page => [page, readFileSync(join(folder, page), 'utf8')]));
  const anchors = new Map([...texts].map(([page, text]) => [page, anchorsOf(text)]));
  return new Map([...texts].map(([page, text]) => [page, linksOf(text).filter(link => isDead(link, page))]));

  function isDead({tag, target}, page) {
    if (/^(data|mailto):/.test(target)) return false;
    if (/^([a-z]+:)?\/\//.test(target)) return asking.includes(tag);
    const [path, anchor] = target.split('#');
    const file = path === '' ? page : fileAt(path, page);
    if (file === undefined) return true;
    return Boolean(anchor) && texts.has(file) && !anchors.get(file).has(decodeURIComponent(anchor));
  }

  function fileAt(path, page) {
    const plain = decodeURIComponent(path.split('?')[0]);
    if (plain.startsWith('/') && !plain.startsWith(base)) return undefined;
    const inSite = plain.startsWith('/') ? plain.slice(base.length) : posix.join(posix.dirname(page), plain);
    const full = join(folder, inSite);
    if (!existsSync(full)) return undefined;
    const file = statSync(full).isDirectory() ? posix.join(inSite, 'index.html') : inSite;
    return existsSync(join(folder, file)) ? file : undefined;
  }
}

const unescaped = text => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");

function linksOf(text) {
  const tags = text.matchAll(/<([a-z]+)\b[^>]*?\s(?:href|src)="([^"]*)"/g);
  return [...tags].map(([, tag, target]) => ({tag, target: unescaped(target)}));
}

const anchorsOf = text => new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => unescaped(id)));
