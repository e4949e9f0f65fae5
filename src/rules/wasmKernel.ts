import type * as tf from '@tensorflow/tfjs-core';
import type {KernelHost} from './kernel.js';
import {wasmFunction} from './wasmCode.js';

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

  compile: (version, home) => {
    const {signature} = version;
    const run = wasmFunction(version, home as WebAssembly.Memory);
    return ({tensors, numbers, shape, replaceable, backend}) => {
      const wasm = backend as WasmBackend;
      const results = signature.results.map(name => {
        if (!replaceable.includes(name)) return wasm.makeOutput(shape, 'float32');
        const {dataId} = tensors[name]!;
        wasm.incRef(dataId);
        return {dataId, shape, dtype: 'float32' as const};
      });
      const pointerTo = ({dataId}: tf.TensorInfo) => wasm.getMemoryOffset(dataId);
      const inputs = [...signature.elements, ...signature.element].map(name => pointerTo(tensors[name]!));
      const size = shape.reduce((product, length) => product * length, 1);
      run(size, ...inputs, ...results.map(pointerTo), ...signature.numbers.map(name => numbers[name]!));
      return results;
    };
  },
};
