import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type {Images} from '../data/images.js';

const filters = 16;

/** A small residual network of convolutions with BatchNorm, as CIFAR-10's are. What a seed makes is always the same. */
export function residualNet({size, classes}: Images, seed: number): LayersModel {
  let made = 0;
  const nextSeed = () => 1000 * seed + made++;
  const normalized = (x: SymbolicTensor, strides = 1) =>
    apply(
      layers.batchNormalization({}),
      apply(
        layers.conv2d({
          filters,
          kernelSize: 3,
          strides,
          padding: 'same',
          // BatchNorm has a bias of its own.
          useBias: false,
          kernelInitializer: initializers.heNormal({seed: nextSeed()}),
        }),
        x,
      ),
    );
  const pixels = input({shape: [size, size, 3]});
  const stem = relu(normalized(pixels, 2));
  const block = normalized(relu(normalized(stem)));
  const features = relu(apply(layers.add(), [stem, block]));
  const classifier = layers.dense({
    units: classes,
    activation: 'softmax',
    kernelInitializer: initializers.glorotUniform({seed: nextSeed()}),
  });
  return model({
    inputs: pixels,
    outputs: apply(classifier, apply(layers.globalAveragePooling2d({}), features)),
  });
}

const relu = (x: SymbolicTensor) => apply(layers.activation({activation: 'relu'}), x);

function apply(layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}
