import type {Interval} from '../../../bench/interval.js';
import {table} from '../../../bench/report/table.js';
import {Ranger} from '../../../src/index.js';
import type {Effort, Finding, Report, Run} from '../../experiment.js';
import {judge, medianOf, pairedDifference} from '../../judge.js';
import {curves} from '../../report/charts.js';
import type {CurvePoint} from '../../training.js';
import {rectificationAt} from '../shared/rectificationAt.js';
import {trainingCurve} from '../shared/trainingCurve.js';
import {type Setting, stepsOf, type Task, triedBy, tuningSeedsOf} from './contest.js';
import {type Contestant, contestants, lookahead, momentum} from './contestants.js';
import {bestOf, mostRates} from './tuning.js';

interface WithCurve {
  readonly curve: readonly CurvePoint[];
}

export interface Told<O> {
  /** That the plots' names begin with. */
  readonly experiment: string;
  readonly task: Task<O>;
  /** What is scored, such as 'held-out error'. */
  readonly measure: string;
  readonly show: (score: Interval) => string;
  readonly showDifference: (difference: Interval) => string;
  /** One score without an interval. */
  readonly showScore: (score: number) => string;
  readonly how: string;
}

/** What the article that brought the three together says of them, in pairs: the first is better. */
const claims: readonly (readonly [Contestant, Contestant])[] = [
  ['Ranger', 'Adam'],
  ['Ranger', 'SGD with momentum'],
  ['Ranger', 'RAdam'],
  ['Ranger', 'Lookahead around Adam'],
  ['RAdam', 'Adam'],
  ['Lookahead around Adam', 'Adam'],
];

export function reportOf<O extends WithCurve>(
  told: Told<O>,
  runs: readonly Run<Setting, O>[],
  effort: Effort,
): Report {
  const of = (contestant: Contestant) =>
    runs.filter(({setting}) => setting.contestant === contestant && setting.stage === 'told');
  const score = ({outcome}: Run<Setting, O>) => told.task.score(outcome);
  const pairs = claims.map(([a, b]) => ({a, b, difference: pairedDifference(of(a), of(b), score)}));
  const {beta2} = new Ranger().options;
  const steps = stepsOf(told.task, effort);
  const name = `${told.experiment}-curves`;
  return {
    findings: pairs.map(
      ({a, b, difference}): Finding => ({
        claim: `${a} does better than ${b}, each with its tuned learning rate.`,
        verdict: judge(difference, 'below', 0),
        evidence: `${capitalized(told.measure)}: that of ${a} minus that of ${b} is ${told.showDifference(difference)}. It holds below 0.`,
      }),
    ),
    body: `## How it was done

${told.how}

Each optimizer has the library's defaults, but for the learning rate, SGD's momentum of ${momentum}, and Lookahead's k = ${lookahead.k} and α = ${lookahead.alpha}. Rates were chosen
by the mean over seeds that are not told (${tuningSeedsOf(effort).join(', ')}), on data that results are not told by: three rates for each, and the next one beyond as long as the
best lies at an end, at most ${mostRates} in all. Each step is one gradient for every one of them. The last step is a sync of Lookahead and of Ranger, so that their slow weights
and their fast ones are the same. RAdam and Ranger do not leave their own warm-up in so short a training: with β₂ = ${beta2} it multiplies what would be Adam's step by
${rectificationAt(steps, beta2).toFixed(2)} at the last one. A tuned rate makes up for that on the whole, but not at each step.

![Training loss over steps, by optimizer](${name}.svg)

## Results

${table(
  ['', 'learning rate', told.measure],
  contestants.map(each => [
    each,
    String(of(each)[0]!.setting.learningRate),
    told.show(medianOf(of(each), score)),
  ]),
)}

## Tuning

${tuningTable(told, runs)}`,
    charts: {
      [name]: curves({
        x: {title: 'steps'},
        y: {title: 'training loss'},
        points: contestants.flatMap(each => trainingCurve(of(each), each)),
        width: 460,
      }),
    },
  };
}

/** The rates that were tried, the chosen one in bold. */
function tuningTable<O>({task, measure, showScore}: Told<O>, runs: readonly Run<Setting, O>[]): string {
  const rows = contestants.map(contestant => {
    const tried = triedBy(
      task,
      runs.filter(({setting}) => setting.contestant === contestant),
    );
    const chosen = bestOf(tried);
    const cells = tried.map(each => {
      const cell = `${each.learningRate}: ${showScore(each.score)}`;
      return each === chosen ? `**${cell}**` : cell;
    });
    return [contestant, cells.join(', ')];
  });
  return table(['', `learning rate: ${measure}, mean over the tuning seeds`], rows);
}

const capitalized = (text: string) => text[0]!.toUpperCase() + text.slice(1);
