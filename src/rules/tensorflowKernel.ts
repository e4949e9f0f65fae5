import type * as tf from '@tensorflow/tfjs-core';
import {
  type Formula,
  type Kernel,
  type KernelCall,
  type KernelHost,
  sharedOf,
  type Version,
} from './kernel.js';
import {type LastOperations, lastOperations, withoutLast} from './lastOperation.js';
import type {NodeBackend} from './nodeBackend.js';
import {SlotMemory} from './slotMemory.js';
import {staged, stagedKernel, type WholeTransfer} from './stagedKernel.js';

/** Elements up to which an update is a matter of calls, of which a kernel is one. */
const mostInCalls = 1 << 15;
/** Elements from which on new arrays, whose pages the system must find, cost more than TensorFlow's own copies. */
const leastWhole = 1 << 18;

/** On tfjs-node: staged, by arrays; and large tensors by TensorFlow's own copies, on all cores. */
export const onTensorFlow: KernelHost = {
  ...staged,

  isWorthwhile: (version, call, backend) => {
    const {size, own} = call;
    if (size <= mostInCalls) return true;
    if (size >= leastWhole && !borrows(backend as NodeBackend)) return false;
    const copies = movedElsewhere(version, call) + sharedOf(version, own).length;
    const saved = size < leastWhole ? savedBy(version, own) : wholeOf(version, own).saved;
    return saved > copies;
  },

  compile: version => {
    const byArrays = stagedKernel(version);
    return (call, backend) => {
      const goesWhole = call.size >= leastWhole && borrows(backend as NodeBackend);
      return (goesWhole ? wholeOf(version, call.own).kernel() : byArrays)(call, backend);
    };
  },
};

/** How a rule is computed for large tensors. */
interface Whole {
  /** TensorFlow's operations that it takes the place of, less the tensors that must be copied for it. */
  readonly saved: number;
  kernel(): Kernel;
}

/** By what is nobody's but the optimizer's. */
const wholes = new WeakMap<Version, Map<string, Whole>>();

/**
 * TensorFlow itself takes the step from the weight, or whatever is the last operation of a result that others see: this costs no more
 * than to copy the result, and the weight need not be copied for it.
 */
function wholeOf(version: Version, own: readonly string[]): Whole {
  const known = wholes.get(version) ?? new Map<string, Whole>();
  wholes.set(version, known);
  const key = own.join();
  let whole = known.get(key);
  if (!whole) {
    const seen = Object.entries(lastOperations(version)).filter(
      ([name, {input}]) => !own.includes(name) && !own.includes(input),
    );
    const last = Object.fromEntries(seen);
    const rest = withoutLast(version, last);
    let kernel: Kernel | undefined;
    whole = {
      saved: savedBy(rest, [...own, ...Object.keys(last)]),
      kernel: () => (kernel ??= stagedKernel(rest, transferWith(last))),
    };
    known.set(key, whole);
  }
  return whole;
}

/** Of the optimizer's own, how many must be copied all the same: what a kernel writes it finds in memory of ours from then on, what it only reads may lie elsewhere. */
function movedElsewhere({signature}: Version, {own, tensors}: Pick<KernelCall, 'own' | 'tensors'>): number {
  const {elements, results} = signature;
  const onlyRead = own.filter(name => elements.includes(name) && !results.includes(name));
  return onlyRead.filter(name => !SlotMemory.homeOf(tensors[name]!.dataId)).length;
}

function savedBy(formula: Formula, ours: readonly string[]): number {
  return operationsOf(formula) - movedOf(formula, ours);
}

/** How many tensors must be copied, which are all that do not lie in memory of ours. */
function movedOf({signature: {elements, results}}: Formula, ours: readonly string[]): number {
  return [...elements, ...results].filter(name => !ours.includes(name)).length;
}

/** How many of TensorFlow's operations the reading over tensors takes. */
function operationsOf({expression: {nodes}}: Formula): number {
  return nodes.reduce((sum, {op}) => {
    if (op === 'input' || op === 'constant') return sum;
    return sum + (op === 'select' ? 2 : 1);
  }, 0);
}

/**
 * TensorFlow writes and reads a memory of ours by a tensor that it takes for its own, as of all data that begins at a
 * multiple of 64 bytes it makes no copy. Nobody else has this tensor, and none of it is left.
 *
 * @param last by results, the operations whose other operand is what was computed.
 */
function transferWith(last: LastOperations): WholeTransfer {
  return {
    copyIn({dataId, shape, dtype}, to, backend) {
      const node = backend as NodeBackend;
      const {zero, zeros} = indicesOf(node);
      const row = node.executeSingleOutput('ExpandDims', [], [{dataId, shape, dtype}, zero]);
      lend(node, to, row.shape, ours => {
        node.executeSingleOutput('InplaceUpdate', [], [ours, zeros, row]).dispose();
      });
      row.dispose();
    },

    copyOut(name, from, {tensors, shape}, backend) {
      const node = backend as NodeBackend;
      return lend(node, from, shape, ours => {
        const operation = last[name];
        // What begins elsewhere than at a multiple of 64 bytes is a copy already.
        if (!operation)
          return node.executeSingleOutput(from.byteOffset % 64 ? 'Identity' : 'DeepCopy', [], [ours]);
        return node.executeSingleOutput(names[operation.op], [], [tensors[operation.input]!, ours]);
      });
    },
  };
}

const names = {add: 'AddV2', sub: 'Sub'} as const;

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
  const {copyIn, copyOut} = transferWith({difference: {op: 'sub', input: 'a', other: 0}});
  const shape = [2];
  const made: tf.DataId[] = [];
  const tensorOf = (values: Float32Array): tf.TensorInfo => {
    const dataId = node.write(values, shape, 'float32');
    made.push(dataId);
    return {dataId, shape, dtype: 'float32'};
  };
  try {
    const tensors = {a: tensorOf(Float32Array.of(3, 4))};
    copyIn(tensors.a, memory, node);
    const results = ['copy', 'difference'].map(
      name => copyOut(name, memory, {tensors, shape}, node) as tf.Tensor,
    );
    memory[0] = 5;
    const [copy, difference] = results.map(result => [...result.dataSync()]);
    for (const result of results) result.dispose();
    return memory[1] === 4 && `${copy}` === '3,4' && `${difference}` === '0,0';
  } catch {
    return false;
  } finally {
    for (const dataId of made) node.disposeData(dataId);
  }
}
