import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {type Expression, type Rule, trace} from './expression.js';
import {type InputKind, type Signature, signatureOf, varies} from './signature.js';

/** What a kernel is called with. */
export interface KernelCall {
  /** Each tensor of a call, by its name in the rule. */
  readonly tensors: Readonly<Record<string, tf.TensorInfo>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly shape: number[];
  readonly size: number;
  /** Results that nobody but the optimizer sees: they may lie where a kernel wants them. */
  readonly own: readonly string[];
  /** Of these, those to be written over the input of their name. */
  readonly replaced: readonly string[];
  readonly backend: tf.KernelBackend;
}

/** A compiled rule: gives the results in the order of its signature, without those that are replaced. */
export type Kernel = (call: KernelCall) => tf.TensorInfo[];

/** How a backend runs rules. */
export interface KernelHost {
  /** What kernels belong to: a memory, a device. For another one they are compiled anew. */
  home(backend: tf.KernelBackend): object;
  /** `undefined` for a rule that is too large. */
  compile(version: Version, home: object): Kernel | undefined;
  /** Whether a kernel is faster than the reading over tensors. Always, where it is not said. */
  isWorthwhile?(version: Version, size: number, own: readonly string[], backend: tf.KernelBackend): boolean;
  /** Whether nobody else sees a change of a tensor's data. Never, where it is not said. */
  mayReplace?(dataId: tf.DataId, backend: tf.KernelBackend): boolean;
  /** Whether a run may fail, so that it belongs to the preparation: a GPU's programs are compiled in their first run. */
  readonly mayRunFail?: boolean;
}

/** A rule as it was read for one way in which its inputs reach it. */
export interface Version {
  readonly expression: Expression;
  readonly kinds: Readonly<Record<string, InputKind>>;
  readonly signature: Signature;
  readonly names: readonly string[];
  /** Results that are an input as it is, which a kernel has nothing to do with. */
  readonly passedOn: readonly (readonly [name: string, input: string])[];
  /** Results that could be written over the input of their name: no other result is that input. */
  readonly replaceable: readonly string[];
  readonly kernels: WeakMap<object, Kernel>;
}

/** What is known of a rule: its versions, and how often it was used. */
interface Known {
  readonly versions: Map<string, Version | undefined>;
  uses: number;
}

const knownRules = new WeakMap<Rule, Known>();

/** `key` tells apart what `kinds` gives: the kind of each input. */
export function versionOf(
  name: string,
  rule: Rule,
  key: string,
  kinds: () => Version['kinds'],
): Version | undefined {
  let known = knownRules.get(rule);
  if (!known) {
    known = {versions: new Map(), uses: 0};
    knownRules.set(rule, known);
  }
  known.uses++;
  const {versions, uses} = known;
  if (!versions.has(key)) versions.set(key, newVersion(name, rule, kinds()));
  const version = versions.get(key);
  // A rule that looks at something that changes would go on with what it saw at first: seen at the second use, or at a later power of 2.
  if (version && uses > 1 && Number.isInteger(Math.log2(uses))) requireUnchanged(name, rule, version);
  return version;
}

function requireUnchanged(name: string, rule: Rule, {expression, kinds}: Version): void {
  const now = trace(name, rule, Object.keys(kinds));
  if (JSON.stringify(now) === JSON.stringify(expression)) return;
  throw new InjectError(
    'INVALID_OPTION',
    `the rule of group '${name}' must compute the same at each reading; what changes from step to step comes by ` +
      `'scalars'. It has become another since it was first read`,
  );
}

function newVersion(name: string, rule: Rule, kinds: Version['kinds']): Version | undefined {
  const expression = trace(name, rule, Object.keys(kinds));
  const {nodes, outputs} = expression;
  const varying = varies(nodes, kinds);
  // A result that is not of the elements' shape is for the reading over tensors.
  if (!Object.values(outputs).every(at => varying[at])) return undefined;
  const signature = signatureOf(expression, kinds);
  const passedOn = Object.entries(outputs).flatMap(([result, at]) => {
    const node = nodes[at]!;
    return node.op === 'input' ? [[result, node.name] as const] : [];
  });
  const replaceable = signature.results.filter(
    result => kinds[result] === 'elements' && !passedOn.some(([, input]) => input === result),
  );
  const names = Object.keys(outputs);
  return {expression, kinds, signature, names, passedOn, replaceable, kernels: new WeakMap()};
}
