import type * as tf from '@tensorflow/tfjs-core';
import type {KernelHost, Version} from './kernel.js';
import {staged, stagedKernel, type WholeTransfer} from './stagedKernel.js';

/** What of tfjs-node's backend kernels reach: all of it stands here. */
interface NodeBackend extends tf.KernelBackend {
  /** Runs one of TensorFlow's operations; types it infers from the inputs. */
  executeSingleOutput(name: string, attributes: object[], inputs: tf.TensorInfo[]): tf.Tensor;
}

/** Elements up to which an update is a matter of calls, of which a kernel is one. */
const mostInCalls = 1 << 15;
/** Elements from which on new arrays, whose pages the system must find, cost more than TensorFlow's own copies. */
const leastWhole = 1 << 18;

/** On tfjs-node: staged, by arrays; and large tensors by TensorFlow's own copies, on all cores. */
export const onTensorFlow: KernelHost = {
  ...staged,

  isWorthwhile: (version, size, own, backend) => {
    if (size <= mostInCalls) return true;
    const {elements, results} = version.signature;
    const isForeign = (name: string) => !own.includes(name);
    const moved = elements.filter(isForeign).length + results.filter(isForeign).length;
    return operationsOf(version) > moved && (size < leastWhole || borrows(backend as NodeBackend));
  },

  compile: version =>
    stagedKernel(version, (size, backend) =>
      size >= leastWhole && borrows(backend as NodeBackend) ? transfer : undefined,
    ),
};

/** How many of TensorFlow's operations the reading over tensors takes. */
function operationsOf({expression: {nodes}}: Version): number {
  return nodes.reduce((sum, {op}) => {
    if (op === 'input' || op === 'constant') return sum;
    return sum + (op === 'select' ? 2 : 1);
  }, 0);
}

/**
 * TensorFlow writes and reads a memory of ours by a tensor that it takes for its own, as of all data that begins at a
 * multiple of 64 bytes it makes no copy. Nobody else has this tensor, and none of it is left.
 */
const transfer: WholeTransfer = {
  copyIn({dataId, shape, dtype}, to, backend) {
    const node = backend as NodeBackend;
    const {zero, zeros} = indicesOf(node);
    const row = node.executeSingleOutput('ExpandDims', [], [{dataId, shape, dtype}, zero]);
    lend(node, to, row.shape, ours => {
      node.executeSingleOutput('InplaceUpdate', [], [ours, zeros, row]).dispose();
    });
    row.dispose();
  },

  copyOut(from, shape, backend) {
    const node = backend as NodeBackend;
    return lend(node, from, shape, ours => node.executeSingleOutput('DeepCopy', [], [ours]));
  },
};

function lend<T>(
  node: NodeBackend,
  values: Float32Array,
  shape: number[],
  body: (tensor: tf.TensorInfo) => T,
): T {
  const dataId = node.write(values, shape, 'float32');
  try {
    return body({dataId, shape, dtype: 'float32'});
  } finally {
    node.disposeData(dataId);
  }
}

interface Indices {
  readonly zero: tf.TensorInfo;
  readonly zeros: tf.TensorInfo;
}

const indices = new WeakMap<NodeBackend, Indices>();

function indicesOf(node: NodeBackend): Indices {
  let known = indices.get(node);
  if (!known) {
    const make = (shape: number[]) =>
      ({dataId: node.write(new Int32Array(1), shape, 'int32'), shape, dtype: 'int32'}) as const;
    known = {zero: make([]), zeros: make([1])};
    indices.set(node, known);
  }
  return known;
}

const lenders = new WeakMap<NodeBackend, boolean>();

/** Whether TensorFlow does work on memory of ours: on a GPU, or in another release, it may not. */
function borrows(node: NodeBackend): boolean {
  let known = lenders.get(node);
  if (known === undefined) {
    known = tryToLend(node);
    lenders.set(node, known);
  }
  return known;
}

function tryToLend(node: NodeBackend): boolean {
  const memory = new Float32Array(new WebAssembly.Memory({initial: 1}).buffer, 0, 2);
  const dataId = node.write(Float32Array.of(3, 4), [2], 'float32');
  try {
    transfer.copyIn({dataId, shape: [2], dtype: 'float32'}, memory, node);
    const copy = transfer.copyOut(memory, [2], node) as tf.Tensor;
    memory[0] = 5;
    const [first, second] = copy.dataSync();
    copy.dispose();
    return memory[1] === 4 && first === 3 && second === 4;
  } catch {
    return false;
  } finally {
    node.disposeData(dataId);
  }
}
