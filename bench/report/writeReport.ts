import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import type {BackendResult} from '../results.js';
import {drawings} from './drawings.js';
import {page} from './page.js';

/** Makes the plots and the page of all results in a folder. */
export async function writeReport(folder: string, file: string): Promise<void> {
  const order = ['tensorflow', 'wasm', 'cpu', 'webgl', 'webgpu'];
  const place = ({backend}: BackendResult) =>
    (order.indexOf(backend) + order.length + 1) % (order.length + 1);
  const results = readdirSync(folder)
    .filter(name => /^[a-z]+\.json$/.test(name))
    .map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BackendResult)
    .sort((a, b) => place(a) - place(b));
  const svgs = await drawings(results);
  for (const [name, svg] of Object.entries(svgs)) writeFileSync(join(folder, `${name}.svg`), svg);
  const pathTo = (name: string) => relative(dirname(file), join(folder, `${name}.svg`));
  writeFileSync(file, page(results, pathTo));
}
