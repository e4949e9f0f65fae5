import type {LayersModel} from '@tensorflow/tfjs-layers';
import {allLayers, type ModelInsides} from '../inject/layersModel.js';

const smoothLayers = new Set(
  (
    'InputLayer Sequential Functional Model Dense Embedding Activation Softmax BatchNormalization ' +
    'LayerNormalization Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose DepthwiseConv2D SeparableConv2D ' +
    'AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D GlobalAveragePooling2D ' +
    'Add Average Concatenate Multiply Flatten Reshape Permute RepeatVector Cropping2D ZeroPadding2D UpSampling2D ' +
    'RNN SimpleRNN GRU LSTM SimpleRNNCell GRUCell LSTMCell StackedRNNCells Bidirectional TimeDistributed'
  ).split(' '),
);
const smoothActivations = new Set(
  'linear sigmoid tanh softmax logSoftmax softplus swish mish gelu gelu_new'.split(' '),
);
/** Crossentropies are clipped at 1e-7: a jump, which shows in the errors. */
const smoothLosses = new Set(
  'meanSquaredError logcosh categoricalCrossentropy sparseCategoricalCrossentropy binaryCrossentropy'.split(
    ' ',
  ),
);

/** What of a model may have kinks, masks, or a state that goes on: whatever is not known to have none. */
export function unsmoothPart(model: LayersModel): string | undefined {
  const all = allLayers(model as unknown as ModelInsides);
  const unknown = all.find(layer => !smoothLayers.has(layer.getClassName()));
  if (unknown) return `layer '${unknown.name}' may have kinks or masks`;
  for (const layer of all) {
    for (const [option, value] of Object.entries(layer.getConfig())) {
      if (!isSmooth(option, value)) return `${option} of layer '${layer.name}' may have kinks or masks`;
    }
  }
  const {loss} = model;
  const losses: unknown[] = typeof loss === 'object' ? Object.values(loss) : [loss];
  const other = losses.find(each => !smoothLosses.has(each as string));
  if (other === undefined) return undefined;
  return `loss ${typeof other === 'string' ? `'${other}'` : "of one's own"} may have kinks`;
}

function isSmooth(option: string, value: unknown): boolean {
  if (!value) return true;
  if (/activation$/i.test(option)) return smoothActivations.has(value as string);
  if (option.endsWith('Regularizer')) {
    const {className, config} = value as {className?: string; config?: {l1?: number}};
    return className === 'L1L2' && config?.l1 === 0;
  }
  return !/constraint$|dropout$|^stateful$/i.test(option);
}
