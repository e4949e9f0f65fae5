import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {basename, dirname, extname, join} from 'node:path';
import {createHighlighter} from 'shiki';
import {commentAbove} from './api/docComment.js';
import {root} from './paths.js';
import {sourceLink, themes} from './siteMap.js';

const languages = {'.ts': 'ts', '.js': 'js', '.json': 'json', '.py': 'python', '.html': 'html'};

/** Longer files are cut: data, which nobody reads to its end. */
const mostLines = 600;

/**
 * Writes a page for each source file and folder that the docs or the reference lead to. They are plain pages and no part of
 * VitePress: two hundred of them would double the time of its build, and fill the search.
 */
export async function writeSources(folder, files, base) {
  const highlighter = await createHighlighter({
    themes: Object.values(themes),
    langs: Object.values(languages),
  });
  const highlighted = (text, lang) => highlighter.codeToHtml(text, {lang, themes, defaultColor: false});
  rmSync(folder, {recursive: true, force: true});
  for (const file of files) {
    const isFolder = statSync(join(root, file)).isDirectory();
    const page = join(folder, isFolder ? `${file}/index.html` : `${file}.html`);
    mkdirSync(dirname(page), {recursive: true});
    writeFileSync(page, pageOf(file, isFolder ? listOf(file, base) : codeOf(file, highlighted), base));
  }
  highlighter.dispose();
}

function codeOf(file, highlighted) {
  const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
  const html = highlighted(lines.slice(0, mostLines).join('\n'), languages[extname(file)] ?? 'text');
  return lines.length > mostLines ? `${html}\n<p>And ${lines.length - mostLines} lines more.</p>` : html;
}

function listOf(folder, base) {
  const entries = readdirSync(join(root, folder), {withFileTypes: true}).filter(
    ({name}) => name !== 'node_modules',
  );
  const rows = entries.map(entry => {
    const path = `${folder}/${entry.name}`;
    const what = entry.isDirectory() ? '' : purposeOf(path);
    return `<dt><a href="${base}${sourceLink(path).slice(1)}">${entry.name}</a></dt><dd>${escaped(what)}</dd>`;
  });
  return `<dl>\n${rows.join('\n')}\n</dl>`;
}

/** The first sentence of a file's comment on what it exports. */
function purposeOf(file) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const exported = lines.findIndex(
    (line, i) => /^export (?!type )/.test(line) && lines[i - 1]?.endsWith('*/'),
  );
  const comment = exported >= 0 ? commentAbove(lines, exported + 1) : undefined;
  const sentence = comment?.summary.match(/^.*?[.:](?=\s|$)/s)?.[0] ?? '';
  return sentence.replace(/:$/, '.').replace(/\s+/g, ' ').replaceAll('`', '');
}

/** The folders above, as far as they have pages: those of src. */
function trailOf(path, base) {
  const parts = path.split('/').slice(0, -1);
  return parts.map((part, i) => {
    const above = parts.slice(0, i + 1).join('/');
    return above.startsWith('src') ? `<a href="${base}${sourceLink(above).slice(1)}">${part}</a>` : part;
  });
}

const pageOf = (path, content, base) => `<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${path} | tfjs-inject</title>
<link rel="icon" href="data:,">
<script>
  // As the reader has chosen on the site's other pages.
  const chosen = localStorage.getItem('vitepress-theme-appearance') ?? 'auto';
  const isDark = chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', isDark);
</script>
<style>
  :root { --ground: #fff; --ink: #1f2937; --soft: #4b5563; --link: #0f766e; --line: #e2e5ea; color-scheme: light }
  .dark { --ground: #1b1b1f; --ink: #dfdfd6; --soft: #b6bdc8; --link: #5eead4; --line: #33353c; color-scheme: dark }
  body { margin: 0 auto; max-width: 1100px; padding: 0 24px 64px; background: var(--ground); color: var(--ink); font: 15px/1.6 system-ui, sans-serif }
  nav { padding: 18px 0; border-bottom: 1px solid var(--line) }
  h1 { font-size: 24px; overflow-wrap: anywhere }
  a { color: var(--link); text-underline-offset: 3px }
  pre { margin: 0; padding: 16px 0; overflow-x: auto; font: 13px/1.6 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: none !important }
  .shiki, .shiki span { color: var(--shiki-light) }
  .dark .shiki, .dark .shiki span { color: var(--shiki-dark) }
  dl { display: grid; grid-template-columns: minmax(min-content, 240px) 1fr; gap: 8px 24px }
  dd { margin: 0; color: var(--soft) }
  @media (max-width: 600px) { dl { display: block } dd { margin-bottom: 12px } }
</style>
<nav aria-label="Place"><a href="${base}index.html">tfjs-inject</a> / ${[...trailOf(path, base), basename(path)].join(' / ')}</nav>
<main>
<h1>${basename(path)}</h1>
${content}
</main>
</html>
`;

const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
