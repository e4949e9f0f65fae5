import * as vega from 'vega';
import {compile} from 'vega-lite';

export interface Point {
  readonly backend: string;
  readonly name: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface Drawing {
  /** Whether names stand below each other, or are numbers along an axis. */
  readonly kind: 'names' | 'numbers';
  readonly title: string;
  readonly points: readonly Point[];
}

/** Readable on white and on black, and told apart by colour-blind eyes. */
const colours = ['#3b82d6', '#e07b1f', '#2c9f6b', '#c25aa8', '#a58a12'];
const svgStyle =
  'svg:root{color:#222;background:#fff}@media(prefers-color-scheme:dark){svg:root{color:#ddd;background:#16181c}}';

/** Draws medians with their intervals on a logarithmic axis, as the source text of an SVG. */
export async function draw(drawing: Drawing): Promise<string> {
  const spec = compile(chart(drawing) as never).spec;
  const view = new vega.View(vega.parse(spec), {renderer: 'none'});
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace('>', `><style>${svgStyle}</style>`);
}

function chart({kind, title, points}: Drawing) {
  const isNames = kind === 'names';
  const backends = [...new Set(points.map(({backend}) => backend))];
  const names = [...new Set(points.map(({name}) => name))];
  const ratio = {type: 'quantitative', scale: {type: 'log'}, title: 'ratio of times'};
  const along = isNames
    ? {field: 'name', type: 'nominal', sort: names, title: null, axis: {labelLimit: 220}}
    : {field: 'at', type: 'quantitative', scale: {type: 'log', base: 2}, title: null, axis: {format: '~s'}};
  const beside = isNames ? {yOffset: {field: 'backend', sort: backends}} : {};
  const encode = (field: string) =>
    isNames ? {x: {...ratio, field}, y: along, ...beside} : {y: {...ratio, field}, x: along};
  const colour = {
    color: {
      field: 'backend',
      type: 'nominal',
      scale: {domain: backends, range: colours},
      legend: {title: null, orient: 'top'},
    },
  };
  const ends = isNames ? {x2: {field: 'high'}} : {y2: {field: 'high'}};
  const quiet = {titleColor: 'currentColor', labelColor: 'currentColor'};
  return {
    title: {text: title, color: 'currentColor', fontSize: 13, anchor: 'start'},
    width: 460,
    ...(isNames ? {height: {step: 14}} : {height: 240}),
    data: {values: points.map(point => ({...point, at: Number(point.name)}))},
    layer: [
      {mark: {type: 'rule', strokeWidth: 2}, encoding: {...encode('low'), ...ends, ...colour}},
      ...(isNames ? [] : [{mark: {type: 'line'}, encoding: {...encode('median'), ...colour}}]),
      {mark: {type: 'point', filled: true, size: 45}, encoding: {...encode('median'), ...colour}},
    ],
    config: {
      font: 'system-ui, sans-serif',
      background: null,
      view: {stroke: null},
      axis: {
        ...quiet,
        domainColor: 'currentColor',
        tickColor: 'currentColor',
        gridColor: 'currentColor',
        gridOpacity: 0.15,
      },
      legend: quiet,
    },
  };
}
