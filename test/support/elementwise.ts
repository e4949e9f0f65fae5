import type {Oracle} from './oracles.js';
import type {Vectors} from './problems.js';

/**
 * An oracle from the formula of one element: `step` receives weight, gradient, the element's state and the number of
 * the step, and returns the new weight and the new state.
 */
export function elementwise(
  start: readonly number[],
  step: (w: number, g: number, state: readonly number[], t: number) => readonly [number, ...number[]],
): Oracle {
  let states: readonly (readonly (readonly number[])[])[] | undefined;
  let t = 0;
  return (weights: Vectors, gradient) => {
    const gradients = gradient(weights);
    states ??= weights.map(values => Array.from(values, () => start));
    t++;
    const moved = weights.map((values, i) =>
      Array.from(values, (w, j) => step(w, gradients[i]![j]!, states![i]![j]!, t)),
    );
    states = moved.map(elements => elements.map(([, ...state]) => state));
    return moved.map(elements => Float64Array.from(elements, ([w]) => w));
  };
}

/** θ and g after weight decay. */
export function decayed(
  w: number,
  g: number,
  rate: number,
  {weightDecay: lambda = 0, decay = 'l2'}: {weightDecay?: number; decay?: string},
) {
  if (decay === 'l2') return [w, g + lambda * w] as const;
  return [(1 - (decay === 'decoupled' ? rate : 1) * lambda) * w, g] as const;
}
