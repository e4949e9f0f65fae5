import type {ProdigyOptions} from '../../src/index.js';
import type {Oracle} from './oracles.js';

/**
 * Prodigy in double precision, over all weights as one vector, with the averages as the paper has them. What lies
 * between θ and θ₀ is summed up from the steps: their difference would have lost most digits at the first of them.
 */
export function prodigyOracle(rate: number, options: ProdigyOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decay = 'decoupled'} = options;
  const {d0 = 1e-6, dCoef = 1, growthRate = 'none', useBiasCorrection, safeguardWarmup} = options;
  const {beta3: given = 'none'} = options;
  const beta3 = given === 'none' ? Math.sqrt(beta2) : given;
  let [d, largest, r, t] = [d0, d0, 0, 0];
  let elements: {m: number; v: number; s: number; gone: number}[] | undefined;
  return (weights, gradient) => {
    const w = weights.flatMap(values => [...values]);
    const g = gradient(weights)
      .flatMap(values => [...values])
      .map((value, i) => (decay === 'l2' ? value + weightDecay * w[i]! : value));
    t++;
    elements ??= w.map(() => ({m: 0, v: 0, s: 0, gone: 0}));
    const gamma = rate * d * (useBiasCorrection ? Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t) : 1);
    r = beta3 * r + (1 - beta3) * gamma * d * g.reduce((sum, each, i) => sum + each * elements![i]!.gone, 0);
    elements = elements.map(({m, v, s, gone}, i) => ({
      m: beta1 * m + (1 - beta1) * d * g[i]!,
      v: beta2 * v + (1 - beta2) * (d * g[i]!) ** 2,
      s: beta3 * s + (1 - beta3) * d * (safeguardWarmup ? d : gamma) * g[i]!,
      gone,
    }));
    const norm = elements.reduce((sum, {s}) => sum + Math.abs(s), 0);
    if (norm === 0) return weights;
    const estimate = (dCoef * r) / norm;
    const start = d === d0 ? Math.max(d, estimate) : d;
    largest = Math.max(largest, estimate);
    d = Math.min(largest, growthRate === 'none' ? Number.POSITIVE_INFINITY : start * growthRate);
    const decayed = decay === 'decoupled' ? weightDecay : 0;
    const steps = elements.map(({m, v}, i) => {
      const direction = beta1 === 0 ? d * g[i]! : m;
      return gamma * (decayed * w[i]! + (direction === 0 ? 0 : direction / (Math.sqrt(v) + d * epsilon)));
    });
    elements = elements.map((element, i) => ({...element, gone: element.gone + steps[i]!}));
    let i = 0;
    return weights.map(values => values.map(value => value - steps[i++]!));
  };
}
