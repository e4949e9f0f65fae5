import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from '../../paths.js';
import {cardGroups, recipeGroups} from '../sidebar.js';

/** The first sentence below a page's first heading, as plain text. */
function whatOf(link) {
  const text = readFileSync(join(root, `docs${link}.md`), 'utf8');
  const [paragraph] = text.split(/\n{2,}/).filter(part => !part.startsWith('#'));
  const [sentence] = paragraph.replaceAll('\n', ' ').match(/^.*?\.(?=\s|$)/) ?? [paragraph];
  return sentence
    .replace(/:$/, '.')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '');
}

const told = groups =>
  groups.map(({text, items}) => ({text, items: items.map(item => ({...item, what: whatOf(item.link)}))}));

export default {
  watch: ['../../../docs/**/*.md', '../../../README.md'],
  load: () => ({cards: told(cardGroups), recipes: told(recipeGroups)}),
};
