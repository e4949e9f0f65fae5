import type {Weight} from '../../inject/weight.js';

/**
 * Whether a weight is a matrix between hidden units, as Muon wants them: of rank 2 and more, neither in an embedding nor
 * in an output layer, and not a stack of vectors (a depthwise kernel; biases and scales that have the rank of a matrix), nor empty.
 * A hand-written loop has no layers to tell by: there it is the rank alone.
 */
export function isHiddenMatrix({key, variable, layers = [], isOutput = false}: Weight): boolean {
  if (variable.rank < 2 || variable.size === 0) return false;
  if (layers.length === 0) return true;
  const isStackOfVectors = /(^|\/)(depthwise_kernel|bias|alpha|gamma|beta)(#\d+)?$/.test(key);
  return !isOutput && !isStackOfVectors && !layers.some(layer => layer.getClassName() === 'Embedding');
}
