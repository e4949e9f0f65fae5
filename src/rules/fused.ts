import * as tf from '@tensorflow/tfjs-core';
import type {Rule} from './expression.js';
import {type Kernel, type KernelCall, type KernelHost, type Version, versionOf} from './kernel.js';
import type {InputKind} from './signature.js';
import {staged} from './stagedKernel.js';
import {inBackend} from './wasmKernel.js';
import {webgl} from './webglKernel.js';
import {webgpu} from './webgpuKernel.js';

const hosts: Readonly<Record<string, KernelHost>> = {
  cpu: staged,
  // TensorFlow computes large tensors on all cores, and what is staged of them becomes garbage in each step.
  tensorflow: {...staged, largest: 16384},
  wasm: inBackend,
  webgl,
  webgpu,
};
const kernelName = 'TfjsInjectUpdate';

/** @internal Whether rules become kernels: not where WebAssembly is forbidden, or a test wants the reading over tensors. */
export const fusion = {isOn: true};

/** An update of one weight, as far as it can fail: what is left cannot. */
export interface Prepared {
  /** The results' names. */
  readonly names: readonly string[];
  shapeOf(name: string): readonly number[];
  /**
   * @param replaceable results that may be written over the inputs of their names, where nobody else has these.
   * @returns tensors by name, which the caller's tidy owns, or inputs.
   */
  run(replaceable: readonly string[]): Record<string, tf.Tensor>;
}

/** An update whose results are there already. */
export function computed(results: Readonly<Record<string, tf.Tensor>>): Prepared {
  return {
    names: Object.keys(results),
    shapeOf: name => results[name]!.shape,
    run: () => ({...results}),
  };
}

/** Runs a rule as one kernel, or returns `undefined` where `prepareFused` does. */
export function runFused(...args: Parameters<typeof prepareFused>): Record<string, tf.Tensor> | undefined {
  return prepareFused(...args)?.run([]);
}

/**
 * Makes a rule one kernel of the backend in use.
 *
 * @returns `undefined` where no kernel does it: on other backends, for shapes that differ, for other types than float32,
 *     for more tensors than a GPU's program reads, where a page forbids WebAssembly.
 * @throws InjectError `INVALID_OPTION` where a rule does not compute the same as when it was first read.
 */
export function prepareFused(
  name: string,
  rule: Rule,
  tensors: Readonly<Record<string, tf.Tensor>>,
  numbers: Readonly<Record<string, number>>,
): Prepared | undefined {
  const backendName = tf.getBackend();
  const host = hosts[backendName];
  if (!host || !fusion.isOn) return undefined;
  let largest: tf.Tensor | undefined;
  for (const input in tensors) if (!largest || tensors[input]!.size > largest.size) largest = tensors[input]!;
  if (!largest) return undefined;
  const {shape, size} = largest;
  if (size > (host.largest ?? Number.POSITIVE_INFINITY)) return undefined;
  let key = '';
  for (const input in tensors) {
    const kind = kindOf(tensors[input]!, shape);
    if (!kind) return undefined;
    key += `${input}:${kind} `;
  }
  for (const input in numbers) key += `${input}:argument `;
  const version = versionOf(name, rule, key, () => kindsOf(tensors, numbers, shape));
  const kernel = version && kernelOf(version, host);
  if (!kernel) return undefined;

  register(backendName);
  const {names, results} = version;
  const run: Prepared['run'] = allowed => {
    const replaceable = onlyHolders(version, allowed, tensors);
    const attributes = {kernel, numbers, shape, replaceable} as unknown as tf.NamedAttrMap;
    const inputs = tensors as tf.NamedTensorMap;
    const outputs = tf.engine().runKernel(kernelName, inputs, attributes) as unknown as tf.Tensor[];
    const named: Record<string, tf.Tensor> = {};
    for (const [result, from] of results)
      named[result] = typeof from === 'string' ? tensors[from]! : outputs[from]!;
    return named;
  };
  return host.mayRunFail ? computed(run([])) : {names, shapeOf: () => shape, run};
}

/** Of the results that may be written over an input, those whose input's data no other tensor has. */
function onlyHolders(
  {replaceable}: Version,
  allowed: readonly string[],
  tensors: Readonly<Record<string, tf.Tensor>>,
): string[] {
  if (allowed.length === 0) return [];
  const backend = tf.backend();
  return replaceable.filter(name => allowed.includes(name) && backend.refCount(tensors[name]!.dataId) === 1);
}

function kindsOf(
  tensors: Readonly<Record<string, tf.Tensor>>,
  numbers: Readonly<Record<string, number>>,
  shape: readonly number[],
): Version['kinds'] {
  const kinds: Record<string, InputKind> = {};
  for (const input in tensors) kinds[input] = kindOf(tensors[input]!, shape)!;
  for (const input in numbers) kinds[input] = 'argument';
  return kinds;
}

function kindOf({dtype, shape}: tf.Tensor, common: readonly number[]): InputKind | undefined {
  if (dtype !== 'float32') return undefined;
  if (tf.util.arraysEqual(shape, common as number[])) return 'elements';
  return shape.length === 0 ? 'element' : undefined;
}

function kernelOf(version: Version, host: KernelHost): Kernel | undefined {
  const home = host.home(tf.backend());
  let kernel = version.kernels.get(home);
  if (kernel) return kernel;
  try {
    kernel = host.compile(version, home);
  } catch (error) {
    fusion.isOn = false;
    console.warn(
      `tfjs-inject: updates run operation by operation, for a kernel cannot be compiled here: ${error}`,
    );
    return undefined;
  }
  if (kernel) version.kernels.set(home, kernel);
  return kernel;
}

const registered = new Set<string>();

function register(backendName: string): void {
  if (registered.has(backendName)) return;
  registered.add(backendName);
  if (tf.getKernel(kernelName, backendName)) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({inputs, attrs, backend}) => {
      type Attributes = {kernel: Kernel} & Pick<KernelCall, 'numbers' | 'shape' | 'replaceable'>;
      const {kernel, numbers, shape, replaceable} = attrs as unknown as Attributes;
      const tensors = inputs as KernelCall['tensors'];
      return kernel({tensors, numbers, shape, replaceable, backend: backend as tf.KernelBackend});
    },
  });
}
