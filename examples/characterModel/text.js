import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {UserError} from './userError.js';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const topPages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** Below this, a tenth of the text is too little to measure a loss on. */
const fewestCharacters = 2000;

/**
 * Reads the user's file, or else the project's own documentation as one text.
 *
 * @returns `{text, source}`, where source names what was read
 */
export async function readText(file) {
  const {text, source} = file === undefined ? await readDocumentation() : await readUserText(file);
  if (text.trim() === '') throw new UserError(`${source} is empty: there is nothing to learn from`);
  if (text.length < fewestCharacters) {
    const count = text.length.toLocaleString('en');
    const least = fewestCharacters.toLocaleString('en');
    throw new UserError(
      `${source}: the text must have at least ${least} characters, this one has ${count}; name a longer one with --text FILE`,
    );
  }
  return {text, source};
}

async function readUserText(file) {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') throw new UserError(`there is no file ${file}`);
    if (error.code === 'EISDIR') throw new UserError(`${file} is a folder: --text takes a file`);
    throw new UserError(`${file} cannot be read: ${error.message}`);
  }
  if (text.includes('\0')) throw new UserError(`${file} is not a text: it holds zero bytes`);
  return {text: normalize(text), source: file};
}

async function readDocumentation() {
  const files = await documentationFiles();
  const pages = await Promise.all(files.map(file => readFile(file, 'utf8')));
  const count = files.length === 1 ? '1 page' : `${files.length} pages`;
  return {text: normalize(pages.join('\n')), source: `the project's documentation (${count})`};
}

async function documentationFiles() {
  const top = (await readdir(projectRoot)).filter(name => topPages.includes(name));
  top.sort((a, b) => topPages.indexOf(a) - topPages.indexOf(b));
  return [...top.map(name => join(projectRoot, name)), ...(await markdownBelow(join(projectRoot, 'docs')))];
}

async function markdownBelow(folder) {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
  return entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.md'))
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .sort((a, b) => (relative(folder, a) < relative(folder, b) ? -1 : 1));
}

function normalize(text) {
  return text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
}
