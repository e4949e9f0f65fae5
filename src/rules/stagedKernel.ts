import type * as tf from '@tensorflow/tfjs-core';
import type {Formula, Kernel, KernelCall, KernelHost} from './kernel.js';
import type {Signature} from './signature.js';
import {arrayOf, type Block, roundUp, SlotMemory} from './slotMemory.js';
import {type WasmFunction, wasmFunction, wasmModule} from './wasmCode.js';

/** Elements at a time: what is staged of all inputs and results then stays in the processor's cache. */
const blockLength = 8192;

/** Moves tensors as a whole, where arrays of their size are dear. */
export interface WholeTransfer {
  copyIn(tensor: tf.TensorInfo, to: Float32Array, backend: tf.KernelBackend): void;
  /** @returns the result of that name, of what was computed for it. */
  copyOut(
    name: string,
    from: Float32Array,
    call: Pick<KernelCall, 'tensors' | 'shape'>,
    backend: tf.KernelBackend,
  ): tf.TensorInfo;
}

const home = {};

/**
 * For backends whose data is not in a memory that WebAssembly reaches (plain JavaScript, tfjs-node): slots stay in
 * memory of ours; other inputs are copied in and other results out, block by block.
 */
export const staged: KernelHost = {
  home: () => home,
  compile: version => stagedKernel(version),
  isAtHand: true,
  keepsSlots: true,
  mayReplace: dataId => SlotMemory.homeOf(dataId) !== undefined,
};

/** @param transfer what moves tensors as a whole; nothing where they go block by block. */
export function stagedKernel(formula: Formula, transfer?: WholeTransfer): Kernel {
  const module = wasmModule(formula, false);
  const functions = new WeakMap<SlotMemory, WasmFunction>();
  return (call, backend) => {
    const operands = new Operands(formula.signature, call, backend, transfer);
    let run = functions.get(operands.memory);
    if (!run) {
      run = wasmFunction(module, operands.memory.memory);
      functions.set(operands.memory, run);
    }
    operands.pass(run);
    return operands.outputs();
  };
}

/**
 * Where the operands of one call lie, pointer by pointer: in a memory as a whole, or block by block beside an array that
 * each block is copied from or to.
 */
class Operands {
  readonly memory: SlotMemory;
  /** Elements in a block. */
  private readonly length: number;
  /** What moves tensors as a whole, where there is room for it. */
  private readonly whole: WholeTransfer | undefined;
  /** For each pointer, where it begins, in elements … */
  private readonly places: number[] = [];
  /** … and whether it goes on from block to block. */
  private readonly isWhole: boolean[] = [];
  /** For each pointer, the array to be copied from or to. */
  private readonly arrays: (Float32Array | undefined)[] = [];
  /** For each result, the slot's data that it becomes. */
  private readonly taken: (Block | undefined)[] = [];
  /** Pointers of inputs that are staged and that no result replaces: their places are free for one. */
  private readonly spent: number[] = [];
  /** Where the next operand is staged. */
  private free: number;

  constructor(
    private readonly signature: Signature,
    private readonly call: KernelCall,
    private readonly backend: tf.KernelBackend,
    private readonly transfer: WholeTransfer | undefined,
  ) {
    const {elements, element, results} = signature;
    const {tensors, shape, size, own, replaced} = call;
    const homes = elements.map(name => SlotMemory.homeOf(tensors[name]!.dataId));
    let kept = 0;
    let staged = elements.length;
    for (const name of results) {
      if (own.includes(name) && !replaced.includes(name)) kept++;
      if (!elements.includes(name)) staged++;
    }
    const stagedIn = (length: number) => staged * roundUp(length) + element.length * roundUp(1);
    const blockOf = Math.min(blockLength, size);
    const preferred = homes.find(each => each);
    const roomy = SlotMemory.withRoom(kept, size, stagedIn(transfer ? size : blockOf), preferred);
    // Where there is no memory for slots, they are arrays.
    this.whole = roomy && transfer;
    this.length = this.whole ? size : blockOf;
    this.memory = roomy ?? SlotMemory.withRoom(0, 0, stagedIn(blockOf))!;
    this.free = this.memory.stageAt(stagedIn(this.length));
    if (roomy && kept > 0) {
      for (const name of results) {
        const isKept = own.includes(name) && !replaced.includes(name);
        this.taken.push(isKept ? roomy.take(shape, size, backend) : undefined);
      }
    }
    elements.forEach((name, i) => {
      const result = results.indexOf(name);
      this.placeInput(tensors[name]!, homes[i], result);
      if (result < 0 && !this.isWhole[i]) this.spent.push(i);
    });
    for (const name of element) {
      this.memory.heap[this.free] = arrayOf(tensors[name]!.dataId)[0]!;
      this.placeStaged(1);
    }
    results.forEach((name, i) => {
      this.placeResult(name, i, homes);
    });
  }

  /** Runs the kernel over all elements. */
  pass(run: WasmFunction): void {
    const {places, isWhole, arrays, length, signature} = this;
    const {size, numbers} = this.call;
    const {heap} = this.memory;
    const firstResult = signature.elements.length + signature.element.length;
    const values = [size, ...places];
    for (const name of signature.numbers) values.push(numbers[name]!);
    for (let start = 0; start < size; start += length) {
      const count = Math.min(length, size - start);
      const part = (array: Float32Array) => (count === size ? array : array.subarray(start, start + count));
      values[0] = count;
      for (let pointer = 0; pointer < places.length; pointer++) {
        const place = places[pointer]! + (isWhole[pointer] ? start : 0);
        values[1 + pointer] = 4 * place;
        const array = arrays[pointer];
        if (array && pointer < firstResult) heap.set(part(array), place);
      }
      run(...values);
      for (let pointer = firstResult; pointer < places.length; pointer++) {
        const place = places[pointer]!;
        arrays[pointer]?.set(heap.subarray(place, place + count), start);
      }
    }
  }

  /** The results as new tensors, but for those that are replaced; and then the copies. */
  outputs(): tf.TensorInfo[] {
    const {results} = this.signature;
    const {replaced, copied} = this.call;
    const all: tf.TensorInfo[] = [];
    results.forEach((name, i) => {
      if (!replaced.includes(name)) all.push(this.taken[i]?.tensor ?? this.output(name, i));
    });
    for (const name of copied) all.push(this.output(name, results.indexOf(name), true));
    return all;
  }

  /** What was computed, as a new tensor. */
  private output(name: string, i: number, isCopy = false): tf.TensorInfo {
    const {backend, call, places, arrays, transfer, signature} = this;
    const {own, shape, size} = call;
    const pointer = signature.elements.length + signature.element.length + i;
    const place = places[pointer]!;
    const array = arrays[pointer];
    const values = array ?? this.memory.heap.subarray(place, place + size);
    if (transfer && (isCopy || !own.includes(name))) return transfer.copyOut(name, values, call, backend);
    const dataId = backend.write(array && !isCopy ? array : values.slice(), shape, 'float32');
    return {dataId, shape, dtype: 'float32'};
  }

  /** Where it is, where its result will be, or staged. */
  private placeInput(tensor: tf.TensorInfo, inputHome: SlotMemory | undefined, result: number): void {
    const {memory, whole, call, backend} = this;
    if (inputHome === memory) {
      this.placeWhole(arrayOf(tensor.dataId));
      return;
    }
    if (whole && !inputHome) {
      const place = this.free;
      this.placeStaged(this.length);
      whole.copyIn(tensor, memory.heap.subarray(place, place + call.size), backend);
      return;
    }
    const block = this.taken[result];
    const array = arrayOf(tensor.dataId);
    if (block) this.placeWhole(block.values, array);
    else this.placeStaged(this.length, array);
  }

  private placeResult(name: string, i: number, homes: readonly (SlotMemory | undefined)[]): void {
    const {signature, call, taken, whole, length} = this;
    const input = signature.elements.indexOf(name);
    const isReplaced = call.replaced.includes(name);
    const block = taken[i];
    if (block) this.placeWhole(block.values);
    else if (isReplaced && homes[input] === this.memory) this.placeWhole(arrayOf(call.tensors[name]!.dataId));
    else {
      let array: Float32Array | undefined;
      if (isReplaced) array = arrayOf(call.tensors[name]!.dataId);
      else if (!whole && length < call.size) array = new Float32Array(call.size);
      const staged = input >= 0 && !this.isWhole[input] ? input : this.spent.pop();
      if (staged === undefined) this.placeStaged(length, array);
      else this.place(this.places[staged]!, array);
    }
  }

  private placeWhole(values: Float32Array, array?: Float32Array): void {
    this.place(values.byteOffset / 4, array, true);
  }

  private placeStaged(length: number, array?: Float32Array): void {
    this.place(this.free, array);
    this.free += roundUp(length);
  }

  private place(place: number, array?: Float32Array, isWhole = false): void {
    this.places.push(place);
    this.arrays.push(array);
    this.isWhole.push(isWhole);
  }
}
