import {fileURLToPath} from 'node:url';

/** The folder of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** What is made for the site before VitePress reads it, from the project's folder. */
export const made = 'out/site-pages';

/** The finished site, from the project's folder. */
export const finished = 'out/site';

/** Below which path a server has the site. */
export const base = process.env.SITE_BASE ?? '/';
