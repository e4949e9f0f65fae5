import {elementwise, movingMean, type Operand, quotient} from '../../rules/index.js';

interface FormulaOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly beta3: number | 'none';
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly decay: 'decoupled' | 'l2';
  readonly d0: number;
  readonly dCoef: number;
  readonly growthRate: number | 'none';
  readonly safeguardWarmup: boolean;
}

export type ProdigySlot = 'm' | 'v' | 's' | 'start' | 'remainder' | 'd' | 'dMax' | 'numerator';

type Operands<K extends string> = Readonly<Record<K, Operand>>;

/** The elementwise parts of a step. While all gradients have been 0, so is the denominator, and nothing moves. */
export function prodigyFormulas(options: FormulaOptions) {
  const {beta1, beta2, epsilon, weightDecay, decay, d0, dCoef, growthRate, safeguardWarmup} = options;
  const beta3 = options.beta3 === 'none' ? Math.sqrt(beta2) : options.beta3;
  return {
    average: elementwise('prodigy', (operands: Operands<ProdigySlot | 'weight' | 'gradient' | 'rate'>) => {
      const {weight, gradient, m, v, s, start, remainder, d} = operands;
      const g = weightDecay > 0 && decay === 'l2' ? gradient.add(weight.mul(weightDecay)) : gradient;
      const scaled = g.mul(d);
      // A weight that somebody else has written has nothing to do with what the one before had rounded away.
      const isOwn = remainder.abs().lessEqual(weight.abs().mul(2 ** -20));
      const kept = isOwn.select(remainder, 0);
      const factor = d.div(d0).mul(safeguardWarmup ? d : d.mul(operands.rate));
      return {
        g,
        m: movingMean(m, scaled, beta1),
        v: movingMean(v, scaled.mul(scaled), beta2),
        s: s.mul(beta3).add(g.mul(factor)),
        remainder: kept,
        distance: start.sub(weight).sub(kept),
      };
    }),
    accumulate: elementwise(
      'prodigy',
      ({
        numerator,
        progress,
        denominator,
        d,
        rate: factor,
      }: Operands<'numerator' | 'progress' | 'denominator' | 'd' | 'rate'>) => {
        const gained = progress.mul(d.div(d0)).mul(d.mul(factor));
        return {numerator: denominator.equal(0).select(numerator, numerator.mul(beta3).add(gained))};
      },
    ),
    estimate: elementwise(
      'prodigy',
      ({numerator, denominator, d, dMax}: Operands<'numerator' | 'denominator' | 'd' | 'dMax'>) => {
        const estimate = quotient(numerator.mul(dCoef), denominator, 0);
        const maximum = dMax.maximum(estimate);
        if (growthRate === 'none') return {d: maximum, dMax: maximum};
        const grown = d.equal(d0).select(d.maximum(estimate), d).mul(growthRate);
        return {d: denominator.equal(0).select(d, maximum.minimum(grown)), dMax: maximum};
      },
    ),
    move: elementwise(
      'prodigy',
      ({
        weight,
        remainder,
        g,
        m,
        v,
        d,
        next,
        rate: factor,
        denominator,
      }: Operands<'weight' | 'remainder' | 'g' | 'm' | 'v' | 'd' | 'next' | 'rate' | 'denominator'>) => {
        const rateNow = d.mul(factor);
        const direction = beta1 === 0 ? g.mul(next) : m;
        const step = quotient(direction.mul(rateNow), v.sqrt(), epsilon === 0 ? 0 : next.mul(epsilon));
        const isDecoupled = weightDecay > 0 && decay === 'decoupled';
        const change = isDecoupled ? step.add(weight.mul(rateNow.mul(weightDecay))) : step;
        // Kahan's summation: what θ cannot hold of a change goes into the next one.
        const whole = remainder.sub(change);
        const moved = weight.add(whole);
        const isIdle = denominator.equal(0);
        return {
          weight: isIdle.select(weight, moved),
          remainder: isIdle.select(remainder, whole.sub(moved.sub(weight))),
        };
      },
    ),
  };
}
