import type {Run} from './run.js';

/** What a curve may show, of each step. */
export const measures = {
  loss: 'Loss',
  learningRate: 'Learning rate',
  gradientNorm: 'Norm of the gradient',
  updateNorm: 'Length of the step',
  milliseconds: 'Milliseconds per step',
} as const;

export type MeasureName = keyof typeof measures;

/** Every step of every run as CSV. */
export function csvOf(runs: readonly Run[], names: readonly string[]): string {
  const head = ['stack', 'step', ...Object.keys(measures), 'x', 'y'];
  const lines = runs.flatMap((run, i) =>
    run.records.map(({step, ...values}, at) => {
      const [x = '', y = ''] = run.moves[at]?.to ?? [];
      const numbers = (Object.keys(measures) as MeasureName[]).map(name => values[name]);
      return [quoted(names[i]!), step, ...numbers, x, y].join(',');
    }),
  );
  return `${[head.join(','), ...lines].join('\n')}\n`;
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
