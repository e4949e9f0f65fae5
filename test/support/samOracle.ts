import {type Oracle, plus} from './oracles.js';
import type {Vectors} from './problems.js';

/** What SAM and ASAM can be told, by the places of the weights. */
export interface AscentSettings {
  readonly rho: number;
  readonly alpha?: number;
  readonly isPerWeight?: boolean;
  readonly moves?: (place: number) => boolean;
  /** Without it T = 1: SAM. */
  readonly eta?: number;
  readonly isBias?: (place: number) => boolean;
}

/**
 * SAM and ASAM in double precision, from the papers: whatever an optimizer
 * asks for a gradient, it gets the one at θ + ρ·T²·g/‖T·g‖.
 */
export function ascending(inner: Oracle, settings: AscentSettings): Oracle {
  return (weights, gradient, loss) => inner(weights, at => climbed(at, gradient, settings), loss);
}

export function climbed(
  weights: Vectors,
  gradient: (weights: Vectors) => Vectors,
  {rho, alpha = 0, isPerWeight, moves = () => true, eta, isBias = () => false}: AscentSettings,
): Vectors {
  const clean = gradient(weights);
  const sizes = weights.map((values, i) =>
    values.map(value => (eta === undefined || isBias(i) ? 1 : Math.abs(value) + eta)),
  );
  const lengths = clean.map((values, i) =>
    moves(i) ? Math.hypot(...values.map((value, j) => value * sizes[i]![j]!)) : 0,
  );
  const ascent = clean.map((values, i) => {
    const length = isPerWeight ? lengths[i]! : Math.hypot(...lengths);
    return values.map((value, j) =>
      moves(i) && length > 0 ? (rho * value * sizes[i]![j]! ** 2) / length : 0,
    );
  });
  const above = gradient(plus(weights, 1, ascent));
  return above.map((values, i) => values.map((value, j) => alpha * clean[i]![j]! + (1 - alpha) * value));
}
