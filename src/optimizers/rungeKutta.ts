import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {optimizerOf} from '../inject/optimizerOf.js';
import {type OptionSpec, rate} from '../inject/options.js';
import {type Operand, type SlotStart, updateGroup} from '../rules/index.js';

/** An explicit Runge–Kutta method: row i of `a` weighs the gradients before stage i, `b` those of the step. */
export interface Tableau {
  /** Row i has i entries, the first row none: `[[], [0.5]]`. */
  readonly a: readonly (readonly number[])[];
  /** One entry per stage; they sum to 1. */
  readonly b: readonly number[];
}

/** Methods by name, with the order of their error. */
const tableaus = {
  /** Order 2. */
  midpoint: {a: [[], [1 / 2]], b: [0, 1]},
  /** Order 2, with the least bound on its error. */
  ralston: {a: [[], [2 / 3]], b: [1 / 4, 3 / 4]},
  /** Order 4: the classical method. */
  rk4: {a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6]},
} as const satisfies Record<string, Tableau>;

const method: OptionSpec<keyof typeof tableaus | Tableau> = {
  fallback: 'rk4',
  mustBe: `one of ${Object.keys(tableaus).join(', ')}, or {a, b}`,
  accepts: value => (typeof value === 'string' ? Object.hasOwn(tableaus, value) : isTableauLike(value)),
};

export type RungeKuttaOptions = Partial<RungeKutta['options']>;

/**
 * Any explicit Runge–Kutta method on the gradient flow θ′ = −∇L, Heun's
 * family: s gradients on one batch for an error of higher order in α.
 *
 * Update rule, for each weight θ (any shape), step t, stages i = 1 … s:
 *     gᵢ   = ∇L(θₜ − α·Σⱼ₍ⱼ﹤ᵢ₎ aᵢⱼ·gⱼ)     same batch, same random masks
 *     θₜ₊₁ = θₜ − α·Σᵢ bᵢ·gᵢ
 *
 * Cost: s phases per step; s slots of the weights' size.
 * Slots: start: where the step began, starts as the weight; gradient1 … gradient(s−1): shape of the weight, start at
 *     zero. All are written and read within each step.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.tableau       `'midpoint'`, `'ralston'`, `'rk4'`, or an explicit {a, b}. Default `'rk4'`.
 * @throws InjectError `INVALID_OPTION` for a tableau that is not explicit or whose b does not sum to 1, and as Heun.
 * @example
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * new RungeKutta({learningRate: 0.1, tableau: 'rk4'}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I", Springer 1993, def. II.1.1
 */
export class RungeKutta extends optimizerOf('tfjs-inject/RungeKutta', {
  learningRate: rate(0.01),
  tableau: method,
}) {
  constructor(options?: RungeKuttaOptions) {
    super(options);
    if (typeof this.options.tableau !== 'string') checkTableau(this.options.tableau);
  }

  private get tableau(): Tableau {
    const {tableau} = this.options;
    return typeof tableau === 'string' ? tableaus[tableau] : tableau;
  }

  /** Up to 4, by the conditions for it; a method of a higher order has 4 here. */
  override get order(): number {
    return orderOf(this.tableau);
  }

  getGroupedUpdates() {
    const {a, b} = this.tableau;
    return b.map((_, stage) => {
      const isLast = stage === b.length - 1;
      const coefficients = isLast ? b : a[stage + 1]!;
      const slots: Record<'start' | `gradient${number}`, SlotStart> = {start: 'weight'};
      for (let i = 1; i <= stage + (isLast ? 0 : 1); i++) slots[`gradient${i}`] = 'zeros';
      return updateGroup({
        name: `stage${stage + 1}`,
        slots,
        update: ({weight, gradient, learningRate, ...stored}) => {
          const start = stage === 0 ? weight : stored.start;
          const slope = weightedSum(coefficients, i =>
            i === stage ? gradient : stored[`gradient${i + 1}`]!,
          );
          return {
            weight: slope ? start.sub(slope.mul(learningRate)) : start,
            ...(stage === 0 && !isLast && {start}),
            ...(!isLast && {[`gradient${stage + 1}` as const]: gradient}),
          };
        },
      });
    });
  }
}

/** @see Hairer, Nørsett and Wanner, table II.2.2 */
function orderOf({a, b}: Tableau): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, each, i) => sum + each * y[i]!, 0);
  const times = (y: readonly number[]) => a.map(row => dot(row, y));
  const product = (x: readonly number[], y: readonly number[]) => x.map((each, i) => each * y[i]!);
  const c = times(b.map(() => 1));
  const squares = product(c, c);
  const conditions: [left: readonly number[], right: number][][] = [
    [[c, 1 / 2]],
    [
      [squares, 1 / 3],
      [times(c), 1 / 6],
    ],
    [
      [product(squares, c), 1 / 4],
      [product(c, times(c)), 1 / 8],
      [times(squares), 1 / 12],
      [times(times(c)), 1 / 24],
    ],
  ];
  const failed = conditions.findIndex(all =>
    all.some(([left, right]) => Math.abs(dot(b, left) - right) > 1e-9),
  );
  return failed < 0 ? conditions.length + 1 : failed + 1;
}

/** Σ cᵢ·xᵢ without the terms that are zero. */
function weightedSum(coefficients: readonly number[], operand: (i: number) => Operand): Operand | undefined {
  let sum: Operand | undefined;
  coefficients.forEach((coefficient, i) => {
    if (coefficient === 0) return;
    const term = operand(i).mul(coefficient);
    sum = sum ? sum.add(term) : term;
  });
  return sum;
}

function isTableauLike(value: unknown): boolean {
  const {a, b} = (value ?? {}) as Partial<Tableau>;
  const areNumbers = (list: unknown) => Array.isArray(list) && list.every(Number.isFinite);
  return Array.isArray(a) && a.every(areNumbers) && areNumbers(b);
}

function checkTableau({a, b}: Tableau): void {
  const refuse = (rule: string, received: string) => {
    throw new InjectError('INVALID_OPTION', `tableau of RungeKutta must ${rule}; received ${received}`);
  };
  if (b.length === 0 || a.length !== b.length) {
    refuse('have one row of a for each entry of b', `${a.length} rows and ${b.length} entries`);
  }
  a.forEach((row, i) => {
    if (row.length !== i) refuse(`be explicit: row ${i + 1} of a has ${i} entries`, shown(row));
  });
  const sum = b.reduce((total, coefficient) => total + coefficient, 0);
  if (Math.abs(sum - 1) > 1e-9) refuse('have entries of b that sum to 1', `${shown(b)}, whose sum is ${sum}`);
}

tf.serialization.registerClass(RungeKutta);
