import type {Loaders} from '../../../playground/backends.js';

export const loaders: Loaders = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: async () => {
    const {setWasmPaths} = await import('@tensorflow/tfjs-backend-wasm');
    const files = [
      'tfjs-backend-wasm.wasm',
      'tfjs-backend-wasm-simd.wasm',
      'tfjs-backend-wasm-threaded-simd.wasm',
    ];
    setWasmPaths(Object.fromEntries(files.map(file => [file, `${import.meta.env.BASE_URL}wasm/${file}`])));
  },
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
};
