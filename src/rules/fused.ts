import * as tf from '@tensorflow/tfjs-core';
import type {Rule} from './expression.js';
import {type Kernel, type KernelCall, type KernelHost, sharedOf, type Version, versionOf} from './kernel.js';
import {ownKernel} from './ownKernel.js';
import {staged} from './stagedKernel.js';
import {onTensorFlow} from './tensorflowKernel.js';
import {inBackend} from './wasmKernel.js';
import {webgl} from './webglKernel.js';
import {webgpu} from './webgpuKernel.js';

const hosts: Readonly<Record<string, KernelHost>> = {
  cpu: staged,
  tensorflow: onTensorFlow,
  wasm: inBackend,
  webgl,
  webgpu,
};
const kernelName = 'TfjsInjectUpdate';

/** @internal Whether rules become kernels: not where a test wants the reading over tensors, nor where a kind of kernel cannot be compiled. */
export const fusion = {isOn: true, refused: new Set<KernelHost>()};

/** Whether it costs nothing to look at numbers of the backend in use. */
export function areAtHand(): boolean {
  return hosts[tf.getBackend()]?.isAtHand === true;
}

/** Whether a slot may be written in place that is sometimes shown as a weight. */
export function keepsSlots(): boolean {
  return hosts[tf.getBackend()]?.keepsSlots === true;
}

type Results = Record<string, tf.Tensor>;

/** An update of one weight, as far as it can fail: what is left cannot. */
export interface Prepared {
  /** The results' names. */
  readonly names: readonly string[];
  /** A tensor of the shape and type of the result of this name. */
  like(name: string): tf.Tensor;
  /** Tensors by name, which the caller's tidy owns, or inputs. */
  run(): Results;
  /**
   * Gives the results to `take`, which must not keep them as they are. A result is the input of its name where it was
   * written over that: which is done to the optimizer's own where nobody else has them, and `mayReplace` says that what was
   * there is not needed any more.
   */
  write(mayReplace: boolean, take: (results: Results) => void): void;
}

/** An update whose results are there already. */
export function computed(results: Results): Prepared {
  return {
    names: Object.keys(results),
    like: name => results[name]!,
    run: () => ({...results}),
    write: (_, take) => take(results),
  };
}

/** Runs a rule as one kernel, or returns `undefined` where `prepareFused` does. */
export function runFused(...args: Parameters<typeof prepareFused>): Results | undefined {
  return prepareFused(...args)?.run();
}

/**
 * Makes a rule one kernel of the backend in use.
 *
 * @param own names of slots that nobody but the optimizer sees.
 * @returns `undefined` where no kernel does it: on other backends, for shapes that differ, for other types than float32,
 *     for more tensors than a GPU's program reads, where a page forbids WebAssembly, where it would not be faster.
 * @throws InjectError `INVALID_OPTION` where a rule does not compute the same as when it was first read.
 */
export function prepareFused(
  name: string,
  rule: Rule,
  tensors: Tensors,
  numbers: Readonly<Record<string, number>>,
  own: readonly string[] = [],
): Prepared | undefined {
  const backendName = tf.getBackend();
  const host = hosts[backendName];
  if (!host || !fusion.isOn || fusion.refused.has(host)) return undefined;
  let largest: tf.Tensor | undefined;
  for (const input in tensors) if (!largest || tensors[input]!.size > largest.size) largest = tensors[input]!;
  if (!largest) return undefined;
  const {shape, size} = largest;
  const version = versionOf(name, rule, {tensors, numbers, shape});
  if (!version || host.isWorthwhile?.(version, {tensors, size, own}, tf.backend()) === false)
    return undefined;
  const kernel = kernelOf(version, host);
  if (!kernel) return undefined;

  register(backendName);
  const fused = new Fused(host, version, kernel, {tensors, numbers, shape, size, own, largest});
  return host.mayRunFail ? computed(fused.run()) : fused;
}

type Tensors = Readonly<Record<string, tf.Tensor>>;
type Work = Omit<KernelCall, 'replaced' | 'copied'> & {
  readonly tensors: Tensors;
  readonly largest: tf.Tensor;
};

/** An update that is a kernel. */
class Fused implements Prepared {
  private readonly own: readonly string[];
  /** Of these, results that others have as well. */
  private readonly copied: readonly string[];

  constructor(
    private readonly host: KernelHost,
    private readonly version: Version,
    private readonly kernel: Kernel,
    private readonly work: Work,
  ) {
    const shared = sharedOf(version, work.own);
    // Of what is kept apart, others get a copy; elsewhere it is not the optimizer's own.
    this.copied = host.keepsSlots ? shared : [];
    this.own =
      shared.length === this.copied.length ? work.own : work.own.filter(name => !shared.includes(name));
  }

  get names(): readonly string[] {
    return this.version.names;
  }

  like(): tf.Tensor {
    return this.work.largest;
  }

  run(): Results {
    const outputs = this.call([]);
    return this.resultsOf(outputs, []);
  }

  write(mayReplace: boolean, take: (results: Results) => void): void {
    const replaced = mayReplace ? this.replaceable() : [];
    const outputs = this.call(replaced);
    take(this.resultsOf(outputs, replaced));
    for (const output of outputs) output.dispose();
  }

  private call(replaced: readonly string[]): tf.Tensor[] {
    const {own, copied} = this;
    const {tensors, numbers, shape, size} = this.work;
    const call: KernelCall = {tensors, numbers, shape, size, own, replaced, copied};
    const attributes = {kernel: this.kernel, call} as unknown as tf.NamedAttrMap;
    const engine = tf.engine();
    return engine.runKernel(kernelName, tensors as tf.NamedTensorMap, attributes) as unknown as tf.Tensor[];
  }

  private resultsOf(outputs: readonly tf.Tensor[], replaced: readonly string[]): Results {
    const {version} = this;
    const {tensors} = this.work;
    const results: Results = {};
    let next = 0;
    for (const name of version.signature.results)
      results[name] = replaced.includes(name) ? tensors[name]! : outputs[next++]!;
    const copies = Object.fromEntries(this.copied.map(name => [name, outputs[next++]!]));
    for (const [name, result] of version.equal) results[name] = copies[result] ?? results[result]!;
    for (const [name, input] of version.passedOn) results[name] = tensors[input]!;
    return results;
  }

  /** The optimizer's own results whose inputs nobody else has. */
  private replaceable(): readonly string[] {
    const {tensors} = this.work;
    const {own} = this;
    const backend = tf.backend();
    return this.version.replaceable.filter(name => {
      const {dataId} = tensors[name]!;
      return (
        own.includes(name) &&
        backend.refCount(dataId) === 1 &&
        this.host.mayReplace?.(dataId, backend) === true
      );
    });
  }
}

function kernelOf(version: Version, host: KernelHost): Kernel | undefined {
  const home = host.home(tf.backend());
  let kernel = version.kernels.get(home);
  if (kernel) return kernel;
  try {
    kernel = host.compile(version, home);
  } catch (error) {
    // A page that forbids WebAssembly may have a GPU.
    fusion.refused.add(host);
    console.warn(
      `tfjs-inject: updates run operation by operation, for a kernel cannot be compiled here: ${error}`,
    );
    return undefined;
  }
  if (kernel) version.kernels.set(home, kernel);
  return kernel;
}

const register = ownKernel(kernelName, ({attrs, backend}) => {
  const {kernel, call} = attrs as unknown as {kernel: Kernel; call: KernelCall};
  return kernel(call, backend as tf.KernelBackend);
});
