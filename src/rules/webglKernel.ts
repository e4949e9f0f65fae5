import * as tf from '@tensorflow/tfjs-core';
import {forResult} from './expression.js';
import type {KernelCall, KernelHost, Version} from './kernel.js';
import {type ShaderLanguage, shaderCode} from './shaderCode.js';
import {type Signature, signatureOf} from './signature.js';

/** What of tfjs's webgl backend kernels reach: all of it stands here. */
interface WebGLBackend extends tf.KernelBackend {
  /** Whether a tensor is in a texture, and whether that holds four of its values in each texel. */
  getDataInfo(dataId: tf.DataId): {readonly texture?: object | null; readonly isPacked?: boolean};
  packTensor(input: tf.TensorInfo): tf.TensorInfo;
  unpackTensor(input: tf.TensorInfo): tf.TensorInfo;
  /** Compiles a program that it has not seen for these shapes. */
  runWebGLProgram(
    program: UpdateProgram,
    inputs: tf.TensorInfo[],
    dtype: 'float32',
    customUniformValues: number[][],
  ): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

/** A bit pattern may be anything after `^`. WebGL 1 has no bits. */
const opaque = `#if __VERSION__ >= 300
float opaque(float x) { return intBitsToFloat(floatBitsToInt(x) ^ zero); }
#else
float opaque(float x) { return x; }
#endif`;

const glsl: ShaderLanguage = {
  define: (name, parameters, body) =>
    `float ${name}(${parameters.map(each => `float ${each}`).join(', ')}) {\n${body.join('\n')}\n}`,
  declare: (name, value) => `float ${name} = ${value};`,
  literal: digits => (/[.e]/.test(digits) ? digits : `${digits}.0`),
  select: (condition, whenTrue, whenFalse) => `(${condition}) ? ${whenTrue} : ${whenFalse}`,
  argument: place => `number${place}`,
  opaque: 'opaque',
  // The language has no literal for it: each program has it as a uniform.
  infinity: 'infinity',
  nan: 'NAN',
};

/** On the webgl backend: one of its programs for each result. */
export const webgl: KernelHost = {
  home: backend => backend,
  mayRunFail: true,

  compile: version => {
    const results = version.signature.results.map(name => new Result(version, name));
    const most = tf.env().getNumber('WEBGL_MAX_TEXTURES_IN_SHADER');
    if (results.some(({inputs}) => inputs.length > most)) return undefined;
    return (call, backend) => runPrograms(results, call, backend as WebGLBackend);
  },
};

/** One result of a rule: what it is computed from, and its programs, one for each shape. */
class Result {
  readonly inputs: readonly string[];
  readonly numbers: readonly string[];
  private readonly code: string;
  private readonly signature: Signature;
  private readonly programs = new Map<string, UpdateProgram>();

  constructor({expression, kinds}: Version, name: string) {
    const own = forResult(expression, name);
    this.signature = signatureOf(own, kinds);
    this.inputs = [...this.signature.elements, ...this.signature.element];
    this.numbers = this.signature.numbers;
    this.code = shaderCode(own, this.signature, glsl);
  }

  program(shape: number[], isPacked: boolean): UpdateProgram {
    const key = `${shape} ${isPacked}`;
    let program = this.programs.get(key);
    if (!program) {
      program = new UpdateProgram(this.code, this.signature, shape, isPacked);
      this.programs.set(key, program);
    }
    return program;
  }
}

/** A program as the backend wants it; it tells programs apart by their code and the shapes. */
class UpdateProgram {
  readonly variableNames: string[];
  readonly customUniforms: {name: string; type: 'float' | 'int'}[];
  readonly packedInputs: boolean;
  readonly packedOutput: boolean;
  readonly userCode: string;

  constructor(
    code: string,
    {elements, element, numbers}: Signature,
    readonly outputShape: number[],
    isPacked: boolean,
  ) {
    this.packedInputs = isPacked;
    this.packedOutput = isPacked;
    this.variableNames = [...elements, ...element].map((_, i) => `x${i}`);
    const names = numbers.map((_, i) => glsl.argument(i));
    this.customUniforms = [...names, glsl.infinity].map(name => ({name, type: 'float'}));
    this.customUniforms.push({name: 'zero', type: 'int'});
    const inputs = this.variableNames.map((_, i) => `getX${i}AtOutCoords()`);
    const main = isPacked ? packedMain(inputs, outputShape) : unpackedMain(inputs);
    this.userCode = `${opaque}\n${code}\nvoid main() {\n${main}\n}`;
  }
}

function unpackedMain(inputs: readonly string[]): string {
  return `setOutput(update(${inputs.join(', ')}));`;
}

/**
 * A texel of a packed texture holds two columns of two rows. Where a shape is odd, some have no element; others'
 * programs add up whole texels, so they must be 0.
 */
function packedMain(inputs: readonly string[], shape: readonly number[]): string {
  const rank = shape.length;
  const texels = inputs.map((input, i) => `vec4 t${i} = ${input};`).join('\n');
  const at = (channel: string) => `update(${inputs.map((_, i) => `t${i}.${channel}`).join(', ')})`;
  const [row, column] = rank > 1 ? [`c.${'xyzw'[rank - 2]}`, `c.${'xyzw'[rank - 1]}`] : ['0', 'c'];
  return `${texels}
${rank > 1 ? `ivec${rank}` : 'int'} c = getOutputCoords();
bool isColumn = ${column} + 1 < ${shape[rank - 1] ?? 1};
bool isRow = ${row} + 1 < ${shape[rank - 2] ?? 1};
setOutput(vec4(
  ${at('r')},
  isColumn ? ${at('g')} : 0.0,
  isRow ? ${at('b')} : 0.0,
  isColumn && isRow ? ${at('a')} : 0.0));`;
}

function runPrograms(
  results: readonly Result[],
  {tensors, numbers, shape}: KernelCall,
  webgl: WebGLBackend,
): tf.TensorInfo[] {
  // The gradient is made anew in each step; all else is as the last step left it.
  const [first] = Object.keys(tensors);
  const isPacked = !!webgl.getDataInfo((tensors.gradient ?? tensors[first!]!).dataId).isPacked;
  // Textures have no more than four axes; the last two are what is packed.
  const drawn = shape.length > 4 ? [product(shape.slice(0, -2)), ...shape.slice(-2)] : shape;

  const converted: tf.TensorInfo[] = [];
  const ready: Record<string, tf.TensorInfo> = {};
  for (const [name, {dataId, dtype, shape: own}] of Object.entries(tensors)) {
    const input = {dataId, dtype, shape: own.length > 4 ? drawn : own};
    const {texture, isPacked: isInputPacked} = webgl.getDataInfo(dataId);
    const mustConvert = texture && !!isInputPacked !== isPacked && product(own) > 0;
    // Once, where each program would do it for itself.
    ready[name] = mustConvert ? (isPacked ? webgl.packTensor(input) : webgl.unpackTensor(input)) : input;
    if (mustConvert) converted.push(ready[name]);
  }
  const outputs = results.map(result => {
    const inputs = result.inputs.map(name => ready[name]!);
    const values = [...result.numbers.map(name => numbers[name]!), Number.POSITIVE_INFINITY, 0];
    const {dataId, dtype} = webgl.runWebGLProgram(
      result.program(drawn, isPacked),
      inputs,
      'float32',
      values.map(value => [value]),
    );
    return {dataId, dtype, shape};
  });
  for (const info of converted) webgl.disposeIntermediateTensorInfo(info);
  return outputs;
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((all, length) => all * length, 1);
}
