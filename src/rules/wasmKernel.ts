import type * as tf from '@tensorflow/tfjs-core';
import type {KernelHost} from './kernel.js';
import {wasmFunction, wasmModule} from './wasmCode.js';

/** What of tfjs's wasm backend kernels reach: all of it stands here. */
interface WasmBackend extends tf.KernelBackend {
  /** Its memory, of the plain build or of the one with threads. */
  readonly wasm: {
    readonly asm?: {readonly memory?: WebAssembly.Memory};
    readonly wasmMemory?: WebAssembly.Memory;
  };
  getMemoryOffset(dataId: tf.DataId): number;
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
}

/**
 * On the wasm backend: in the tensors' own memory, with nothing copied. A count of 1 is sure there: whatever shares data
 * with a tensor is counted.
 */
export const inBackend: KernelHost = {
  home: backend => {
    const {wasm} = backend as WasmBackend;
    return (wasm.wasmMemory ?? wasm.asm?.memory)!;
  },

  isAtHand: true,
  mayReplace: () => true,

  compile: (version, home) => {
    const {elements, element, results, numbers: scalars} = version.signature;
    const memory = home as WebAssembly.Memory;
    const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
    const run = wasmFunction(wasmModule(version, isShared), memory);
    return ({tensors, numbers, shape, size, replaced}, backend) => {
      const wasm = backend as WasmBackend;
      const outputs: tf.TensorInfo[] = [];
      const values = [size];
      for (const name of elements) values.push(wasm.getMemoryOffset(tensors[name]!.dataId));
      for (const name of element) values.push(wasm.getMemoryOffset(tensors[name]!.dataId));
      for (const name of results) {
        let target = tensors[name]!;
        if (!replaced.includes(name)) {
          target = wasm.makeOutput(shape, 'float32');
          outputs.push(target);
        }
        values.push(wasm.getMemoryOffset(target.dataId));
      }
      for (const name of scalars) values.push(numbers[name]!);
      run(...values);
      return outputs;
    };
  },
};
