import * as tf from '@tensorflow/tfjs-core';

type AdapterInfo = Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>>;

interface GPUBackend {
  readonly gpgpu?: {readonly gl: WebGL2RenderingContext};
  readonly device?: {readonly adapterInfo: AdapterInfo};
}

/** What the browser says of the GPU that computes. */
export function gpuName(): string {
  const {gpgpu, device} = tf.backend() as unknown as GPUBackend;
  if (gpgpu) {
    const {gl} = gpgpu;
    const names = gl.getExtension('WEBGL_debug_renderer_info');
    return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  }
  const {vendor, architecture, device: name, description} = device!.adapterInfo;
  return [vendor, architecture, name, description].filter(Boolean).join(' ');
}
