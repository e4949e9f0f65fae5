import * as vega from 'vega';
import {compile} from 'vega-lite';

/** Readable on white and on black, and told apart by colour-blind eyes. */
export const colours = [
  '#3b82d6',
  '#e07b1f',
  '#2c9f6b',
  '#c25aa8',
  '#a58a12',
  '#7a70d8',
  '#d0504a',
  '#5d8f9e',
];

const svgStyle =
  'svg:root{color:#222;background:#fff}@media(prefers-color-scheme:dark){svg:root{color:#ddd;background:#16181c}}';

const quiet = {titleColor: 'currentColor', labelColor: 'currentColor'};
const config = {
  font: 'system-ui, sans-serif',
  background: null,
  view: {stroke: null},
  title: {color: 'currentColor', fontSize: 13, anchor: 'start'},
  axis: {
    ...quiet,
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.15,
  },
  legend: {...quiet, labelLimit: 300},
  header: quiet,
  range: {category: colours},
};

/** Draws a chart of Vega-Lite as the source text of an SVG, in colours for light and dark pages. */
export async function svgOf(chart: Readonly<Record<string, unknown>>): Promise<string> {
  const view = new vega.View(vega.parse(compile({...chart, config} as never).spec), {renderer: 'none'});
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace('>', `><style>${svgStyle}</style>`);
}
