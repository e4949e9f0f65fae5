import {initializers, type LayersModel, layers, sequential} from '@tensorflow/tfjs-layers';

/** Two hidden layers of tanh, with the same weights for the same seed. */
export function denseModel({
  inputs,
  units,
  outputs,
  activation,
  seed,
}: {
  inputs: number;
  units: number;
  outputs: number;
  activation: 'sigmoid' | 'softmax' | 'linear';
  seed: number;
}): LayersModel {
  const kernelInitializer = (layer: number) => initializers.glorotUniform({seed: 3 * seed + layer});
  return sequential({
    layers: [
      layers.dense({
        units,
        activation: 'tanh',
        kernelInitializer: kernelInitializer(0),
        inputShape: [inputs],
      }),
      layers.dense({units, activation: 'tanh', kernelInitializer: kernelInitializer(1)}),
      layers.dense({units: outputs, activation, kernelInitializer: kernelInitializer(2)}),
    ],
  });
}
