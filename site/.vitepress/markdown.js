import {relative} from 'node:path';
import {base, root} from '../paths.js';
import {linkOn} from '../siteMap.js';

/** The anchor of a heading as GitHub makes it, so that one link serves the repository and the site. */
export const slugify = heading =>
  heading
    .toLowerCase()
    .trim()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

/** What the pages of the repository need to be pages of a site. */
export function adapt(md) {
  // A link leads from file to file in the repository; here the files have other places.
  md.core.ruler.push('places', ({tokens, env}) => {
    for (const token of tokens.flatMap(({children}) => children ?? [])) {
      if (token.type !== 'link_open') continue;
      const target = token.attrGet('href');
      if (/^([a-z]+:|#)/.test(target)) continue;
      const page = relative(root, env.realPath ?? env.path);
      const place = target.startsWith('/') ? target : linkOn(page, decodeURI(target));
      const isSource = place.startsWith('/source/');
      token.attrSet('href', isSource ? base + place.slice(1) : place);
      // No page of VitePress: its router must leave it to the browser.
      if (isSource) token.attrSet('target', '_self');
    }
  });

  // Wide tables scroll by themselves, by keyboard too.
  md.renderer.rules.table_open = () => '<div class="table" tabindex="0" role="region" aria-label="Table"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
}
