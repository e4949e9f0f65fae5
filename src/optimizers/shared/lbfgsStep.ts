import * as tf from '@tensorflow/tfjs-core';
import {type ComputeContext, dot, largest, type NewTensors, sumOf} from '../../rules/index.js';
import {pairsOf, quasiNewtonDirection, withPair} from './curvaturePairs.js';
import {strongWolfe} from './strongWolfe.js';
import {leastCurvature} from './twoLoop.js';

export interface LBFGSLimits {
  readonly maxIterations: number;
  readonly maxEvaluations: number;
  readonly toleranceGradient: number;
  readonly toleranceChange: number;
  readonly lineSearch: 'strongWolfe' | 'none';
}

/** A place reached within the step: how far from where it began, and what was evaluated there. */
type Place = {
  /** Step length along the last direction, and the slope there. */
  readonly at: number;
  readonly slope: number;
  /** The largest element of that direction. */
  readonly reach: number;
  readonly value: number;
  /** max|g|, Σ|g|. */
  readonly largest: number;
  readonly sum: number;
  readonly displacements: tf.Tensor[];
  readonly gradients: tf.Tensor[];
};

/** float32's largest number is 3.4e38. */
const isHeld = (value: number) => value < 3e38;

/** A step of L-BFGS: up to so many iterations on one batch. */
export function lbfgsStep(
  {weights, loss, learningRate, evaluateAt}: ComputeContext,
  {maxIterations, maxEvaluations, toleranceGradient, toleranceChange, lineSearch}: LBFGSLimits,
): NewTensors[] {
  let pairs = pairsOf(weights);
  let place = placeOf(
    {loss: loss!, gradients: weights.map(({gradient}) => tf.clone(gradient))},
    weights.map(({weight}) => tf.zerosLike(weight)),
  );
  let evaluations = 1;
  let hasMoved = false;
  let isDone =
    learningRate === 0 || !Number.isFinite(place.value + place.sum) || place.largest <= toleranceGradient;

  for (let iteration = 1; !isDone; iteration++) {
    const former = {place, pairs};
    const found = tf.tidy(() => {
      const direction = quasiNewtonDirection(pairs, place.gradients);
      if (!(direction.slope <= -toleranceChange)) return undefined;
      let reach = 0;
      const tryAt = (at: number) =>
        tf.tidy(() => {
          const displacements = direction.tensors.map((tensor, i) =>
            tf.add(place.displacements[i]!, tf.mul(tensor, at * direction.length)),
          );
          evaluations++;
          const tried = placeOf(evaluateAt(displacements), displacements, {...direction, at});
          reach = tried.reach;
          return tried;
        });
      const first = (direction.pairs === 0 ? Math.min(1, 1 / place.sum) : 1) * learningRate;
      const end =
        lineSearch === 'none'
          ? tryAt(first)
          : strongWolfe({...place, at: 0, slope: direction.slope}, first, tryAt, {
              maxTrials: maxEvaluations - evaluations,
              isNarrow: width => width * reach < toleranceChange,
            });
      if (end.at === 0 || !Number.isFinite(end.value + end.slope)) return undefined;
      // The same batch's gradient at both ends.
      const curvature = end.at * (end.slope - direction.slope);
      const isKept = curvature > leastCurvature && isHeld(place.largest + end.largest);
      const steps = direction.tensors.map(tensor => tf.mul(tensor, end.at * direction.length));
      const differences = end.gradients.map((gradient, i) => tf.sub(gradient, place.gradients[i]!));
      return {end, reach, pairs: isKept ? withPair(pairs, steps, differences) : copyOf(pairs)};
    });
    if (!found) break;
    place = found.end;
    pairs = found.pairs;
    tf.dispose([former.place.displacements, former.place.gradients, former.pairs]);
    hasMoved = true;
    isDone =
      iteration === maxIterations ||
      evaluations >= maxEvaluations ||
      place.largest <= toleranceGradient ||
      place.at * found.reach <= toleranceChange ||
      Math.abs(place.value - former.place.value) < toleranceChange;
  }

  return weights.map(({weight}, i) => ({
    ...(hasMoved && {weight: tf.add(weight, place.displacements[i]!)}),
    steps: pairs.steps[i]!,
    differences: pairs.differences[i]!,
  }));
}

/** Reads back the few numbers on which the search decides. */
function placeOf(
  {loss, gradients}: {loss: tf.Scalar; gradients: tf.Tensor[]},
  displacements: tf.Tensor[],
  {at = 0, length = 0, tensors = gradients}: {at?: number; length?: number; tensors?: tf.Tensor[]} = {},
): Place {
  let read: ArrayLike<number> = [];
  tf.tidy(() => {
    const alongs =
      length === 0 ? [] : [sumOf(gradients.map((g, i) => dot(g, tensors[i]!))), largest(tensors)];
    const sum = sumOf(gradients.map(g => tf.sum(tf.abs(g))));
    read = tf.stack([loss, largest(gradients), sum, ...alongs]).dataSync();
  });
  const [value, greatest, sum, along = 0, extent = 0] = Array.from(read);
  return {
    at,
    slope: length * along,
    reach: length * extent,
    value: value!,
    largest: greatest!,
    sum: sum!,
    displacements,
    gradients,
  };
}

function copyOf({steps, differences}: {steps: tf.Tensor[]; differences: tf.Tensor[]}) {
  return {steps: steps.map(tf.clone), differences: differences.map(tf.clone)};
}
