import type {Interval} from '../../../bench/interval.js';
import {shown} from '../../../bench/report/table.js';
import type {Finding} from '../../experiment.js';
import {allOf, groupedBy, judge} from '../../judge.js';
import type {Row} from './rows.js';
import {firstOrder, limitOf, varianceOfRate} from './varianceOfRate.js';

/** A factor by which what is near may be off, and one for what is to be about the same. */
const [near, same] = [1.1, 1.25];

export function findingsOf(rows: readonly Row[]): Finding[] {
  const judged = rows.filter(({rho}) => rho > 4);
  const centred = judged.filter(({mean}) => mean === 0);
  const shifted = judged.filter(({mean}) => mean !== 0);
  const limit = ({beta2}: Row) => varianceOfRate(limitOf(beta2));
  const plain = Math.max(...centred.map(row => row.adam.median / limit(row)));
  return [
    falling(
      'With few gradients seen, the variance of the adaptive rate is large, and it falls with each further one.',
      centred,
    ),
    ...[...groupedBy(centred, ({beta2}) => String(beta2))].map(([beta2, own]) =>
      close(`Var[ψ] follows the closed form with ρₜ (β₂ = ${beta2}).`, near, own, row => [
        row.adam,
        varianceOfRate(row.rho),
      ]),
    ),
    close(
      'The first-order approximation of the variance is close, wherever it exists.',
      near,
      centred,
      row => [row.adam, firstOrder(row.rho)],
    ),
    close(
      "RAdam's rectified rate r·ψ has the same variance at every t, that of the closed form at ρ∞.",
      same,
      centred,
      row => [row.radam, limit(row)],
      `Adam's is up to ${plain.toFixed(0)} times that`,
    ),
    falling(
      'Where the mean of the gradients is not 0, the early variance is large and falls as well.',
      shifted,
    ),
    close(
      "The library's Adam has the variance that follows from its moving mean, without any approximation.",
      near,
      judged,
      row => [row.adam, row.exact],
    ),
  ];
}

/** Whether what was measured lies within a factor of what is expected, at every t. */
function close(
  claim: string,
  factor: number,
  rows: readonly Row[],
  compared: (row: Row) => [measured: Interval, expected: number],
  note?: string,
): Finding {
  const ratios = rows.map(row => {
    const ratio = quotient(...compared(row));
    const verdict = allOf(judge(ratio, 'above', 1 / factor), judge(ratio, 'below', factor));
    return {row, name: nameOf(row), ratio, verdict};
  });
  const sorted = [...ratios].sort((a, b) => a.ratio.median - b.ratio.median);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const others = ratios.filter(({verdict}) => verdict !== 'holds').map(({row}) => row);
  const evidence = [
    `measured over expected: from ${shown(least.ratio, 3)} at ${least.name} to ${shown(most.ratio, 3)} at ${most.name}`,
    ...(note ? [note] : []),
    `criterion: at every t told with ρₜ > 4 the whole interval within a factor of ${factor}`,
    ...(others.length > 0 ? [`not so at ${namesOf(others)}`] : []),
  ];
  return {claim, verdict: allOf(...ratios.map(({verdict}) => verdict)), evidence: evidence.join('; ')};
}

/** Whether the measured variance falls from each t to the next. */
function falling(claim: string, rows: readonly Row[]): Finding {
  const series = [...groupedBy(rows, ({beta2, mean}) => `${beta2} ${mean}`).values()];
  const ends = series.map(own => {
    const [first, last] = [own[0]!, own.at(-1)!];
    return `${shown(first.adam, 3)} at ${nameOf(first)}, ${shown(last.adam, 4)} at t = ${last.t}`;
  });
  const verdicts = series.flatMap(own =>
    own.slice(1).map((row, i) => judge(row.adam, 'below', own[i]!.adam.low)),
  );
  return {
    claim,
    verdict: allOf(...verdicts),
    evidence: `${ends.join('; ')}; criterion: at each t told with ρₜ > 4 the whole interval below that of the one before`,
  };
}

const nameOf = ({beta2, mean, t}: Row) => `β₂ = ${beta2}${mean === 0 ? '' : ` and mean ${mean}`}, t = ${t}`;

/** Several t of the same gradients in one. */
const namesOf = (rows: readonly Row[]) =>
  [...groupedBy(rows, ({beta2, mean}) => `${beta2} ${mean}`).values()]
    .map(([first, ...rest]) => [nameOf(first!), ...rest.map(({t}) => t)].join(', '))
    .join('; ');

const quotient = ({median, low, high, ...rest}: Interval, divisor: number): Interval => ({
  ...rest,
  median: median / divisor,
  low: low / divisor,
  high: high / divisor,
});
