import * as tf from '@tensorflow/tfjs-core';
import {type Expression, type Rule, trace} from './expression.js';
import {staged} from './stagedKernel.js';
import {type InputKind, type Signature, signatureOf, varies, wasmCode} from './wasmCode.js';
import {inBackend} from './wasmKernel.js';

/** A kernel as it stands in a memory: called with the number of elements, pointers and numbers, by its signature. */
export type Run = (...values: number[]) => void;

/** What a backend's kernel is called with. */
export interface KernelCall {
  readonly run: Run;
  readonly signature: Signature;
  /** Each tensor of a call, by its name in the rule. */
  readonly tensors: Readonly<Record<string, tf.TensorInfo>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly shape: number[];
  readonly backend: tf.KernelBackend;
}

/** How a backend runs compiled rules. */
export interface KernelHost {
  /** Where its kernels work. */
  memory(backend: tf.KernelBackend): WebAssembly.Memory;
  /** @returns the results, in the order of the signature. */
  run(call: KernelCall): tf.TensorInfo[];
}

const hosts: Readonly<Record<string, KernelHost>> = {cpu: staged, tensorflow: staged, wasm: inBackend};
const kernelName = 'TfjsInjectUpdate';

/** @internal Whether rules become kernels: not where WebAssembly is forbidden, or a test wants the reading over tensors. */
export const fusion = {isOn: true};

/** A rule as it was read for one way in which its inputs reach it. */
interface Version {
  readonly expression: Expression;
  readonly kinds: Readonly<Record<string, InputKind>>;
  readonly signature: Signature;
  readonly runs: WeakMap<WebAssembly.Memory, Run>;
}

const versions = new WeakMap<Rule, Map<string, Version | undefined>>();

/**
 * Runs a rule as one kernel of the backend in use.
 *
 * @returns new tensors by name, which the caller's tidy owns, or inputs; `undefined` where no kernel does it: on other
 *     backends, for shapes that differ, for other types than float32, where a page forbids WebAssembly.
 */
export function runFused(
  name: string,
  rule: Rule,
  tensors: Readonly<Record<string, tf.Tensor>>,
  numbers: Readonly<Record<string, number>>,
): Record<string, tf.Tensor> | undefined {
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
  const run = version && runIn(host.memory(tf.backend()), version);
  if (!run) return undefined;

  register(backendName, host);
  const {expression, signature} = version;
  const attributes = {run, signature, numbers, shape} as unknown as tf.NamedAttrMap;
  const outputs = tf.engine().runKernel(kernelName, {...tensors}, attributes) as unknown as tf.Tensor[];
  const results: Record<string, tf.Tensor> = {};
  for (const [result, at] of Object.entries(expression.outputs)) {
    const node = expression.nodes[at]!;
    results[result] = node.op === 'input' ? tensors[node.name]! : outputs[signature.results.indexOf(result)]!;
  }
  return results;
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
  const version = isWhole
    ? {expression, kinds, signature: signatureOf(expression, kinds), runs: new WeakMap()}
    : undefined;
  known.set(key, version);
  return version;
}

function runIn(memory: WebAssembly.Memory, {expression, kinds, runs}: Version): Run | undefined {
  let run = runs.get(memory);
  if (run) return run;
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  try {
    const module = new WebAssembly.Module(wasmCode(expression, kinds, isShared));
    run = new WebAssembly.Instance(module, {host: {memory}}).exports.run as Run;
  } catch (error) {
    fusion.isOn = false;
    console.warn(
      `tfjs-inject: updates run operation by operation, for WebAssembly cannot be compiled here: ${error}`,
    );
    return undefined;
  }
  runs.set(memory, run);
  return run;
}

function register(backendName: string, host: KernelHost): void {
  if (tf.getKernel(kernelName, backendName)) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({inputs, attrs, backend}) =>
      host.run({...(attrs as object), tensors: inputs, backend} as unknown as KernelCall),
  });
}
