import type * as tf from '@tensorflow/tfjs-core';
import type {KernelCall, KernelHost} from './kernel.js';
import type {Signature} from './signature.js';
import {type WasmFunction, wasmFunction} from './wasmCode.js';

/** Elements at a time: what is staged of all inputs and results then stays in the processor's cache. */
const blockLength = 8192;

let memory: WebAssembly.Memory | undefined;

/**
 * For backends whose data is not in a memory that WebAssembly can reach (plain
 * JavaScript, tfjs-node): inputs are copied in and results out, block by block.
 */
export const staged: KernelHost = {
  home: () => {
    memory ??= new WebAssembly.Memory({initial: 1});
    return memory;
  },

  compile: (version, home) => {
    const run = wasmFunction(version, home as WebAssembly.Memory);
    return call => runStaged(run, version.signature, call);
  },
};

function runStaged(
  run: WasmFunction,
  signature: Signature,
  {tensors, numbers, shape, backend}: KernelCall,
): tf.TensorInfo[] {
  const read = (name: string) => backend.readSync(tensors[name]!.dataId) as Float32Array;
  const [elements, element] = [signature.elements.map(read), signature.element.map(read)];
  const size = shape.reduce((product, length) => product * length, 1);
  const results = signature.results.map(() => new Float32Array(size));

  const length = Math.min(blockLength, size);
  const count = elements.length + element.length + results.length;
  const places = Array.from({length: count}, (_, i) => i * length);
  const heap = heapOf(count * length);
  for (const [i, [value]] of element.entries()) heap[places[elements.length + i]!] = value!;
  const pointers = places.map(place => 4 * place);
  const values = signature.numbers.map(name => numbers[name]!);
  for (let start = 0; start < size; start += length) {
    const end = Math.min(size, start + length);
    for (const [i, all] of elements.entries())
      heap.set(length === size ? all : all.subarray(start, end), places[i]!);
    run(end - start, ...pointers, ...values);
    for (const [i, result] of results.entries()) {
      const place = places[elements.length + element.length + i]!;
      result.set(heap.subarray(place, place + end - start), start);
    }
  }
  return results.map(result => ({
    dataId: backend.write(result, shape, 'float32'),
    shape,
    dtype: 'float32',
  }));
}

function heapOf(length: number): Float32Array {
  const {buffer} = memory!;
  const missing = 4 * length - buffer.byteLength;
  if (missing > 0) memory!.grow(Math.ceil(missing / 65536));
  return new Float32Array(memory!.buffer);
}
