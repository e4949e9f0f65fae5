import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Application} from 'typedoc';
import {root} from '../paths.js';
import {ApiPage} from './apiPage.js';

/** The groups of the reference, in the order of the sidebar; a page goes into the first that takes it. */
const groups = [
  {name: 'Optimizers', takes: ({kind, file}) => kind === 'Class' && file.startsWith('src/optimizers/')},
  {name: 'Plugins', takes: ({kind, file}) => kind === 'Class' && file.startsWith('src/plugins/')},
  {name: 'Core', takes: ({kind}) => ['Class', 'Function', 'Namespace', 'Variable'].includes(kind)},
  {name: 'Types', takes: () => true},
];

/** Writes a page for each thing that the package exports, an index of them, and `pages.json` for the sidebar. */
export async function writeApi(folder) {
  const app = await Application.bootstrap({
    entryPoints: [join(root, 'src', 'index.ts')],
    tsconfig: join(root, 'tsconfig.build.json'),
    basePath: root,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    // The project compiles with another TypeScript than the one that TypeDoc reads it with.
    skipErrorChecking: true,
    disableGit: true,
    sourceLinkTemplate: 'unused',
    sort: ['source-order'],
    logLevel: 'Error',
    validation: false,
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc read nothing');

  const sources = new Map();
  const linesOf = file => {
    if (!sources.has(file)) sources.set(file, readFileSync(join(root, file), 'utf8').split('\n'));
    return sources.get(file);
  };
  const names = project.children.map(({name}) => name).filter(name => !isOptions(name, project));
  const files = filesOf(names);
  const pages = names.map(name => new ApiPage(project.getChildByName(name), {linesOf, files}));

  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder, {recursive: true});
  for (const page of pages) writeFileSync(join(folder, `${page.page}.md`), page.text());
  const grouped = groups.map(({name, takes}, i) => ({
    name,
    pages: pages
      .filter(page => groups.findIndex(group => group.takes(page)) === i && takes(page))
      .sort((a, b) => a.name.localeCompare(b.name, 'en'))
      .map(({name, page, what}) => ({name, file: page, what})),
  }));
  writeFileSync(join(folder, 'index.md'), indexOf(grouped));
  writeFileSync(join(folder, 'pages.json'), JSON.stringify(grouped));
}

/** The page of each name; of two that differ in capitals only, which many disks take for one, the later has another. */
function filesOf(names) {
  const taken = new Set();
  const files = new Map();
  for (const name of [...names].sort().reverse()) {
    files.set(name, taken.has(name.toLowerCase()) ? `${name}-type` : name);
    taken.add(name.toLowerCase());
  }
  return files;
}

/** Whether these are the options of another export, all of which its doc comment tells. */
function isOptions(name, project) {
  const reflection = project.getChildByName(name);
  return (
    name.endsWith('Options') &&
    project.getChildByName(name.slice(0, -7)) !== undefined &&
    !reflection.children
  );
}

function indexOf(grouped) {
  const tables = grouped.map(({name, pages}) => {
    const rows = pages.map(page => `| [\`${page.name}\`](/api/${page.file}) | ${page.what} |`);
    return `## ${name}\n\n| name | what it is |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  return `# API

Everything that \`tfjs-inject\` exports, from the comments of the sources. Its other entries are \`tfjs-inject/schedules\`, which has
the functions of [\`schedules\`](/api/schedules) by name, \`tfjs-inject/register\`, which makes all classes known to
\`tf.loadLayersModel\`, and \`tfjs-inject/node\`, which loads tfjs-node.

${tables.join('\n')}`;
}
