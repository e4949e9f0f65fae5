import type {RateSuggestion} from './rateSuggestion.js';

/** A plot of losses over learning rates, with what they suggest, as a specification that Vega-Lite draws. */
export function rateChart(
  rates: readonly number[],
  losses: readonly number[],
  suggestion: RateSuggestion,
  scale: 'log' | 'linear',
): Record<string, unknown> {
  const x = {
    field: 'learningRate',
    type: 'quantitative',
    scale: {type: scale, nice: false},
    axis: {format: '.0e'},
    title: 'learning rate',
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: 'Smoothed loss over learning rates',
    width: 460,
    height: 240,
    layer: [
      {
        data: {values: rates.map((learningRate, i) => ({learningRate, loss: losses[i]}))},
        mark: 'line',
        encoding: {x, y: {field: 'loss', type: 'quantitative', scale: {zero: false}, title: 'loss'}},
      },
      {
        data: {
          values: Object.entries(suggestion).map(([name, learningRate]) => ({
            suggestion: name,
            learningRate,
          })),
        },
        mark: {type: 'rule', strokeDash: [4, 3], strokeWidth: 2},
        encoding: {x, color: {field: 'suggestion', type: 'nominal', title: 'suggestion'}},
      },
    ],
  };
}
