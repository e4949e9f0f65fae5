import type {Weight} from '../../inject/weight.js';

/**
 * The axes along which one unit of a weight lies: all that feeds one output.
 * tfjs keeps the outputs on the last axis, but for these: a depthwise kernel
 * [h, w, in, multiplier] has an output for each pair of the last two; that of a
 * transposed convolution, [h, w, out, in], has them on the last but one; a unit
 * of an embedding [words, size] is a word, its row. A column of a recurrent
 * layer's fused kernel is one gate of one cell.
 */
export function unitAxes({key, layers, variable: {rank}}: Weight): number[] {
  const axes = [...Array(rank).keys()];
  const layerClass = layers?.at(-1)?.getClassName() ?? '';
  if (rank >= 2 && layerClass === 'Embedding') return axes.slice(1);
  if (rank >= 3 && /Conv\dDTranspose$/.test(layerClass)) return axes.filter(axis => axis !== rank - 2);
  return axes.slice(0, /(^|\/)depthwise_kernel/.test(key) ? -2 : -1);
}
