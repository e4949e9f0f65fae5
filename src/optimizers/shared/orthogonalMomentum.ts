import * as tf from '@tensorflow/tfjs-core';
import {elementwise, movingMean, updateGroup} from '../../rules/index.js';
import {type NewtonSchulzOptions, newtonSchulz} from './newtonSchulz.js';

interface OrthogonalMomentumOptions extends NewtonSchulzOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly correctBias: boolean;
  readonly weightDecay: number;
  readonly adjustLearningRate: keyof typeof factors;
}

/** By what the rate is multiplied; tfjs has a matrix's inputs in rows and its outputs in columns, torch the reverse. */
const factors = {
  original: (inputs: number, outputs: number) => Math.sqrt(Math.max(1, outputs / inputs)),
  match_rms_adamw: (inputs: number, outputs: number) => 0.2 * Math.sqrt(Math.max(inputs, outputs)),
  spectral_unclamped: (inputs: number, outputs: number) => Math.sqrt(outputs / inputs),
};

/** Muon's update of matrices, whose formula stands there. */
export function orthogonalMomentum(options: OrthogonalMomentumOptions) {
  const {momentum: mu, nesterov, correctBias, weightDecay, adjustLearningRate} = options;
  const averaged = elementwise<
    'gradient' | 'momentum' | 'ofMomentum' | 'ofGradient',
    'momentum' | 'direction'
  >('muon', ({gradient, momentum, ofMomentum, ofGradient}) => {
    const b = movingMean(momentum, gradient, mu);
    const direction = b.mul(ofMomentum);
    return {momentum: b, direction: nesterov ? direction.add(gradient.mul(ofGradient)) : direction};
  });
  const moved = elementwise<'weight' | 'direction' | 'rate' | 'shrink', 'weight'>(
    'muon',
    ({weight, direction, rate, shrink}) => {
      const kept = weightDecay === 0 ? weight : weight.sub(weight.mul(shrink));
      return {weight: kept.sub(direction.mul(rate))};
    },
  );
  return updateGroup({
    name: 'muon',
    slots: {momentum: 'zeros'},
    scalars: ({iterations: t}) => {
      const correction = (steps: number) => (correctBias ? 1 - mu ** steps : 1);
      return nesterov
        ? {ofMomentum: mu / correction(t + 1), ofGradient: (1 - mu) / correction(t)}
        : {ofMomentum: 1 / correction(t), ofGradient: 0};
    },
    compute: ({weights, scalars, learningRate}) =>
      weights.map(({weight, gradient, momentum}) => {
        const {ofMomentum, ofGradient} = scalars as Record<'ofMomentum' | 'ofGradient', number>;
        const average = averaged({gradient, momentum: momentum!, ofMomentum, ofGradient});
        const outputs = weight.shape.at(-1)!;
        const inputs = weight.size / outputs;
        const orthogonal = newtonSchulz(tf.reshape(average.direction, [inputs, outputs]), options);
        const {weight: next} = moved({
          weight,
          direction: tf.reshape(orthogonal, weight.shape),
          rate: learningRate * factors[adjustLearningRate](inputs, outputs),
          shrink: learningRate * weightDecay,
        });
        return {momentum: average.momentum, weight: next};
      }),
  });
}
