import {readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import {root} from './paths.js';

/** All of src, and whatever else of the repository the docs lead to. */
export function linkedSources() {
  const under = folder =>
    readdirSync(join(root, folder), {recursive: true, withFileTypes: true}).map(entry =>
      join(entry.parentPath, entry.name).slice(root.length + 1),
    );
  const pages = [...readdirSync(root), ...under('docs')].filter(name => name.endsWith('.md'));
  const linked = pages.flatMap(page =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/(?<!!)\[[^\]]*\]\(([^)\s#:]+)[^)\s:]*\)/g)]
      .map(([, target]) => normalize(join(dirname(page), target)).replace(/\/$/, ''))
      .filter(path => !path.endsWith('.md') && !path.startsWith('docs') && /^(LICENSE$|[a-z]+\/)/.test(path)),
  );
  const whole = path => (statSync(join(root, path)).isDirectory() ? [path, ...under(path)] : [path]);
  // What somebody has installed in an example's folder is none of it.
  return [...new Set(['src', ...linked].flatMap(whole))]
    .filter(path => !path.includes('node_modules'))
    .sort();
}
