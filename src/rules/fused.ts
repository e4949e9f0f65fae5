import * as tf from '@tensorflow/tfjs-core';
import {type Expression, type Rule, trace} from './expression.js';
import {type InputKind, type Signature, signatureOf, varies} from './signature.js';
import {staged} from './stagedKernel.js';
import {inBackend} from './wasmKernel.js';
import {webgl} from './webglKernel.js';
import {webgpu} from './webgpuKernel.js';

/** What a kernel is called with. */
export interface KernelCall {
  /** Each tensor of a call, by its name in the rule. */
  readonly tensors: Readonly<Record<string, tf.TensorInfo>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly shape: number[];
  /** Results that may take the place of the input of their name, where nobody else has its data. */
  readonly replaceable: readonly string[];
  readonly backend: tf.KernelBackend;
}

/** A compiled rule: gives the results in the order of its signature. */
export type Kernel = (call: KernelCall) => tf.TensorInfo[];

/** How a backend runs rules. */
export interface KernelHost {
  /** What kernels belong to: a memory, a device. For another one they are compiled anew. */
  home(backend: tf.KernelBackend): object;
  /** `undefined` for a rule that is too large. */
  compile(version: Version, home: object): Kernel | undefined;
  /** Whether a run may fail, so that it belongs to the preparation: a GPU's programs are compiled in their first run. */
  readonly mayRunFail?: boolean;
}

const hosts: Readonly<Record<string, KernelHost>> = {
  cpu: staged,
  tensorflow: staged,
  wasm: inBackend,
  webgl,
  webgpu,
};
const kernelName = 'TfjsInjectUpdate';

/** @internal Whether rules become kernels: not where WebAssembly is forbidden, or a test wants the reading over tensors. */
export const fusion = {isOn: true};

/** A rule as it was read for one way in which its inputs reach it. */
export interface Version {
  readonly expression: Expression;
  readonly kinds: Readonly<Record<string, InputKind>>;
  readonly signature: Signature;
  /** Results that could be written over the input of their name: no other result is that input. */
  readonly replaceable: readonly string[];
  readonly kernels: WeakMap<object, Kernel>;
}

const versions = new WeakMap<Rule, Map<string, Version | undefined>>();

/** A kernel with its inputs, compiled: what is left cannot fail. */
export interface Prepared {
  /** The results' names, each with its shape. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /**
   * @param replaceable results that may be written over the inputs of their names, where nobody else has these.
   * @returns tensors by name, which the caller's tidy owns, or inputs.
   */
  run(replaceable: readonly string[]): Record<string, tf.Tensor>;
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
  const {shape} = Object.values(tensors).reduce((a, b) => (b.size > a.size ? b : a));
  const kinds: Record<string, InputKind> = {};
  for (const [input, tensor] of Object.entries(tensors)) {
    const kind = kindOf(tensor, shape);
    if (!kind) return undefined;
    kinds[input] = kind;
  }
  for (const input of Object.keys(numbers)) kinds[input] = 'argument';
  const version = versionOf(name, rule, kinds);
  const kernel = version && kernelOf(version, host);
  if (!kernel) return undefined;

  register(backendName);
  const {expression, signature} = version;
  const run: Prepared['run'] = names => {
    const replaceable = onlyHolders(
      names.filter(each => version.replaceable.includes(each)),
      tensors,
    );
    const attributes = {kernel, numbers, shape, replaceable} as unknown as tf.NamedAttrMap;
    const outputs = tf.engine().runKernel(kernelName, {...tensors}, attributes) as unknown as tf.Tensor[];
    const results: Record<string, tf.Tensor> = {};
    for (const [result, at] of Object.entries(expression.outputs)) {
      const node = expression.nodes[at]!;
      results[result] =
        node.op === 'input' ? tensors[node.name]! : outputs[signature.results.indexOf(result)]!;
    }
    return results;
  };
  const shapes = Object.fromEntries(Object.keys(expression.outputs).map(result => [result, shape]));
  if (!host.mayRunFail) return {shapes, run};
  const results = run([]);
  return {shapes, run: () => results};
}

/** Of the names, those whose data no other tensor has. */
function onlyHolders(names: readonly string[], tensors: Readonly<Record<string, tf.Tensor>>): string[] {
  return names.filter(name => tf.backend().refCount(tensors[name]!.dataId) === 1);
}

function kindOf({dtype, shape}: tf.Tensor, common: readonly number[]): InputKind | undefined {
  if (dtype !== 'float32') return undefined;
  if (shape.length === common.length && shape.every((length, i) => length === common[i])) return 'elements';
  return shape.length === 0 ? 'element' : undefined;
}

function versionOf(
  name: string,
  rule: Rule,
  kinds: Readonly<Record<string, InputKind>>,
): Version | undefined {
  let known = versions.get(rule);
  if (!known) {
    known = new Map();
    versions.set(rule, known);
  }
  const key = JSON.stringify(kinds);
  if (known.has(key)) return known.get(key);
  const expression = trace(name, rule, Object.keys(kinds));
  const varying = varies(expression.nodes, kinds);
  // A result that is not of the elements' shape is for the reading over tensors.
  const isWhole = Object.values(expression.outputs).every(at => varying[at]);
  const version = isWhole ? newVersion(expression, kinds) : undefined;
  known.set(key, version);
  return version;
}

function newVersion(expression: Expression, kinds: Version['kinds']): Version {
  const {nodes, outputs} = expression;
  const returned = new Set(
    Object.values(outputs).flatMap(at => {
      const node = nodes[at]!;
      return node.op === 'input' ? [node.name] : [];
    }),
  );
  const signature = signatureOf(expression, kinds);
  const replaceable = signature.results.filter(name => kinds[name] === 'elements' && !returned.has(name));
  return {expression, kinds, signature, replaceable, kernels: new WeakMap()};
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

function register(backendName: string): void {
  if (tf.getKernel(kernelName, backendName)) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({inputs, attrs, backend}) => {
      const {kernel, ...call} = attrs as unknown as {kernel: Kernel} & Pick<
        KernelCall,
        'numbers' | 'shape' | 'replaceable'
      >;
      const tensors = inputs as KernelCall['tensors'];
      return kernel({...call, tensors, backend: backend as tf.KernelBackend});
    },
  });
}
