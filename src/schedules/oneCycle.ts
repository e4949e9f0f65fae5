import {InjectError} from '../errors.js';
import {flag, integer, number, oneOf} from '../inject/options.js';
import {schedule} from './shared/schedule.js';
import {given, value} from './shared/scheduleSpecs.js';

/**
 * One rise to the highest value and one fall far below where it began, over the whole training ("super-convergence").
 *
 * Formula: with p = pctStart and N = totalSteps, from one to the next of these, by cosine or line:
 *     maxValue/divFactor at 0 → maxValue at p·N − 1 → maxValue/(divFactor·finalDivFactor) at N − 1, where it stays
 * and with threePhase, falling as long as it rose before the last fall:
 *     … → maxValue at p·N − 1 → maxValue/divFactor at 2·p·N − 2 → maxValue/(divFactor·finalDivFactor) at N − 1
 *
 * torch moves the momentum (β₁) against the rate as well; here only the rate moves.
 *
 * @param options.maxValue        ≥ 0.
 * @param options.totalSteps      N: an integer ≥ 1.
 * @param options.pctStart        p, the share of the steps in which it rises. 0 to 1, with threePhase to ½. Default 0.3.
 * @param options.annealStrategy  `'cos'` or `'linear'`. Default `'cos'`.
 * @param options.divFactor       > 0. Default 25.
 * @param options.finalDivFactor  > 0. Default 10000.
 * @param options.threePhase      Default false.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.oneCycle({maxValue: 0.1, totalSteps: 1000});
 * @see Smith and Topin, "Super-Convergence", 2017, arXiv 1708.07120; torch's OneCycleLR, which is met at every step
 */
export const oneCycle = schedule(
  'oneCycle',
  {
    maxValue: given(value),
    totalSteps: given(integer(1, {min: 1})),
    pctStart: number(0.3, {min: 0, max: 1}),
    annealStrategy: oneOf('cos', 'cos', 'linear'),
    divFactor: number(25, {above: 0}),
    finalDivFactor: number(1e4, {above: 0}),
    threePhase: flag(false),
  },
  ({maxValue, totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor, threePhase}) => {
    if (threePhase && pctStart > 0.5) {
      throw new InjectError(
        'INVALID_OPTION',
        `pctStart of schedules.oneCycle must be ≤ 0.5 with threePhase; received ${pctStart}`,
      );
    }
    const initial = maxValue / divFactor;
    const last = totalSteps - 1;
    const top = pctStart * totalSteps - 1;
    const ends = threePhase ? [top, 2 * top, last] : [top, last];
    const values = [initial, maxValue, ...(threePhase ? [initial] : []), initial / finalDivFactor];
    return iterations => {
      const t = Math.min(iterations, last);
      let phase = 0;
      while (phase < ends.length - 1 && t > ends[phase]!) phase++;
      const start = phase === 0 ? 0 : ends[phase - 1]!;
      const length = ends[phase]! - start;
      // A phase without length is over when it begins.
      const share = length === 0 ? 1 : (t - start) / length;
      const [from, to] = [values[phase]!, values[phase + 1]!];
      if (annealStrategy === 'linear') return (to - from) * share + from;
      return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
    };
  },
);
