import * as vega from 'vega';
import {compile} from 'vega-lite';

/** Readable on white and on black, and told apart by colour-blind eyes. */
const colours = ['#3b82d6', '#e07b1f', '#2c9f6b', '#c25aa8', '#a58a12', '#7a70d8', '#d0504a', '#5d8f9e'];

/**
 * Draws the validation losses over steps and over gradient evaluations, and the training losses over steps.
 * Text and axes take the colour of their surroundings (currentColor), so that the picture suits dark pages.
 *
 * @returns the picture as the source text of an SVG
 */
export async function drawLosses(results) {
  const view = new vega.View(vega.parse(compile(chartSpec(results)).spec), {renderer: 'none'});
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace('>', `><style>${svgStyle}</style>`);
}

/** For the picture alone: inside the page, the svg is not the root, and takes the page's colours. */
const svgStyle =
  'svg:root{color:#222;background:#fff}@media(prefers-color-scheme:dark){svg:root{color:#ddd;background:#16181c}}';

function chartSpec(results) {
  const points = results.flatMap(({name, curve}) => curve.map(point => ({optimizer: name, ...point})));
  const quiet = {
    titleColor: 'currentColor',
    labelColor: 'currentColor',
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 400,
  };
  return {
    data: {
      values: points.filter(point => Number.isFinite(point.loss) && Number.isFinite(point.validationLoss)),
    },
    hconcat: [
      panel('Held-out text', 'validationLoss', {field: 'step', title: 'steps'}),
      panel('Held-out text, by cost', 'validationLoss', {field: 'gradients', title: 'gradient evaluations'}),
      panel('Training text', 'loss', {field: 'step', title: 'steps'}),
    ],
    spacing: 28,
    resolve: {scale: {y: 'shared', color: 'shared'}},
    config: {
      font: 'system-ui, sans-serif',
      background: null,
      view: {stroke: null},
      title: {color: 'currentColor', fontSize: 13, fontWeight: 600, anchor: 'start'},
      axis: {
        ...quiet,
        domainColor: 'currentColor',
        tickColor: 'currentColor',
        gridColor: 'currentColor',
        gridOpacity: 0.15,
      },
      legend: {
        ...quiet,
        orient: 'top',
        symbolType: 'stroke',
        symbolStrokeWidth: 3,
        labelFontSize: 12,
        labelLimit: 300,
      },
    },
  };

  function panel(title, field, x) {
    return {
      title,
      width: 270,
      height: 260,
      mark: {type: 'line', point: {size: 16}, strokeWidth: 2, clip: true},
      encoding: {
        x: {
          ...x,
          type: 'quantitative',
          axis: {title: x.title, tickCount: 4, labelOverlap: false, labelFlush: false},
        },
        y: {
          field,
          type: 'quantitative',
          scale: {zero: false},
          axis: {title: 'loss (nats per character)'},
        },
        color: {
          field: 'optimizer',
          type: 'nominal',
          scale: {domain: results.map(({name}) => name), range: colours},
          legend: {title: null},
        },
      },
    };
  }
}
