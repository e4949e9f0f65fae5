import type {Injection, Phase, WeightMap} from '../../src/index.js';

/** The values of some tensors, by the keys of their weights. */
export type Values = Record<string, number[]>;

/** What one step did, as numbers: read in mid-step, as only a test may. */
export interface RecordedStep {
  readonly learningRate: number;
  readonly before: Values;
  readonly after: Values;
  readonly phases: readonly {
    readonly loss: number;
    readonly raw: Values;
    /** As the optimizer takes them. */
    readonly taken: Values;
  }[];
}

/** Records every completed step of an injection. */
export function recordSteps({hooks}: Injection): RecordedStep[] {
  const steps: RecordedStep[] = [];
  let phases: RecordedStep['phases'] = [];
  let raw: Values = {};
  let taken: Values = {};
  let before: Values = {};
  hooks.beforeStep.tap('records', ({weights}) => {
    phases = [];
    before = valuesOf(new Map(weights.map(weight => [weight, weight.variable])));
  });
  hooks.evaluated.tap({name: 'records', stage: 1000}, ({gradients}) => {
    raw = valuesOf(gradients);
  });
  hooks.gradients.tap({name: 'records', stage: 1000}, gradients => {
    taken = valuesOf(gradients);
  });
  hooks.afterPhase.tap('records', ({loss}: Phase) => {
    phases = [...phases, {loss: loss.dataSync()[0]!, raw, taken}];
  });
  hooks.afterStep.tap({name: 'records', stage: 1000}, ({weights, learningRate}) => {
    const after = valuesOf(new Map(weights.map(weight => [weight, weight.variable])));
    steps.push({learningRate, before, after, phases});
  });
  return steps;
}

function valuesOf(tensors: WeightMap): Values {
  return Object.fromEntries([...tensors].map(([{key}, tensor]) => [key, [...tensor.dataSync()]]));
}

/** The Euclidean norm of all values together, in double precision; of one weight's, where one is named. */
export function normOf(values: Values, key?: string): number {
  const all = key === undefined ? Object.values(values).flat() : values[key]!;
  return Math.sqrt(all.reduce((sum, value) => sum + value * value, 0));
}

export function difference(after: Values, before: Values): Values {
  const differences = Object.entries(after).map(([key, values]) => [
    key,
    values.map((value, i) => value - before[key]![i]!),
  ]);
  return Object.fromEntries(differences);
}
