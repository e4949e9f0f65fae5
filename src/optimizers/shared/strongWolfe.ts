/** What a search knows of one step length: the loss there, and its slope along the line. */
export interface Trial {
  readonly at: number;
  readonly value: number;
  readonly slope: number;
}

/** How far a search goes. */
export interface SearchLimits {
  /** Trials after the first. */
  readonly maxTrials: number;
  /** Whether an interval of step lengths is too narrow to look any closer. */
  readonly isNarrow: (width: number) => boolean;
}

const sufficientDecrease = 1e-4;
const curvature = 0.9;

/**
 * Looks along a line for a step length that fulfils the strong Wolfe
 * conditions: a sufficient decrease of the loss, and a slope of at most 0.9 of
 * the start's. Where the limits end it first, the lowest trial that decreased
 * enough is the result; that may be the start. What is not finite counts as
 * infinitely high, and is never the result.
 *
 * @param start  the trial at 0; its slope is negative.
 * @param first  the step length to try first, > 0.
 * @see Nocedal, Wright, *Numerical Optimization*, 2nd ed., algorithms 3.5 and 3.6; the choices that they leave open as in
 *     torch.optim.LBFGS
 */
export function strongWolfe<T extends Trial>(
  start: T,
  first: number,
  tryAt: (at: number) => T,
  {maxTrials, isNarrow}: SearchLimits,
): T {
  const isHeld = ({value, slope}: T) => Number.isFinite(value) && Number.isFinite(slope);
  const isTooHigh = (trial: T) =>
    !isHeld(trial) || trial.value > start.value + sufficientDecrease * trial.at * start.slope;
  const isFlat = (trial: T) => Math.abs(trial.slope) <= -curvature * start.slope;

  // Goes on until the interval between the last two trials must hold such a step length.
  let before = start;
  let trial = tryAt(first);
  let trials = 0;
  for (; trials < maxTrials; trials++) {
    if (isTooHigh(trial) || (trials > 1 && trial.value >= before.value)) break;
    if (isFlat(trial)) return trial;
    if (trial.slope >= 0) break;
    const next = cubicMinimum(before, trial, trial.at + 0.01 * (trial.at - before.at), 10 * trial.at);
    [before, trial] = [trial, tryAt(next)];
  }
  if (trials === maxTrials) return isHeld(trial) && trial.value < start.value ? trial : start;

  // Narrows it down; `low` is the lowest trial that has decreased enough.
  let [low, high] = isTooHigh(trial) || trial.value >= before.value ? [before, trial] : [trial, before];
  let wasNearEnd = false;
  for (; trials < maxTrials && !isNarrow(Math.abs(high.at - low.at)); trials++) {
    const [left, right] = low.at <= high.at ? [low, high] : [high, low];
    let at = cubicMinimum(left, right, left.at, right.at);
    const margin = 0.1 * (right.at - left.at);
    const isNearEnd = Math.min(right.at - at, at - left.at) < margin;
    if (isNearEnd && (wasNearEnd || at >= right.at || at <= left.at)) {
      at = right.at - at < at - left.at ? right.at - margin : left.at + margin;
      wasNearEnd = false;
    } else wasNearEnd = isNearEnd;
    trial = tryAt(at);
    if (isTooHigh(trial) || trial.value >= low.value) {
      high = trial;
      continue;
    }
    if (isFlat(trial)) return trial;
    if (trial.slope * (high.at - low.at) >= 0) high = low;
    low = trial;
  }
  return low;
}

/**
 * Where the cubic through two trials has its minimum, held between `min` and
 * `max`; their middle, where it has none.
 *
 * @see Nocedal, Wright, equation 3.59
 */
export function cubicMinimum(a: Trial, b: Trial, min: number, max: number): number {
  const [left, right] = a.at <= b.at ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.value - right.value)) / (left.at - right.at);
  const d2 = Math.sqrt(d1 * d1 - left.slope * right.slope);
  const minimum =
    right.at - (right.at - left.at) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Number.isNaN(minimum) ? (min + max) / 2 : Math.min(Math.max(minimum, min), max);
}
