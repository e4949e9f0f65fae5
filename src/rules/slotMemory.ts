import * as tf from '@tensorflow/tfjs-core';

/** In elements: caches and vectors like what begins at a multiple of 64 bytes. */
const grain = 16;
/**
 * Where a block begins past such a multiple. Of what begins at one, TensorFlow makes no copy, and a tensor of its would
 * change under it.
 */
const offset = 4;
const pageLength = 16384;
const largest = 65536 * pageLength;
const smallest = 1 << 18;

/** A new tensor and, in the memory where it lies, its values. */
export interface Block {
  readonly tensor: tf.TensorInfo;
  readonly values: Float32Array;
}

/** The memory in which a tensor was written: it lives as long as one of these does. */
const homes = new WeakMap<tf.DataId, SlotMemory>();
let known: WeakRef<SlotMemory>[] = [];
/** For what has no slots. */
let first: SlotMemory | undefined;

/**
 * Memory that kernels reach, for backends whose own they do not: slots stay in it, as tensors that are views of it. It
 * never grows, which would take the views away.
 *
 * Blocks, one for each tensor, fill it from its beginning; at its end lies what is staged for one call.
 */
export class SlotMemory {
  readonly memory: WebAssembly.Memory;
  readonly heap: Float32Array;
  private readonly free = new Map<number, number[]>();
  private taken: {readonly dataId: tf.DataId; readonly at: number; readonly size: number}[] = [];
  private takenSinceSweep = 0;
  private end = 0;
  private reserve = 0;

  private constructor(length: number) {
    const pages = Math.ceil(length / pageLength);
    this.memory = new WebAssembly.Memory({initial: pages, maximum: pages});
    this.heap = new Float32Array(this.memory.buffer);
  }

  /**
   * Memory with room for so many blocks of `size` elements, and for `staged` elements at its end.
   *
   * @param preferred where the inputs are.
   * @returns `undefined` where there is no more to be had.
   */
  static withRoom(blocks: number, size: number, staged: number, preferred = first): SlotMemory | undefined {
    if (preferred?.makeRoom(blocks, size, staged)) return preferred;
    known = known.filter(each => each.deref());
    let all = 0;
    for (const each of known) {
      const memory = each.deref();
      if (memory?.makeRoom(blocks, size, staged)) return memory;
      all += memory?.heap.length ?? 0;
    }
    // As large as all others together, so that they stay few: pages that nothing touches take no memory.
    const needed = blocks * spaceOf(size) + roundUp(staged);
    if (needed > largest) return undefined;
    try {
      const memory = new SlotMemory(Math.max(needed, smallest, Math.min(all, largest)));
      memory.makeRoom(blocks, size, staged);
      known.push(new WeakRef(memory));
      if (memory.heap.length === smallest) first ??= memory;
      return memory;
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** The memory where a tensor's data still is, or nothing. */
  static homeOf(dataId: tf.DataId): SlotMemory | undefined {
    const home = homes.get(dataId);
    // Once it was given to TensorFlow, or to another backend, its data is what these have.
    return home && arrayOf(dataId).buffer === home.memory.buffer ? home : undefined;
  }

  /** Where the elements begin that are staged for one call. */
  stageAt(staged: number): number {
    return this.heap.length - roundUp(staged);
  }

  /** Takes a block, for which there is room, as the data of a new tensor. */
  take(shape: number[], size: number, backend: tf.KernelBackend): Block {
    let at = this.free.get(size)?.pop();
    if (at === undefined) {
      at = this.end + offset;
      this.end += spaceOf(size);
    }
    const values = this.heap.subarray(at, at + size);
    const dataId = backend.write(values, shape, 'float32');
    homes.set(dataId, this);
    this.taken.push({dataId, at, size});
    this.takenSinceSweep++;
    return {values, tensor: {dataId, shape, dtype: 'float32'}};
  }

  private makeRoom(blocks: number, size: number, staged: number): boolean {
    const missing = () => Math.max(0, blocks - (this.free.get(size)?.length ?? 0));
    const reserve = Math.max(this.reserve, roundUp(staged));
    const fits = () => this.end + missing() * spaceOf(size) + reserve <= this.heap.length;
    const isDue = missing() > 0 && 2 * this.takenSinceSweep > this.taken.length;
    if (isDue || !fits()) this.sweep();
    if (!fits()) return false;
    this.reserve = reserve;
    return true;
  }

  /** Frees the blocks of tensors that are no more. */
  private sweep(): void {
    const {tensorInfo} = tf.engine().state;
    this.taken = this.taken.filter(({dataId, at, size}) => {
      if (tensorInfo.has(dataId)) return true;
      const alike = this.free.get(size);
      if (alike) alike.push(at);
      else this.free.set(size, [at]);
      return false;
    });
    this.takenSinceSweep = 0;
    if (this.taken.length > 0) return;
    this.free.clear();
    this.end = 0;
    this.reserve = 0;
  }
}

/** A tensor that others may see: itself, or a copy of the caller's own where later steps will write over its data. */
export function apart(tensor: tf.Tensor): tf.Tensor {
  if (!homes.has(tensor.dataId)) return tensor;
  return tf.tensor(tensor.dataSync().slice(), tensor.shape, 'float32');
}

/** A tensor's values, of whichever backend has them: itself no copy. */
export function arrayOf(dataId: tf.DataId): Float32Array {
  return tf.engine().readSync(dataId) as Float32Array;
}

/** Where the next may begin after so many elements. */
export function roundUp(length: number): number {
  return Math.ceil(length / grain) * grain;
}

const spaceOf = (size: number) => roundUp(size + offset);
