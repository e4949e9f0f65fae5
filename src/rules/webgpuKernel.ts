import type * as tf from '@tensorflow/tfjs-core';
import {forResult} from './expression.js';
import type {KernelHost, Version} from './kernel.js';
import {type ShaderLanguage, shaderCode} from './shaderCode.js';
import {type Signature, signatureOf} from './signature.js';

/** What of tfjs's webgpu backend kernels reach: all of it stands here. */
interface WebGPUBackend extends tf.KernelBackend {
  readonly device: {readonly limits: {readonly maxStorageBuffersPerShaderStage: number}};
  /** Compiles a program that it has not seen, and writes to a program's `shaderKey` and `dispatch`. */
  runWebGPUProgram(
    program: UpdateProgram,
    inputs: tf.TensorInfo[],
    dtype: 'float32',
    uniforms: {type: 'float32' | 'int32'; data: number[]}[],
  ): tf.TensorInfo;
}

const workgroupLength = 64;

/** A bit pattern may be anything after `^`. */
const opaque = 'fn opaque(x : f32) -> f32 { return bitcast<f32>(bitcast<i32>(x) ^ uniforms.zero); }';

const wgsl: ShaderLanguage = {
  define: (name, parameters, body) =>
    `fn ${name}(${parameters.map(each => `${each} : f32`).join(', ')}) -> f32 {\n${body.join('\n')}\n}`,
  declare: (name, value) => `let ${name} = ${value};`,
  literal: digits => `${digits}f`,
  select: (condition, whenTrue, whenFalse) => `select(${whenFalse}, ${whenTrue}, ${condition})`,
  argument: place => `uniforms.number${place}`,
  opaque: 'opaque',
  infinity: 'uniforms.INFINITY',
  nan: 'uniforms.NAN',
};

/** On the webgpu backend: one of its programs for each result. Its buffers have no padding, so all shapes are one axis. */
export const webgpu: KernelHost = {
  home: backend => backend,
  mayRunFail: true,

  compile: (version, home) => {
    const results = version.signature.results.map(name => resultOf(version, name));
    const {maxStorageBuffersPerShaderStage: most} = (home as WebGPUBackend).device.limits;
    if (results.some(({inputs}) => inputs.length + 1 > most)) return undefined;
    return ({tensors, numbers, shape, size}, backend) => {
      return results.map(({code, signature, inputs}) => {
        const flat = inputs.map((name, i) => ({
          dataId: tensors[name]!.dataId,
          dtype: 'float32' as const,
          shape: i < signature.elements.length ? [size] : [],
        }));
        const uniforms = [
          ...signature.numbers.map(name => ({type: 'float32' as const, data: [numbers[name]!]})),
          {type: 'int32' as const, data: [0]},
        ];
        const program = new UpdateProgram(code, signature, size);
        const {dataId} = (backend as WebGPUBackend).runWebGPUProgram(program, flat, 'float32', uniforms);
        return {dataId, shape, dtype: 'float32' as const};
      });
    };
  },
};

function resultOf({expression, kinds}: Version, name: string) {
  const own = forResult(expression, name);
  const signature = signatureOf(own, kinds);
  const inputs = [...signature.elements, ...signature.element];
  return {code: shaderCode(own, signature, wgsl), signature, inputs};
}

/** A program as the backend wants it; it tells programs apart by `shaderKey` and the number of axes. */
class UpdateProgram {
  readonly variableNames: string[];
  readonly outputShape: number[];
  readonly outputComponent: number;
  readonly variableComponents: number[];
  readonly uniforms: string;
  readonly size = true;
  readonly workgroupSize = [workgroupLength, 1, 1];
  readonly dispatchLayout = {x: [0]};
  dispatch: number[];
  shaderKey: string;

  constructor(
    private readonly code: string,
    {elements, element, numbers}: Signature,
    size: number,
  ) {
    this.outputShape = [size];
    // Four elements at a time, where that leaves none over.
    this.outputComponent = size % 4 === 0 ? 4 : 1;
    this.variableNames = [...elements, ...element].map((_, i) => `x${i}`);
    this.variableComponents = [...elements.map(() => this.outputComponent), ...element.map(() => 1)];
    this.uniforms = `${numbers.map((_, i) => `number${i} : f32, `).join('')}zero : i32, `;
    this.dispatch = [Math.ceil(size / (workgroupLength * this.outputComponent)), 1, 1];
    this.shaderKey = `update ${this.variableComponents} ${this.outputComponent} ${code}`;
  }

  getUserCode(): string {
    const inputs = this.variableNames.map((_, i) => `let t${i} = getX${i}ByOutputIndex(index);`).join('\n');
    const at = (channel: string) =>
      `update(${this.variableComponents.map((width, i) => `t${i}${width === 4 ? `.${channel}` : ''}`).join(', ')})`;
    const result =
      this.outputComponent === 4 ? `vec4<f32>(${['x', 'y', 'z', 'w'].map(at).join(', ')})` : at('x');
    return `${opaque}
${this.code}
fn main(index : i32) {
  if (index < uniforms.size) {
    ${inputs}
    setOutputAtIndex(index, ${result});
  }
}`;
  }
}
