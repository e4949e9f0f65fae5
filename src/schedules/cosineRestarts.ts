import {number} from '../inject/options.js';
import {schedule} from './shared/schedule.js';
import {given, steps, value} from './shared/scheduleSpecs.js';

/**
 * Half a cosine again and again (SGDR), each tMult times as long as the one before.
 *
 * Formula, with period i from Tᵢ on, of length Lᵢ = firstDecaySteps·tMultⁱ:
 *     v(t) = v₀·((1 − alpha)·mMultⁱ·½·(1 + cos(π·(t − Tᵢ)/Lᵢ)) + alpha)
 *
 * @param options.initialValue     v₀ ≥ 0.
 * @param options.firstDecaySteps  length of the first period. > 0.
 * @param options.tMult            ≥ 1. Default 2.
 * @param options.mMult            what each period's height is multiplied by. ≥ 0. Default 1.
 * @param options.alpha            the least value, as a share of v₀. ≥ 0. Default 0.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.cosineRestarts({initialValue: 0.01, firstDecaySteps: 100});
 * @see Loshchilov and Hutter, "SGDR", ICLR 2017, eq. 5; Keras's CosineDecayRestarts; torch's CosineAnnealingWarmRestarts,
 *     whose `T_mult` is 1 where it is not given
 */
export const cosineRestarts = schedule(
  'cosineRestarts',
  {
    initialValue: given(value),
    firstDecaySteps: given(steps),
    tMult: number(2, {min: 1}),
    mMult: {...value, fallback: 1},
    alpha: value,
  },
  ({initialValue, firstDecaySteps, tMult, mMult, alpha}) =>
    t => {
      let [length, height, since] = [firstDecaySteps, 1, t];
      if (tMult === 1) {
        const periods = Math.floor(t / length);
        since = t - periods * length;
        height = mMult ** periods;
      }
      // By sums, which are exact for whole numbers, where logarithms miss a period's first step.
      while (since >= length) {
        since -= length;
        length *= tMult;
        height *= mMult;
      }
      const half = 0.5 * height * (1 + Math.cos((Math.PI * since) / length));
      return initialValue * ((1 - alpha) * half + alpha);
    },
);
