import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  'README.md',
  'README.zh-CN.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...(readdirSync(join(root, 'docs'), {recursive: true}) as string[])
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
];

/** A page's prose: what is code has no links. */
const proseOf = (page: string) =>
  readFileSync(join(root, page), 'utf8')
    .replace(/^( *)(```+|~~~+).*?^\1\2$/gms, '')
    .replace(/`[^`\n]*`/g, code => code.replace(/[[\]()]/g, ''));

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...proseOf(page).matchAll(/^#+ +(.*?) *$/gm)].map(([, heading]) => {
    const slug = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    const earlier = seen.get(slug) ?? 0;
    seen.set(slug, earlier + 1);
    return earlier === 0 ? slug : `${slug}-${earlier}`;
  });
}

describe('the links of the docs', () => {
  for (const page of pages) {
    it(`lead to files and headings that are there: ${page}`, () => {
      const dead = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target]) => target!)
        .filter(target => !/^[a-z]+:/.test(target))
        .filter(target => {
          const [path, anchor] = target.split('#') as [string, string?];
          const file = path === '' ? page : normalize(join(dirname(page), path));
          const full = join(root, file);
          if (!existsSync(full)) return true;
          if (anchor === undefined) return false;
          return statSync(full).isDirectory() || !file.endsWith('.md') || !anchorsOf(file).includes(anchor);
        });
      expect(dead).to.deep.equal([]);
    });
  }

  it('lead from README to every recipe', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    for (const recipe of pages.filter(page => page.startsWith(join('docs', 'recipes'))))
      expect(readme).to.contain(`](${recipe})`);
  });
});
