import {readdirSync} from 'node:fs';

/** The pages of a finished site, by their paths in its folder. */
export const pagesOf = folder =>
  readdirSync(folder, {recursive: true})
    .filter(name => name.endsWith('.html'))
    .map(name => name.replaceAll('\\', '/'))
    .sort();
