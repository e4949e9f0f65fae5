import type {Run} from '../../experiment.js';
import {medianOf} from '../../judge.js';
import type {Point} from '../../report/charts.js';
import type {CurvePoint} from '../../training.js';

type WithCurve = Run<unknown, {readonly curve: readonly CurvePoint[]}>;

/** The training loss of runs over their steps. A run that diverged is infinite from there on. */
export function trainingCurve(runs: readonly WithCurve[], series: string, panel?: string): Point[] {
  const steps = [...new Set(runs.flatMap(({outcome}) => outcome.curve.map(({step}) => step)))];
  return steps
    .sort((a, b) => a - b)
    .map(step => ({
      series,
      x: step,
      ...medianOf(runs, ({outcome}) => lossAt(outcome.curve, step)),
      ...(panel !== undefined && {panel}),
    }));
}

function lossAt(curve: readonly CurvePoint[], step: number): number {
  const loss = curve.find(point => point.step === step)?.loss;
  return loss === undefined || Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
}
