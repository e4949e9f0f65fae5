import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {type Expression, type Rule, trace} from './expression.js';
import {refuseValue} from './operand.js';
import {computedAs, type InputKind, type Signature, signatureOf, varies} from './signature.js';

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
  /** And those of which others shall have a copy. */
  readonly copied: readonly string[];
}

/** A compiled rule: gives the results in the order of its signature, without those that are replaced, and then the copies. */
export type Kernel = (call: KernelCall, backend: tf.KernelBackend) => tf.TensorInfo[];

/** How a backend runs rules. */
export interface KernelHost {
  /** What kernels belong to: a memory, a device. For another one they are compiled anew. */
  home(backend: tf.KernelBackend): object;
  /** `undefined` for a rule that is too large. */
  compile(version: Version, home: object): Kernel | undefined;
  /** Whether a kernel is faster than the reading over tensors. Always, where it is not said. */
  isWorthwhile?(
    version: Version,
    call: Pick<KernelCall, 'tensors' | 'size' | 'own'>,
    backend: tf.KernelBackend,
  ): boolean;
  /** Whether JavaScript reads its numbers without waiting for a device. Not, where it is not said. */
  readonly isAtHand?: boolean;
  /** Whether slots lie in a memory of ours, of which others see no more than copies. Not, where it is not said. */
  readonly keepsSlots?: boolean;
  /** Whether nobody else sees a change of a tensor's data. Never, where it is not said. */
  mayReplace?(dataId: tf.DataId, backend: tf.KernelBackend): boolean;
  /** Whether a run may fail, so that it belongs to the preparation: a GPU's programs are compiled in their first run. */
  readonly mayRunFail?: boolean;
}

/** What a kernel is compiled from. */
export interface Formula {
  readonly expression: Expression;
  readonly kinds: Readonly<Record<string, InputKind>>;
  readonly signature: Signature;
}

/** A rule as it was read for one way in which its inputs reach it. */
export interface Version extends Formula {
  readonly names: readonly string[];
  /** Results that are an input as it is, which a kernel has nothing to do with. */
  readonly passedOn: readonly (readonly [name: string, input: string])[];
  /** Results that are equal to another, and computed once. */
  readonly equal: readonly (readonly [name: string, result: string])[];
  /** Results that could be written over the input of their name: no other result is that input. */
  readonly replaceable: readonly string[];
  readonly kernels: WeakMap<object, Kernel>;
}

/** Of the optimizer's own results, those that others are given as well. */
export function sharedOf({equal}: Version, own: readonly string[]): readonly string[] {
  return equal.length === 0 ? [] : own.filter(name => equal.some(([, result]) => result === name));
}

/** What a rule is to be computed from. */
export type Inputs = Pick<KernelCall, 'tensors' | 'numbers' | 'shape'>;

/** What is known of a rule: how it was read for each way in which inputs reached it, and how often it was used. */
interface Known {
  readonly readings: {readonly kinds: Version['kinds']; readonly version: Version | undefined}[];
  uses: number;
}

const knownRules = new WeakMap<Rule, Known>();

/** A rule as it is read for its inputs; `undefined` for some that no kernel takes. */
export function versionOf(name: string, rule: Rule, inputs: Inputs): Version | undefined {
  let known = knownRules.get(rule);
  if (!known) {
    known = {readings: [], uses: 0};
    knownRules.set(rule, known);
  }
  const {readings} = known;
  let reading = readings.find(({kinds}) => areOf(kinds, inputs));
  if (!reading) {
    const kinds = kindsOf(inputs);
    if (!kinds) return undefined;
    reading = {kinds, version: newVersion(name, rule, kinds)};
    readings.push(reading);
  }
  const {version} = reading;
  const uses = ++known.uses;
  // A rule that looks at something that changes would go on with what it saw at first: seen at the second use, or at a later power of 2.
  if (version && uses > 1 && Number.isInteger(Math.log2(uses))) requireUnchanged(name, rule, version);
  return version;
}

function areOf(kinds: Version['kinds'], {tensors, numbers, shape}: Inputs): boolean {
  let missing = 0;
  for (const _ in kinds) missing++;
  for (const name in tensors) {
    if (kinds[name] !== kindOf(tensors[name]!, shape)) return false;
    missing--;
  }
  for (const name in numbers) {
    if (kinds[name] !== 'argument') return false;
    missing--;
  }
  return missing === 0;
}

function kindsOf({tensors, numbers, shape}: Inputs): Version['kinds'] | undefined {
  const kinds: Record<string, InputKind> = {};
  for (const name in tensors) {
    const kind = kindOf(tensors[name]!, shape);
    if (!kind) return undefined;
    kinds[name] = kind;
  }
  for (const name in numbers) kinds[name] = 'argument';
  return kinds;
}

function kindOf({dtype, shape}: tf.TensorInfo, common: readonly number[]): InputKind | undefined {
  if (dtype !== 'float32') return undefined;
  if (haveSameLengths(shape, common)) return 'elements';
  return shape.length === 0 ? 'element' : undefined;
}

function haveSameLengths(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
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
  // Chosen or compared with, NaN can be meant.
  const isNaNAt = (at: number) => Number.isNaN((nodes[at] as {value?: number}).value);
  if (
    nodes.some(node => 'right' in node && node.op !== 'select' && (isNaNAt(node.left) || isNaNAt(node.right)))
  )
    refuseValue('NaN');
  const varying = varies(nodes, kinds);
  // A result that is not of the elements' shape is for the reading over tensors.
  if (!Object.values(outputs).every(at => varying[at])) return undefined;
  const signature = signatureOf(expression, kinds);
  const passedOn = Object.entries(outputs).flatMap(([result, at]) => {
    const node = nodes[at]!;
    return node.op === 'input' ? [[result, node.name] as const] : [];
  });
  const equal = Object.keys(outputs).flatMap(name => {
    const result = computedAs(outputs, name);
    return result !== name && signature.results.includes(result) ? [[name, result] as const] : [];
  });
  const replaceable = signature.results.filter(
    result => kinds[result] === 'elements' && !passedOn.some(([, input]) => input === result),
  );
  const names = Object.keys(outputs);
  return {expression, kinds, signature, names, passedOn, equal, replaceable, kernels: new WeakMap()};
}
