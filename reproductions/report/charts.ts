import type {Interval} from '../../bench/interval.js';
import type {Chart} from '../experiment.js';

export interface Axis {
  readonly title: string;
  readonly isLog?: boolean;
  /** What lies outside is cut off. */
  readonly domain?: readonly [number, number];
}

export interface Point extends Pick<Interval, 'median' | 'low' | 'high'> {
  readonly series: string;
  readonly x: number | string;
  /** The panel beside others that the point belongs to, where there are several. */
  readonly panel?: string;
}

export interface Curves {
  readonly x: Axis;
  readonly y: Axis;
  readonly points: readonly Point[];
  /** Of each panel, in pixels. */
  readonly width?: number;
}

/** Medians joined by lines, each with its interval: a band where x is a number, else a bar. */
export function curves({x, y, points, width = 300}: Curves): Chart {
  const finite = points.filter(({low, high}) => Number.isFinite(low) && Number.isFinite(high));
  const series = [...new Set(points.map(each => each.series))];
  const panels = [...new Set(finite.map(({panel}) => panel))];
  const isNumber = points.every(each => typeof each.x === 'number');
  const along = isNumber
    ? {field: 'x', type: 'quantitative', title: x.title, scale: scaleOf(x), axis: axisOf(x)}
    : {field: 'x', type: 'ordinal', title: x.title, sort: [...new Set(points.map(each => each.x))]};
  const up = (field: string) => ({
    field,
    type: 'quantitative',
    title: y.title,
    scale: scaleOf(y),
    axis: axisOf(y),
  });
  const color = {
    field: 'series',
    type: 'nominal',
    scale: {domain: series},
    legend: {
      title: null,
      orient: 'top',
      columns: 4,
      symbolType: 'stroke',
      symbolStrokeWidth: 3,
      symbolOpacity: 1,
    },
  };
  const interval = isNumber
    ? {
        mark: {type: 'area', opacity: 0.18, clip: true},
        encoding: {x: along, y: up('low'), y2: {field: 'high'}, color},
      }
    : {
        mark: {type: 'rule', strokeWidth: 2, clip: true},
        encoding: {x: along, y: up('low'), y2: {field: 'high'}, color},
      };
  const median = {
    mark: {type: 'line', strokeWidth: 2, clip: true, point: {size: 24}},
    encoding: {x: along, y: up('median'), color},
  };
  const panelled = panels.length > 1;
  const view = {width, height: 240, layer: [interval, median]};
  const data = {values: finite};
  if (!panelled) return {data, ...view};
  return {data, facet: {column: {field: 'panel', type: 'nominal', sort: panels, title: null}}, spec: view};
}

function scaleOf({isLog, domain}: Axis) {
  return {...(isLog ? {type: 'log', nice: false} : {zero: false}), ...(domain ? {domain} : {})};
}

/** A line for each digit of a logarithmic axis would be a wall of them. */
function axisOf({isLog}: Axis) {
  return isLog ? {tickCount: 6, format: '~g'} : {};
}
