import type {Binary, Comparison, Expression, Unary} from './expression.js';
import type {Formula} from './kernel.js';
import {type InputKind, signatureOf, varies} from './signature.js';

// Instructions by their number, for a vector of four (behind the prefix 0xfd) and for one number.
const unary: Record<Unary, readonly [vector: number, single: number]> = {
  abs: [0xe0, 0x8b],
  neg: [0xe1, 0x8c],
  sqrt: [0xe3, 0x91],
};
const binary: Record<Binary, readonly [vector: number, single: number]> = {
  add: [0xe4, 0x92],
  sub: [0xe5, 0x93],
  mul: [0xe6, 0x94],
  div: [0xe7, 0x95],
  minimum: [0xe8, 0x96],
  maximum: [0xe9, 0x97],
};
const comparisons: Record<Comparison, readonly [vector: number, single: number]> = {
  equal: [0x41, 0x5b],
  less: [0x43, 0x5d],
  greater: [0x44, 0x5e],
  lessEqual: [0x45, 0x5f],
  greaterEqual: [0x46, 0x60],
};
const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;

/** Vectors in one turn of the first loop: the places of their operands are then computed once for all of them. */
const vectorsPerTurn = 4;

/**
 * Encodes an expression as a WebAssembly module with one function, `run`, over
 * the memory that it imports as `host.memory`: some vectors of four elements at a time, then vector by vector, then
 * the rest one by one. Results may be written where an input is read.
 *
 * @param kinds how each input reaches it.
 * @param isShared whether the memory is shared between threads.
 */
export function wasmCode(
  expression: Expression,
  kinds: Readonly<Record<string, InputKind>>,
  isShared: boolean,
): Uint8Array<ArrayBuffer> {
  const {nodes, outputs} = expression;
  const signature = signatureOf(expression, kinds);
  const pointers = [...signature.elements, ...signature.element, ...signature.results.map(resultName)];
  const parameters = 1 + pointers.length + signature.numbers.length;
  const pointerTo = (name: string) => get(1 + pointers.indexOf(name));

  // Nodes that are the same for all elements are computed once, before the loops.
  const varying = varies(nodes, kinds);

  // Locals: the offset in bytes, then each node as one number, then each as a vector.
  const offset = parameters;
  const single = (at: number) => offset + 1 + at;
  const vector = (at: number) => offset + 1 + nodes.length + at;
  const compute = (at: number, isVector: boolean, ahead = 0): number[] => {
    const node = nodes[at]!;
    const local = isVector ? vector : single;
    const operator = ([wide, narrow]: readonly [number, number]) =>
      isVector ? [0xfd, ...unsigned(wide)] : [narrow];
    if (node.op === 'constant') return constant(node.value);
    if (node.op === 'input') return load(node.name, isVector, ahead);
    if ('of' in node) return [...get(local(node.of)), ...operator(unary[node.op])];
    const compared = [...get(local(node.left)), ...get(local(node.right))];
    if (node.op !== 'select') return [...compared, ...operator(binary[node.op])];
    return [
      ...get(local(node.whenTrue)),
      ...get(local(node.whenFalse)),
      ...compared,
      ...operator(comparisons[node.comparison]),
      ...(isVector ? [0xfd, 0x52] : [0x1b]),
    ];
  };
  const load = (name: string, isVector: boolean, ahead: number): number[] => {
    if (kinds[name] === 'argument') return get(1 + pointers.length + signature.numbers.indexOf(name));
    if (kinds[name] === 'element') return [...pointerTo(name), ...memory(false, 'load', 0)];
    return [...pointerTo(name), ...get(offset), 0x6a, ...memory(isVector, 'load', ahead)];
  };

  const before = nodes.flatMap((_, at) =>
    varying[at]
      ? []
      : [...compute(at, false), ...set(single(at)), ...get(single(at)), 0xfd, 0x13, ...set(vector(at))],
  );
  /** All results of one vector or number, which lies so many bytes ahead of the offset. */
  const pass = (isVector: boolean, ahead: number): number[] => {
    const local = isVector ? vector : single;
    return [
      ...nodes.flatMap((_, at) => (varying[at] ? [...compute(at, isVector, ahead), ...set(local(at))] : [])),
      ...signature.results.flatMap(name => [
        ...pointerTo(resultName(name)),
        ...get(offset),
        0x6a,
        ...get(local(outputs[name]!)),
        ...memory(isVector, 'store', ahead),
      ]),
    ];
  };
  /** Turns of 2ⁿ elements while there are so many: the offset is below (count >> n) << (n + 2). */
  const loop = (n: number): number[] => {
    const isVector = n >= 2;
    const passes = isVector ? 2 ** (n - 2) : 1;
    return [
      ...[0x02, 0x40, 0x03, 0x40],
      ...[...get(offset), ...get(0), 0x41, n, 0x76, 0x41, n + 2, 0x74, 0x4f, 0x0d, 1],
      ...Array.from({length: passes}, (_, i) => pass(isVector, 16 * i)).flat(),
      ...[...get(offset), 0x41, ...signed(4 * 2 ** n), 0x6a, ...set(offset), 0x0c, 0, 0x0b, 0x0b],
    ];
  };
  const loops = [2 + Math.log2(vectorsPerTurn), 2, 0].flatMap(loop);
  const locals = [3, ...[1, i32], ...[...unsigned(nodes.length), f32], ...[...unsigned(nodes.length), v128]];
  const body = [...locals, ...before, ...loops, 0x0b];

  const types = [...pointers.map(() => i32), ...signature.numbers.map(() => f32)];
  const limits = isShared ? [0x03, 0, ...unsigned(65536)] : [0x00, 0];
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...sized([i32, ...types].map(type => [type])), 0]),
    ...section(2, [1, ...text('host'), ...text('memory'), 0x02, ...limits]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('run'), 0x00, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ];
  return Uint8Array.from(bytes);
}

const resultName = (name: string) => `→ ${name}`;
const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const constant = (value: number) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];

/** Loads and stores, so many bytes ahead of an address, need no alignment. */
function memory(isVector: boolean, access: 'load' | 'store', ahead: number): number[] {
  if (isVector) return [0xfd, access === 'load' ? 0x00 : 0x0b, 0, ...unsigned(ahead)];
  return [access === 'load' ? 0x2a : 0x38, 0, ...unsigned(ahead)];
}

/** LEB128, in which WebAssembly writes whole numbers. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** The same of a number with a sign, here of one that is not negative. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}

function sized(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  return sized([...new TextEncoder().encode(value)].map(byte => [byte]));
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** A kernel over a memory: of the number of elements, pointers and numbers, by its signature. */
export type WasmFunction = (...values: number[]) => void;

export function wasmModule({expression, kinds}: Formula, isShared: boolean): WebAssembly.Module {
  return new WebAssembly.Module(wasmCode(expression, kinds, isShared));
}

export function wasmFunction(module: WebAssembly.Module, memory: WebAssembly.Memory): WasmFunction {
  return new WebAssembly.Instance(module, {host: {memory}}).exports.run as WasmFunction;
}
