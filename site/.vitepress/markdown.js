import {readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {base, made, root} from '../paths.js';
import {linkOn} from '../siteMap.js';

/** The anchor of a heading as GitHub makes it, so that one link serves the repository and the site. */
export const slugify = heading =>
  heading
    .toLowerCase()
    .trim()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

const exported = JSON.parse(readFileSync(join(root, made, 'api', 'pages.json'), 'utf8')).flatMap(
  ({pages}) => pages,
);

/** Greek letters with a combining accent, each in an element of its own. */
const accented = html => html.replace(/\p{Script=Greek}\p{M}/gu, '<span class="accented">$&</span>');

/** The pages of the reference that a card is about. */
const classesOf = card =>
  exported.filter(({name}) => {
    const [plain, wanted] = [name, card].map(each => each.toLowerCase());
    return plain === wanted || (card === 'scheduleFree' && plain.startsWith(wanted));
  });

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

  // A card leads to its class in the reference, of which the repository has no pages.
  md.core.ruler.after('block', 'also', state => {
    const [, card] = (state.env.relativePath ?? '').match(/^cards\/(\w+)\.md$/) ?? [];
    const classes = card === 'index' || card === undefined ? [] : classesOf(card);
    if (classes.length === 0) return;
    const links = classes.map(({name, file}) => `[API of ${name}](/api/${file})`);
    const paragraph = [
      new state.Token('paragraph_open', 'p', 1),
      new state.Token('inline', '', 0),
      new state.Token('paragraph_close', 'p', -1),
    ];
    paragraph[0].attrSet('class', 'also');
    paragraph[1].content = [...links, '[all optimizers and plugins](/overview)'].join(' · ');
    paragraph[1].children = [];
    state.tokens.splice(state.tokens.findIndex(({type}) => type === 'heading_close') + 1, 0, ...paragraph);
  });

  const {fence} = md.renderer.rules;
  md.renderer.rules.fence = (...words) => {
    const html = fence(...words);
    return html.includes('class="language-text') ? accented(html) : html;
  };
  // What is indented is a formula, too.
  md.renderer.rules.code_block = (tokens, i, ...words) => {
    tokens[i].info = 'text';
    return md.renderer.rules.fence(tokens, i, ...words);
  };

  // Wide tables scroll by themselves, by keyboard too.
  md.renderer.rules.table_open = () =>
    '<div class="table" tabindex="0" role="region" aria-label="Table"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
}
