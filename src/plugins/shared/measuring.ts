import type {Step} from '../../inject/step.js';
import type {RunningMeans} from './runningMeans.js';

export const measures = [
  'learningRate',
  'gradientNorm',
  'clippedGradientNorm',
  'updateNorm',
  'weightNorm',
  'updateRatio',
  'phaseLosses',
  'skippedBatches',
  'stepMilliseconds',
  'tensors',
] as const;

/** What a Monitor can measure. */
export type Measure = (typeof measures)[number];

/** What its parts measure with. */
export interface Measuring {
  /** Names its taps. */
  readonly owner: string;
  readonly means: RunningMeans;
  readonly perWeight: boolean;
  asksFor(...names: Measure[]): boolean;
  isMeasured(step: Step): boolean;
}
