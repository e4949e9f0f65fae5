import {Lookahead, SGD} from '../../../src/index.js';
import {type Effort, seedsOf} from '../../experiment.js';

export interface Setting {
  readonly seed: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly momentum: number;
  /** None where SGD is alone. */
  readonly lookahead: {readonly k: number; readonly alpha: number} | null;
}

type Arm = Omit<Setting, 'seed' | 'steps'>;

/** What stays while another setting is varied. k and α are the library's defaults. */
export const base = {learningRate: 0.1, momentum: 0.9, lookahead: {k: 5, alpha: 0.5}} as const;
export const rates = [0.03, 0.1, 0.3, 1];
export const momenta = [0.9, 0.95, 0.99];
export const ks = [5, 10, 20];
export const alphas = [0.2, 0.5, 0.8];

/** A multiple of every k, so that each training ends with a sync. */
export const stepsOf = ({isQuick}: Effort) => (isQuick ? 20 : 60);

const isBase = ({learningRate, momentum}: Arm) =>
  learningRate === base.learningRate && momentum === base.momentum;
const isBaseLookahead = ({lookahead}: Arm) =>
  lookahead?.k === base.lookahead.k && lookahead.alpha === base.lookahead.alpha;

/** Which runs belong to the sweep over one setting. */
export const sweeps = {
  rates: (arm: Arm) => arm.momentum === base.momentum && (!arm.lookahead || isBaseLookahead(arm)),
  momenta: (arm: Arm) => arm.learningRate === base.learningRate && (!arm.lookahead || isBaseLookahead(arm)),
  lookaheads: (arm: Arm) => isBase(arm) && arm.lookahead !== null,
  alone: (arm: Arm) => isBase(arm) && arm.lookahead === null,
} as const;

export function settingsOf(effort: Effort): Setting[] {
  const around = [null, base.lookahead];
  const arms: Arm[] = [
    ...rates.flatMap(learningRate => around.map(lookahead => ({...base, learningRate, lookahead}))),
    ...momenta
      .filter(momentum => momentum !== base.momentum)
      .flatMap(momentum => around.map(lookahead => ({...base, momentum, lookahead}))),
    ...ks.filter(k => k !== base.lookahead.k).map(k => ({...base, lookahead: {...base.lookahead, k}})),
    ...alphas
      .filter(alpha => alpha !== base.lookahead.alpha)
      .map(alpha => ({...base, lookahead: {...base.lookahead, alpha}})),
  ];
  return arms.flatMap(arm => seedsOf(effort).map(seed => ({seed, steps: stepsOf(effort), ...arm})));
}

export const nameOf = ({lookahead}: Pick<Arm, 'lookahead'>) =>
  lookahead ? 'Lookahead around SGD' : 'SGD with momentum';

export const optimizerFor = ({learningRate, momentum}: Setting) => new SGD({learningRate, momentum});
export const pluginsFor = ({lookahead}: Setting) => (lookahead ? [new Lookahead(lookahead)] : []);
