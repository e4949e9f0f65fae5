import type {
  AdaBeliefOptions,
  AdadeltaOptions,
  AdagradOptions,
  AdanOptions,
  LionOptions,
  RMSpropOptions,
  RpropOptions,
} from '../../src/index.js';
import {decayed, elementwise} from './elementwise.js';
import type {Oracle} from './oracles.js';

/** Adaptive optimizers in double precision, from their papers; what a library does otherwise stands behind its option. */

const root = (square: number, epsilon: number, isInside = false) =>
  isInside ? Math.sqrt(square + epsilon) : Math.sqrt(square) + epsilon;

export function rmspropOracle(rate: number, options: RMSpropOptions): Oracle {
  const {rho = 0.99, momentum = 0, centered = false, epsilon = 1e-8, epsilonInside} = options;
  return elementwise([0, 0, 0], (w0, g0, [s0, m0, v0]) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const s = rho * s0! + (1 - rho) * g ** 2;
    const m = rho * m0! + (1 - rho) * g;
    const v = momentum * v0! + g / root(centered ? s - m ** 2 : s, epsilon, epsilonInside);
    return [w - rate * v, s, m, v];
  });
}

export function adagradOracle(rate: number, options: AdagradOptions): Oracle {
  const {initialAccumulator = 0, epsilon = 1e-10, epsilonInside} = options;
  return elementwise([initialAccumulator], (w0, g0, [s0]) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const s = s0! + g ** 2;
    return [w - (rate * g) / root(s, epsilon, epsilonInside), s];
  });
}

export function adadeltaOracle(rate: number, options: AdadeltaOptions): Oracle {
  const {rho = 0.9, epsilon = 1e-6} = options;
  return elementwise([0, 0], (w0, g0, [s0, x]) => {
    const [w, g] = decayed(w0, g0, rate, options);
    const s = rho * s0! + (1 - rho) * g ** 2;
    const step = Math.sqrt((x! + epsilon) / (s + epsilon)) * g;
    return [w - rate * step, s, rho * x! + (1 - rho) * step ** 2];
  });
}

export function lionOracle(rate: number, options: LionOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.99, decay = 'decoupled'} = options;
  return elementwise([0], (w0, g0, [m]) => {
    const [w, g] = decayed(w0, g0, rate, {...options, decay});
    return [w - rate * Math.sign(beta1 * m! + (1 - beta1) * g), beta2 * m! + (1 - beta2) * g];
  });
}

export function adaBeliefOracle(rate: number, options: AdaBeliefOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-16, rectify = false, decay = 'decoupled'} = options;
  return elementwise([0, 0], (w0, g0, [m0, s0], t) => {
    const [w, g] = decayed(w0, g0, rate, {...options, decay});
    const m = beta1 * m0! + (1 - beta1) * g;
    const s = beta2 * s0! + (1 - beta2) * (g - m) ** 2 + epsilon;
    const [mHat, sHat] = [m / (1 - beta1 ** t), s / (1 - beta2 ** t)];
    if (!rectify) return [w - (rate * mHat) / (Math.sqrt(sHat) + epsilon), m, s];
    const limit = 2 / (1 - beta2) - 1;
    const rho = limit - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    if (rho < 5) return [w - rate * mHat, m, s];
    const r = Math.sqrt(((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho));
    return [w - (rate * r * mHat * Math.sqrt(1 - beta2 ** t)) / (Math.sqrt(s) + epsilon), m, s];
  });
}

export function adanOracle(rate: number, options: AdanOptions): Oracle {
  const {
    beta1 = 0.98,
    beta2 = 0.92,
    beta3 = 0.99,
    epsilon = 1e-8,
    epsilonRoot = 0,
    weightDecay = 0,
  } = options;
  const c = options.differenceFactor === '1 - beta2' ? 1 - beta2 : beta2;
  return elementwise([0, 0, 0, 0], (w, g, [m0, v0, n0, last], t) => {
    const difference = t === 1 ? 0 : g - last!;
    const m = beta1 * m0! + (1 - beta1) * g;
    const v = beta2 * v0! + (1 - beta2) * difference;
    const n = beta3 * n0! + (1 - beta3) * (g + c * difference) ** 2;
    const direction =
      (m / (1 - beta1 ** t) + (c * v) / (1 - beta2 ** t)) /
      (Math.sqrt(n / (1 - beta3 ** t) + epsilonRoot) + epsilon);
    if (options.decay === 'decoupled') return [w - rate * (direction + weightDecay * w), m, v, n, g];
    return [(w - rate * direction) / (1 + rate * weightDecay), m, v, n, g];
  });
}

export function rpropOracle(rate: number, options: RpropOptions): Oracle {
  const {etaMinus = 0.5, etaPlus = 1.2, minStepSize = 1e-6, maxStepSize = 50} = options;
  return elementwise([rate, 0], (w, g, [size0, last]) => {
    const change = Math.sign(g * last!);
    const factor = change > 0 ? etaPlus : change < 0 ? etaMinus : 1;
    const size = Math.min(Math.max(size0! * factor, minStepSize), maxStepSize);
    const g1 = change < 0 ? 0 : g;
    return [w - Math.sign(g1) * size, size, g1];
  });
}
