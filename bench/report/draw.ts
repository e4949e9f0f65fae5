import {colours, svgOf} from './svgOf.js';

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

/** Draws medians with their intervals on a logarithmic axis, as the source text of an SVG. */
export function draw(drawing: Drawing): Promise<string> {
  return svgOf(chart(drawing));
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
  return {
    title,
    width: 460,
    ...(isNames ? {height: {step: 14}} : {height: 240}),
    data: {values: points.map(point => ({...point, at: Number(point.name)}))},
    layer: [
      {mark: {type: 'rule', strokeWidth: 2}, encoding: {...encode('low'), ...ends, ...colour}},
      ...(isNames ? [] : [{mark: {type: 'line'}, encoding: {...encode('median'), ...colour}}]),
      {mark: {type: 'point', filled: true, size: 45}, encoding: {...encode('median'), ...colour}},
    ],
  };
}
