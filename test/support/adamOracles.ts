import type {AdamaxOptions, AdamOptions, AdamWOptions, NAdamOptions, RAdamOptions} from '../../src/index.js';
import {decayed, elementwise} from './elementwise.js';
import type {Oracle} from './oracles.js';

/** Adam and its kin in double precision, from the formulas with m̂ and v̂ as the papers write them. */

export function adamOracle(rate: number, options: AdamOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, epsilonOn, amsgrad, amsgradOn} = options;
  return elementwise([0, 0, 0], (w0, g0, [m0, v0, max0], t) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const m = beta1 * m0! + (1 - beta1) * g;
    const v = beta2 * v0! + (1 - beta2) * g ** 2;
    const correction = 1 - beta2 ** t;
    const isHat = amsgradOn === 'corrected';
    const max = Math.max(max0!, isHat ? v / correction : v);
    const vHat = !amsgrad ? v / correction : isHat ? max : max / correction;
    // (√v + ε)/√(1 − β₂ᵗ) = √v̂ + ε/√(1 − β₂ᵗ)
    const stability = epsilonOn === 'uncorrected' ? epsilon / Math.sqrt(correction) : epsilon;
    return [w - (rate * (m / (1 - beta1 ** t))) / (Math.sqrt(vHat) + stability), m, v, max];
  });
}

export function adamWOracle(rate: number, options: AdamWOptions): Oracle {
  return adamOracle(rate, {weightDecay: 0.01, decay: 'decoupled', ...options});
}

export function radamOracle(rate: number, options: RAdamOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, epsilonOn, threshold = 5, unrectified} = options;
  return elementwise([0, 0], (w0, g0, [m0, v0], t) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const m = beta1 * m0! + (1 - beta1) * g;
    const v = beta2 * v0! + (1 - beta2) * g ** 2;
    const mHat = m / (1 - beta1 ** t);
    const end = 2 / (1 - beta2) - 1;
    const rho = end - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    if (rho <= threshold) return [unrectified === 'skip' ? w0 : w - rate * mHat, m, v];
    const r = Math.sqrt(((((rho - 4) / (end - 4)) * (rho - 2)) / (end - 2)) * (end / rho));
    const unbias = Math.sqrt(1 - beta2 ** t);
    const root =
      epsilonOn === 'corrected' ? Math.sqrt(v) / unbias + epsilon : (Math.sqrt(v) + epsilon) / unbias;
    return [w - (rate * r * mHat) / root, m, v];
  });
}

export function nadamOracle(rate: number, options: NAdamOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, momentumDecay: psi = 0.004} = options;
  const mu = (t: number) => (psi === 'none' ? beta1 : beta1 * (1 - 0.96 ** (t * psi) / 2));
  const productTo = (t: number) => Array.from({length: t}, (_, i) => mu(i + 1)).reduce((a, b) => a * b);
  return elementwise([0, 0], (w0, g0, [m0, v0], t) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const m = beta1 * m0! + (1 - beta1) * g;
    const v = beta2 * v0! + (1 - beta2) * g ** 2;
    const direction = (mu(t + 1) * m) / (1 - productTo(t + 1)) + ((1 - mu(t)) * g) / (1 - productTo(t));
    return [w - (rate * direction) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon), m, v];
  });
}

export function adamaxOracle(rate: number, options: AdamaxOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, epsilonOn = 'gradient'} = options;
  const [inside, outside] = epsilonOn === 'gradient' ? [epsilon, 0] : [0, epsilon];
  return elementwise([0, 0], (w0, g0, [m0, u0], t) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const m = beta1 * m0! + (1 - beta1) * g;
    const u = Math.max(beta2 * u0!, Math.abs(g) + inside);
    return [w - (rate * (m / (1 - beta1 ** t))) / (u + outside), m, u];
  });
}
