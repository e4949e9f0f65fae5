import {type Interval, medianInterval} from '../../../bench/interval.js';
import {table} from '../../../bench/report/table.js';
import type {Finding, Report} from '../../experiment.js';
import {judge} from '../../judge.js';
import {curves, type Point} from '../../report/charts.js';
import {type MethodName, methods, momentum} from './methods.js';
import {type ProblemName, problems} from './problems.js';
import {contestants, type HeunRun, problemNames} from './settings.js';

/** Whoever has this share of the distance left, or more, has not come nearer. */
const nearer = 0.99;

/** Heun as an optimizer, against others. */
export function contestReport(runs: readonly HeunRun[]): Report {
  const rivals: readonly [ProblemName, MethodName][] = [
    ['quadratic', 'SGD'],
    ['valley', 'SGD'],
    ['network', 'SGD'],
    ['network', 'SGD with momentum'],
    ['game', 'ExtraGradient'],
  ];
  return {
    findings: [...rivals.map(([problem, rival]) => better(runs, problem, rival)), approaches(runs)],
    body: `## As an optimizer

Each has the learning rate of a grid that has the lowest median after all gradients, on starting points, data and noise that are not those told here, among the rates at which none of them diverged; the momentum is ${momentum}. All
have the same number of gradients. Heun and ExtraGradient take two in a step, so that SGD with as many *steps* is SGD after half the gradients, at the same rate.

${problemNames.map(problem => `**${upper(problems[problem].title)}**: ${problems[problem].measured}, after ${problems[problem].gradients} gradients.\n\n${tableOf(runs, problem)}`).join('\n\n')}

![What each problem measures, against the number of gradients](heun-contests.svg)`,
    charts: {'heun-contests': chart(runs)},
  };
}

const upper = (text: string) => text[0]!.toUpperCase() + text.slice(1);

function told(runs: readonly HeunRun[], problem: ProblemName, method: MethodName) {
  for (const {setting: s, outcome} of runs)
    if (s.part === 'told' && s.problem === problem && s.method === method) return {outcome, rate: s.rate};
  throw new RangeError(`There is no run of ${method} on ${problem}`);
}

const scientific = ({median, low, high}: Interval) => {
  const show = (value: number) => (Number.isFinite(value) ? value.toPrecision(3) : 'diverged');
  return `${show(median)} (${show(low)} to ${show(high)})`;
};

function better(runs: readonly HeunRun[], problem: ProblemName, rival: MethodName): Finding {
  const its = told(runs, problem, rival).outcome.at(-1)!;
  const own = told(runs, problem, 'Heun').outcome.at(-1)!;
  // Two that diverged are equal.
  const ratio = medianInterval(own.map((value, seed) => (value === its[seed] ? 1 : value / its[seed]!)));
  return {
    claim: `With as many gradients, Heun gets further than ${rival}: ${problems[problem].title}.`,
    verdict: judge(ratio, 'below', 1),
    evidence: `${problems[problem].measured}: Heun ${scientific(medianInterval(own))}, ${rival} ${scientific(medianInterval(its))}, ratio ${scientific(ratio)}; criterion: the whole interval of the ratio below 1`,
  };
}

/** Neither it nor SGD does by theory, and the best rate of both is the smallest: which one is further off says little. */
function approaches(runs: readonly HeunRun[]): Finding {
  const distance = medianInterval(told(runs, 'game', 'Heun').outcome.at(-1)!);
  return {
    claim: 'Heun approaches the solution of a bilinear game.',
    verdict: judge(distance, 'below', nearer),
    evidence: `${problems.game.measured}: ${scientific(distance)}, at the best rate; criterion: the whole interval below ${nearer}`,
  };
}

function tableOf(runs: readonly HeunRun[], problem: ProblemName): string {
  const {rates} = problems[problem];
  const rows = contestants.map(method => {
    const {outcome, rate} = told(runs, problem, method);
    const edge = rate === rates[0] ? ', the largest' : rate === rates.at(-1) ? ', the smallest' : '';
    const half =
      methods[method].phases === 1 ? scientific(medianInterval(outcome[outcome.length / 2 - 1]!)) : '';
    return [method, `${rate}${edge}`, scientific(medianInterval(outcome.at(-1)!)), half];
  });
  return table(['', 'best rate of the grid', 'with as many gradients', 'with as many steps as Heun'], rows);
}

function chart(runs: readonly HeunRun[]) {
  const points = problemNames.flatMap(problem =>
    contestants.flatMap(method => {
      const {outcome} = told(runs, problem, method);
      return outcome.map(
        (values, look): Point => ({
          series: method,
          x: ((look + 1) * problems[problem].gradients) / outcome.length,
          ...medianInterval(values),
          panel: problem,
        }),
      );
    }),
  );
  const chart = curves({
    x: {title: 'gradients'},
    y: {title: 'measured', isLog: true},
    points,
    width: 150,
  });
  // What the problems measure has different scales.
  return {...chart, resolve: {scale: {y: 'independent'}}};
}
