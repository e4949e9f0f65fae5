/**
 * Compile-only: `npm run types` reads this file. What an editor tells of the options that users write: names, types
 * and choices, which come from the specs that check them.
 */
import {
  Adam,
  type AdamOptions,
  AdamW,
  type AdamWOptions,
  Heun,
  NAdam,
  optimizerOf,
  option,
  type RangerOptions,
  type Rate,
  RMSprop,
  RungeKutta,
  type RungeKuttaOptions,
  SGD,
  type Tableau,
} from '../../src/index.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectSame<_T extends true>(): void {}

expectSame<Same<AdamOptions['learningRate'], Rate | undefined>>();
expectSame<Same<AdamOptions['beta1'], number | undefined>>();
expectSame<Same<AdamOptions['amsgrad'], boolean | undefined>>();
expectSame<Same<AdamOptions['decay'], 'l2' | 'decoupled' | 'independent' | undefined>>();
expectSame<Same<AdamWOptions['decay'], 'decoupled' | 'independent' | undefined>>();
expectSame<Same<keyof AdamWOptions, keyof AdamOptions>>();
expectSame<Same<RangerOptions['k'], number | undefined>>();
expectSame<Same<RungeKuttaOptions['tableau'], 'midpoint' | 'ralston' | 'rk4' | Tableau | undefined>>();

const {beta1, epsilonOn} = new Adam().options;
expectSame<Same<typeof beta1, number>>();
expectSame<Same<typeof epsilonOn, 'corrected' | 'uncorrected'>>();

new Heun();
new SGD({learningRate: step => 0.1 / (step + 1), momentum: 0.9, rateInVelocity: true});
new NAdam({momentumDecay: 'none'});
new RungeKutta({tableau: {a: [[], [0.5]], b: [0, 1]}});

// @ts-expect-error a number
new Adam({beta1: '0.9'});
// @ts-expect-error it is beta1
new Adam({beta_1: 0.9});
// @ts-expect-error it is 'l2'
new Adam({decay: 'L2'});
// @ts-expect-error AdamW's decay does not go through the gradient
new AdamW({decay: 'l2'});
// @ts-expect-error a number or 'none'
new NAdam({momentumDecay: 'keras'});
// @ts-expect-error true or false
new RMSprop({centered: 1});
// @ts-expect-error no such method
new RungeKutta({tableau: 'rk5'});
// @ts-expect-error a number or a function
new SGD({learningRate: '0.1'});
// @ts-expect-error options are an object
new SGD(0.1);
// @ts-expect-error options stay as they are
new Adam().options.beta1 = 0.5;

const own = {learningRate: option.rate(0.1), k: option.number(1), mode: option.oneOf('fast', 'fast', 'slow')};

class Own extends optimizerOf('Own', own) {
  getGroupedUpdates() {
    const {k, mode, learningRate} = this.options;
    expectSame<Same<typeof k, number>>();
    expectSame<Same<typeof mode, 'fast' | 'slow'>>();
    expectSame<Same<typeof learningRate, Rate>>();
    return [];
  }
}

new Own();
new Own({k: 2, mode: 'slow'});
// @ts-expect-error it is k
new Own({K: 2});
// @ts-expect-error a number
new Own({k: '2'});
// @ts-expect-error it is 'fast' or 'slow'
new Own({mode: 'faster'});
// @ts-expect-error without a learning rate
optimizerOf('Own', {k: option.number(1)});
// @ts-expect-error it has no update groups
export class Groupless extends optimizerOf('Groupless', own) {}
