import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {defineConfig} from 'vitepress';
import {base, finished, made, root} from '../paths.js';
import {notPages, placeOf, themes} from '../siteMap.js';
import {adapt, slugify} from './markdown.js';
import {nav, navInChinese, sidebar} from './sidebar.js';

const logo = readFileSync(new URL('./logo.svg', import.meta.url), 'utf8');
const logoAddress = `data:image/svg+xml,${encodeURIComponent(logo.trim())}`;
const {description} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export default defineConfig({
  title: 'tfjs-inject',
  description,
  lang: 'en-GB',
  base,
  srcDir: root,
  srcExclude: notPages,
  outDir: join(root, finished),
  cacheDir: join(root, 'out', 'site-cache'),
  rewrites: placeOf,
  head: [
    ['link', {rel: 'icon', type: 'image/svg+xml', href: logoAddress}],
    ['meta', {name: 'theme-color', content: '#0f766e'}],
  ],
  markdown: {
    config: adapt,
    anchor: {slugify},
    theme: themes,
  },
  vite: {
    publicDir: join(root, made, 'public'),
    build: {chunkSizeWarningLimit: 3000},
  },
  locales: {
    root: {label: 'English', lang: 'en-GB'},
    zh: {
      label: '简体中文',
      lang: 'zh-CN',
      link: '/zh/',
      description: 'TensorFlow.js 的多步优化器与训练插件：在 fit 之前只加一行。',
      themeConfig: {
        nav: navInChinese,
        outline: {level: [2, 3], label: '本页目录'},
        darkModeSwitchLabel: '外观',
        lightModeSwitchTitle: '切换到浅色',
        darkModeSwitchTitle: '切换到深色',
        returnToTopLabel: '回到顶部',
        sidebarMenuLabel: '目录',
        langMenuLabel: '切换语言',
      },
    },
  },
  themeConfig: {
    logo: {src: logoAddress, alt: ''},
    nav,
    sidebar,
    // Only README is in Chinese: from any other page the menu leads there.
    i18nRouting: false,
    outline: {level: [2, 3]},
    search: {
      provider: 'local',
      options: {detailedView: true},
    },
    docFooter: {prev: 'Previous', next: 'Next'},
    externalLinkIcon: true,
    footer: {message: 'MIT licence'},
  },
});
