import type * as tf from '@tensorflow/tfjs-core';
import type {Kernel, KernelCall, KernelHost, Version} from './kernel.js';
import type {Signature} from './signature.js';
import {arrayOf, SlotMemory} from './slotMemory.js';
import {type WasmFunction, wasmFunction, wasmModule} from './wasmCode.js';

/** Elements at a time: what is staged of all inputs and results then stays in the processor's cache. */
const blockLength = 8192;

/** Moves tensors as a whole, where arrays of their size are dear. */
export interface WholeTransfer {
  copyIn(tensor: tf.TensorInfo, to: Float32Array, backend: tf.KernelBackend): void;
  copyOut(from: Float32Array, shape: number[], backend: tf.KernelBackend): tf.TensorInfo;
}

const home = {};

/**
 * For backends whose data is not in a memory that WebAssembly reaches (plain JavaScript, tfjs-node): slots stay in
 * memory of ours; other inputs are copied in and other results out, block by block.
 */
export const staged: KernelHost = {
  home: () => home,
  compile: version => stagedKernel(version, () => undefined),
  mayReplace: dataId => SlotMemory.homeOf(dataId) !== undefined,
};

/** @param transferFor what moves the tensors of a call as a whole; nothing where they go block by block. */
export function stagedKernel(
  version: Version,
  transferFor: (call: KernelCall) => WholeTransfer | undefined,
): Kernel {
  const module = wasmModule(version, false);
  const functions = new WeakMap<SlotMemory, WasmFunction>();
  const functionIn = (memory: SlotMemory): WasmFunction => {
    let run = functions.get(memory);
    if (!run) {
      run = wasmFunction(module, memory.memory);
      functions.set(memory, run);
    }
    return run;
  };
  return call => runStaged(version.signature, functionIn, call, transferFor(call));
}

/** An array beside the memory, and which of the kernel's pointers stands for it. */
interface Beside {
  readonly array: Float32Array;
  readonly pointer: number;
}

function runStaged(
  {elements, element, results, numbers}: Signature,
  functionIn: (memory: SlotMemory) => WasmFunction,
  {tensors, numbers: values, shape, size, own, replaced, backend}: KernelCall,
  wanted: WholeTransfer | undefined,
): tf.TensorInfo[] {
  const kept = results.filter(name => own.includes(name) && !replaced.includes(name));
  const homes = elements.map(name => SlotMemory.homeOf(tensors[name]!.dataId));
  const unread = results.filter(name => !elements.includes(name)).length;
  const stagedFor = (length: number) => (elements.length + unread) * length + element.length;
  const roomy = SlotMemory.withRoom(
    kept.length,
    size,
    stagedFor(wanted ? size : Math.min(blockLength, size)),
    homes.find(each => each),
  );
  // Where there is no memory for slots, they are arrays.
  const transfer = roomy && wanted;
  const length = transfer ? size : Math.min(blockLength, size);
  const memory = roomy ?? SlotMemory.withRoom(0, 0, stagedFor(length))!;
  const {heap} = memory;
  const taken = new Map(roomy ? kept.map(name => [name, memory.take(shape, size, backend)]) : []);

  // Each pointer, in elements; those of a whole tensor go on from block to block.
  const places: number[] = [];
  const goesOn: boolean[] = [];
  const [sources, sinks]: [Beside[], Beside[]] = [[], []];
  let free = memory.stageAt(stagedFor(length));
  const point = (whole: Float32Array | undefined) => {
    goesOn.push(whole !== undefined);
    places.push(whole ? whole.byteOffset / 4 : free);
    if (!whole) free += length;
  };
  for (const [i, name] of elements.entries()) {
    const tensor = tensors[name]!;
    const isHere = homes[i] === memory;
    point(isHere ? arrayOf(tensor.dataId) : taken.get(name)?.values);
    if (isHere) continue;
    const place = places[i]!;
    if (transfer && !homes[i]) transfer.copyIn(tensor, heap.subarray(place, place + size), backend);
    else sources.push({array: arrayOf(tensor.dataId), pointer: i});
  }
  for (const name of element) {
    heap[free] = arrayOf(tensors[name]!.dataId)[0]!;
    places.push(free++);
    goesOn.push(false);
  }
  const made = results.map((name, i): Float32Array | undefined => {
    const input = elements.indexOf(name);
    const isStaged = input >= 0 && !goesOn[input];
    const block = taken.get(name);
    if (block) point(block.values);
    else if (replaced.includes(name) && homes[input] === memory) point(arrayOf(tensors[name]!.dataId));
    else if (!isStaged) point(undefined);
    else {
      places.push(places[input]!);
      goesOn.push(false);
    }
    const pointer = elements.length + element.length + i;
    if (goesOn[pointer]) return undefined;
    if (!replaced.includes(name) && length >= size) return undefined;
    const array = replaced.includes(name) ? arrayOf(tensors[name]!.dataId) : new Float32Array(size);
    sinks.push({array, pointer});
    return array;
  });

  const run = functionIn(memory);
  const scalars = numbers.map(name => values[name]!);
  for (let start = 0; start < size; start += length) {
    const count = Math.min(length, size - start);
    const from = (pointer: number) => places[pointer]! + (goesOn[pointer] ? start : 0);
    for (const {array, pointer} of sources) {
      heap.set(count === size ? array : array.subarray(start, start + count), from(pointer));
    }
    run(count, ...places.map((_, pointer) => 4 * from(pointer)), ...scalars);
    for (const {array, pointer} of sinks) {
      const place = places[pointer]!;
      array.set(heap.subarray(place, place + count), start);
    }
  }

  const outputs: tf.TensorInfo[] = [];
  for (const [i, name] of results.entries()) {
    if (replaced.includes(name)) continue;
    const place = places[elements.length + element.length + i]!;
    const whole = () => heap.subarray(place, place + size);
    const array = () => backend.write(made[i] ?? whole().slice(), shape, 'float32');
    outputs.push(
      taken.get(name)?.tensor ??
        transfer?.copyOut(whole(), shape, backend) ?? {dataId: array(), shape, dtype: 'float32'},
    );
  }
  return outputs;
}
