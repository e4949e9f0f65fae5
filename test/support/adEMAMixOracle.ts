import type {AdEMAMixOptions} from '../../src/index.js';
import type {Oracle} from './oracles.js';

/** Pagliardini et al., algorithm 1; β₃'s warm-up by half-lives, as the text derives it. */
export function adEMAMixOracle(rate: number, options: AdEMAMixOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, beta3: lastBeta3 = 0.9999, alpha: lastAlpha = 5} = options;
  const {epsilon = 1e-8, epsilonRoot = 0, weightDecay = 0, decay = 'decoupled'} = options;
  const share = (t: number, steps = 0) => (steps > 0 ? Math.min(t / steps, 1) : 1);
  const halfLife = (beta: number) => Math.log(0.5) / Math.log(beta);
  const memory: {m1: number; m2: number; nu: number}[] = [];
  let t = 0;
  return (weights, gradient) => {
    t++;
    const alpha = lastAlpha * share(t, options.alphaWarmupSteps);
    const s = share(t, options.beta3WarmupSteps);
    const beta3 = 0.5 ** (1 / ((1 - s) * halfLife(beta1) + s * halfLife(lastBeta3)));
    let n = 0;
    const gradients = gradient(weights);
    return weights.map((values, i) =>
      values.map((value, j) => {
        const g = gradients[i]![j]! + (decay === 'l2' ? weightDecay * value : 0);
        memory[n] ??= {m1: 0, m2: 0, nu: 0};
        const slots = memory[n++]!;
        slots.m1 = beta1 * slots.m1 + (1 - beta1) * g;
        slots.m2 = beta3 * slots.m2 + (1 - beta3) * g;
        slots.nu = beta2 * slots.nu + (1 - beta2) * g * g;
        const root = Math.sqrt(slots.nu / (1 - beta2 ** t) + epsilonRoot) + epsilon;
        const mixed = slots.m1 / (1 - beta1 ** t) + alpha * slots.m2;
        const shrunk = {l2: 0, decoupled: rate * weightDecay, independent: weightDecay}[decay] * value;
        return value - shrunk - (root === 0 ? 0 : (rate * mixed) / root);
      }),
    );
  };
}
