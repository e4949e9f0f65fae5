import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {made, root} from '../paths.js';

const read = path => readFileSync(join(root, path), 'utf8');

/** A page's own title: its first heading. */
const titleOf = page => read(page).match(/^# +(.*)$/m)[1];

const pagesIn = folder =>
  readdirSync(join(root, folder))
    .filter(name => name.endsWith('.md'))
    .map(name => `${folder}/${name}`);

/** A page of docs as an entry. */
const entryOf = (page, text = titleOf(page)) => ({
  text,
  link: page.replace(/^docs\/(.*)\.md$/, '/$1').replace(/\/index$/, '/'),
});

/** The cards, grouped as README's table has them: what the table lacks would be lost, and a test of the docs looks for it. */
export const cardGroups = read('README.md')
  .match(/^## What there is\n+((?:\|.*\n)+)/m)[1]
  .split('\n')
  .map(row => ({
    text: row.split('|')[1]?.trim(),
    pages: [...row.matchAll(/\]\((docs\/cards\/\w+\.md)\)/g)].map(([, page]) => page),
  }))
  .filter(({pages}) => pages.length > 0)
  .map(({text, pages}) => ({text, items: pages.map(page => entryOf(page))}));

const recipeLine = read('README.md').match(/^- Recipes, .*$/m)[0];
const recipes = [...recipeLine.matchAll(/\[([^\]]+)\]\((docs\/recipes\/\w+\.md)\)/g)].map(
  ([, text, page]) => ({text, page}),
);
const isComing = ({page}) => page.includes('/comingFrom');
const isWriting = ({page}) => page.includes('/write');
const asEntry = ({text, page}) =>
  entryOf(page, isComing({page}) ? titleOf(page) : text[0].toUpperCase() + text.slice(1));

/** The recipes in README's order, by the short names that it has for them. */
export const recipeGroups = [
  {text: 'Train', items: recipes.filter(each => !isComing(each) && !isWriting(each)).map(asEntry)},
  {text: 'Write your own', items: recipes.filter(isWriting).map(each => entryOf(each.page))},
  {text: 'Coming from', items: recipes.filter(isComing).map(asEntry)},
];

const guide = ['getStarted', 'concepts', 'whenNotToUse', 'glossary'].map(name => entryOf(`docs/${name}.md`));
const reference = ['overview', 'hooks', 'schedules', 'errors'].map(name => entryOf(`docs/${name}.md`));
const evidence = ['bench', 'reproductions/index', 'soak', 'kernels'].map(name => entryOf(`docs/${name}.md`));
const reproductions = pagesIn('docs/reproductions')
  .filter(page => !page.endsWith('/index.md'))
  .map(page => entryOf(page));
const project = [
  {text: 'README', link: '/readme'},
  {text: 'Architecture', link: '/architecture'},
  {text: 'Contributing', link: '/contributing'},
  {text: 'Changelog', link: '/changelog'},
  {text: 'Security', link: '/security'},
  {text: 'Sources', link: '/source/src/', target: '_self'},
];

const named = [...guide, ...reference, ...evidence].map(({link}) => `docs${link}.md`);
/** A page of docs that no list above names still has a place. */
const others = pagesIn('docs')
  .filter(page => page !== 'docs/index.md' && !named.includes(page))
  .map(page => entryOf(page));

const guideGroups = [
  {text: 'Guide', items: guide},
  {text: 'Reference', items: reference},
  {text: 'How it is made, and tried', items: [...evidence, ...others]},
  {text: 'The project', items: project},
];

const apiGroups = JSON.parse(read(`${made}/api/pages.json`)).map(({name, pages}) => ({
  text: name,
  items: pages.map(page => ({text: page.name, link: `/api/${page.file}`})),
}));

const allOf = (what, link) => ({items: [{text: `All ${what}`, link}]});

export const sidebar = {
  '/': guideGroups,
  '/cards/': [allOf('cards', '/cards/'), ...cardGroups],
  '/reproductions/': [{items: [entryOf('docs/reproductions/index.md'), ...reproductions]}],
  '/recipes/': [allOf('recipes', '/recipes/'), ...recipeGroups],
  '/api/': [allOf('exports', '/api/'), ...apiGroups],
  '/zh/': [],
};

export const nav = [
  {text: 'Guide', link: '/getStarted', activeMatch: '^/(getStarted|concepts|whenNotToUse|glossary)'},
  {text: 'Recipes', link: '/recipes/', activeMatch: '^/recipes/'},
  {text: 'Cards', link: '/cards/', activeMatch: '^/cards/'},
  {text: 'API', link: '/api/', activeMatch: '^/api/'},
  {text: 'Playground', link: '/playground'},
  {
    text: 'More',
    items: [
      {text: 'Reference', items: reference},
      {text: 'How it is made, and tried', items: evidence},
      {text: 'The project', items: project},
    ],
  },
];

/** The same places for readers of Chinese; what they lead to is in English. */
export const navInChinese = [
  {text: '快速上手', link: '/getStarted'},
  {text: '概念', link: '/concepts'},
  {text: '实例', link: '/recipes/'},
  {text: '卡片', link: '/cards/'},
  {text: 'API', link: '/api/'},
  {text: '错误码', link: '/errors'},
];
