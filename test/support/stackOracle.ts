import {type Oracle, plus} from './oracles.js';
import type {Vectors} from './problems.js';

/** What a plugin's part of a step may look at. */
export interface StepOfOracle {
  /** The step's learning rate. */
  readonly rate: number;
  /** Number of the step being taken: 1 for the first. */
  readonly iterations: number;
  /** The raw gradient at some weights. */
  readonly gradientAt: (weights: Vectors) => Vectors;
}

type Change<More extends unknown[] = []> = (value: Vectors, step: StepOfOracle, ...more: More) => Vectors;

/**
 * One plugin in double precision, from its formula and by no code of ours:
 * what it does at its places in a step. What it remembers it keeps to itself.
 */
export interface PluginOracle {
  /** Of the rate so far and the completed steps. */
  readonly rate?: (rate: number, completed: number) => number;
  /** Batches of which the last makes the step. */
  readonly batchesPerStep?: number;
  /** Sees the weights before a step. */
  readonly begin?: (weights: Vectors) => void;
  /** The raw gradient, and the weights at which it was taken. */
  readonly perturb?: Change<[weights: Vectors]>;
  readonly centralize?: Change;
  readonly clip?: Change<[weights: Vectors]>;
  /** The weights, before the first update of a step. */
  readonly decay?: Change;
  /** The updated weights; those before; the gradient that was consumed. */
  readonly cautious?: Change<[before: Vectors, gradient: Vectors]>;
  /** The weights after a step, in this order. */
  readonly project?: Change;
  readonly lookahead?: Change;
  readonly average?: Change;
  /** What evaluation sees in place of the weights: an average has its way before slow weights. */
  readonly shownAverage?: (weights: Vectors) => Vectors;
  readonly shownSlow?: (weights: Vectors) => Vectors;
}

/** The gradient that a phase consumes at some weights, and what has become of these. */
type Consume = (weights: Vectors) => {readonly gradient: Vectors; readonly weights: Vectors};

/** An optimizer whose gradients come by way of plugins. */
export type InnerOracle = (weights: Vectors, consume: Consume, rate: number) => Vectors;

export const innerOracles: Record<'momentum' | 'adam' | 'heun', () => InnerOracle> = {
  momentum: () => {
    let velocity: Vectors | undefined;
    return (start, consume, rate) => {
      const {gradient, weights} = consume(start);
      velocity = velocity ? plus(gradient, 0.9, velocity) : gradient;
      return plus(weights, -rate, velocity);
    };
  },
  adam: () => {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];
    let t = 0;
    let m: Vectors | undefined;
    let v: Vectors | undefined;
    return (start, consume, rate) => {
      const {gradient, weights} = consume(start);
      t++;
      const next = (former: Vectors | undefined, beta: number, of: (g: number) => number) =>
        gradient.map((values, i) =>
          values.map((g, j) => beta * (former ? former[i]![j]! : 0) + (1 - beta) * of(g)),
        );
      m = next(m, beta1, g => g);
      v = next(v, beta2, g => g * g);
      return weights.map((values, i) =>
        values.map((w, j) => {
          const [mean, square] = [m![i]![j]! / (1 - beta1 ** t), v![i]![j]! / (1 - beta2 ** t)];
          return w - (rate * mean) / (Math.sqrt(square) + epsilon);
        }),
      );
    };
  },
  heun: () => (start, consume, rate) => {
    const first = consume(start);
    const {gradient, weights} = consume(plus(first.weights, -rate, first.gradient));
    return plus(plus(weights, rate / 2, first.gradient), -rate / 2, gradient);
  },
};

/** Plugins around an optimizer, in the one order of a step: whichever order they were used in. */
export class StackOracle {
  private completed = 0;
  private batches = 0;

  constructor(
    private readonly inner: InnerOracle,
    private readonly plugins: readonly PluginOracle[],
    private readonly learningRate: number,
  ) {}

  /** Takes one batch. */
  readonly take: Oracle = (start, gradientAt) => {
    const {plugins} = this;
    const batchesPerStep = Math.max(1, ...plugins.map(plugin => plugin.batchesPerStep ?? 1));
    if (++this.batches % batchesPerStep > 0) return start;

    let rate = this.learningRate;
    for (const plugin of plugins) rate = plugin.rate?.(rate, this.completed) ?? rate;
    for (const plugin of plugins) plugin.begin?.(start);
    const step = {rate, iterations: this.completed + 1, gradientAt};
    const change = (
      place: 'perturb' | 'centralize' | 'clip' | 'decay' | 'project' | 'lookahead' | 'average',
      value: Vectors,
      at: Vectors = value,
    ) => plugins.reduce((result, plugin) => plugin[place]?.(result, step, at) ?? result, value);

    let phases = 0;
    let before = start;
    let consumed = start;
    const consume: Consume = at => {
      consumed = change('perturb', gradientAt(at), at);
      consumed = change('clip', change('centralize', consumed), at);
      before = phases++ === 0 ? change('decay', at) : at;
      return {gradient: consumed, weights: before};
    };
    let weights = this.inner(start, consume, rate);
    for (const plugin of plugins) weights = plugin.cautious?.(weights, step, before, consumed) ?? weights;
    for (const place of ['project', 'lookahead', 'average'] as const) weights = change(place, weights);
    this.completed++;
    return weights;
  };

  /** What evaluation sees at these weights. */
  shown(weights: Vectors): Vectors {
    for (const place of ['shownAverage', 'shownSlow'] as const) {
      for (const {[place]: shown} of this.plugins) if (shown) return shown(weights);
    }
    return weights;
  }
}
