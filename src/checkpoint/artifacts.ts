import * as tf from '@tensorflow/tfjs-core';
import {shown} from '../errors.js';
import type {Saved} from '../inject/saved.js';
import {damaged} from './damaged.js';
import {joinedBuffer} from './joinedBuffer.js';
import {fromJson, toJson} from './plainData.js';
import {xxh32} from './xxh32.js';

/** Where in the artifacts' metadata everything stands that is not a tensor. */
export const metadataKey = 'tfjs-inject';
/** What all tensors are named by but the model's own weights, which tfjs must find under their names. */
const prefix = 'tfjs-inject/';
const weights = 'weights/';
const format = 1;
const bytesOf = {float32: 4, int32: 4, bool: 1} as const;

type Spec = tf.io.WeightsManifestEntry;

/** What a checkpoint holds. */
export interface Contents {
  readonly state: Saved;
  /** As `LayersModel.toJSON`; none of a hand-written loop. */
  readonly topology?: object;
  /** How the optimizer, the losses and the plugins are made: plain data. */
  readonly making: unknown;
  /** The user's own metadata of the model. */
  readonly metadata?: Readonly<Record<string, object>>;
}

/** Contents as TensorFlow.js's artifacts. The model's own weights stand first, so that `tf.loadLayersModel` can read them. */
export async function toArtifacts({
  state,
  topology,
  making,
  metadata,
}: Contents): Promise<tf.io.ModelArtifacts> {
  const entries = [...state.tensors].sort(
    ([a], [b]) => Number(b.startsWith(weights)) - Number(a.startsWith(weights)),
  );
  const weightSpecs = entries.map(([name, {shape, dtype}]): Spec => {
    const isOwn = name.startsWith(weights);
    return {
      name: isOwn ? name.slice(weights.length) : prefix + name,
      shape,
      dtype: dtype as Spec['dtype'],
      group: isOwn ? 'model' : 'optimizer',
    };
  });
  const bytes = new Uint8Array(weightSpecs.reduce((sum, spec) => sum + sizeOf(spec), 0));
  let at = 0;
  for (const [, tensor] of entries) {
    const values = (await tensor.data()) as Float32Array;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  const own = {format, data: toJson(state.data), making: toJson(making)};
  const modelTopology = topology ?? {};
  return {
    modelTopology,
    format: 'layers-model',
    generatedBy: 'tfjs-inject',
    convertedBy: null,
    weightSpecs,
    weightData: bytes.buffer,
    userDefinedMetadata: {
      ...metadata,
      [metadataKey]: {...own, checksum: checksumOf(bytes, weightSpecs, modelTopology, own)},
    },
  };
}

/**
 * The contents of artifacts; the tensors are the caller's. Nothing is allocated before all sizes agree.
 *
 * @throws InjectError `CHECKPOINT_DAMAGED`.
 */
export function fromArtifacts(artifacts: tf.io.ModelArtifacts): Contents {
  const {modelTopology: topology, weightSpecs, weightData, userDefinedMetadata} = artifacts ?? {};
  const {[metadataKey]: own, ...metadata} = (userDefinedMetadata ?? {}) as Record<string, object>;
  const {checksum, ...rest} = (own ?? {}) as {
    format?: unknown;
    data?: unknown;
    making?: unknown;
    checksum?: unknown;
  };
  if (rest.format !== format) {
    throw damaged(
      `it must say that it has format ${format} of tfjs-inject, by injection.save; received ${shown(rest.format)}`,
    );
  }
  const data = fromJson(rest.data);
  if (typeof data !== 'object' || data === null)
    throw damaged(`its data must be an object; received ${shown(data)}`);
  const specs = checkedSpecs(weightSpecs);
  const buffer = joinedBuffer(weightData);
  const size = specs.reduce((sum, spec) => sum + sizeOf(spec), 0);
  if (buffer.byteLength !== size)
    throw damaged(`its tensors must have ${size} bytes together; received ${buffer.byteLength}`);
  const bytes = new Uint8Array(buffer);
  const actual = checksumOf(bytes, specs, (topology ?? {}) as object, rest);
  if (actual !== checksum) throw damaged(`its checksum must be ${actual}; received ${shown(checksum)}`);

  const tensors = new Map<string, tf.Tensor>();
  let at = 0;
  for (const spec of specs) {
    const {name, shape, dtype, group} = spec;
    const values = valuesAt(bytes, at, spec);
    const key = group === 'model' ? weights + name : name.slice(prefix.length);
    tensors.set(key, tf.tensor(values, shape, dtype as 'float32'));
    at += sizeOf(spec);
  }
  const hasModel = Object.keys((topology ?? {}) as object).length > 0;
  return {
    state: {tensors, data: data as Saved['data']},
    ...(hasModel && {topology: topology as object}),
    making: fromJson(rest.making),
    metadata,
  };
}

function checkedSpecs(specs: unknown): Spec[] {
  if (!Array.isArray(specs)) throw damaged(`it must list its tensors; received ${shown(specs)}`);
  const names = new Set<string>();
  for (const spec of specs as Partial<Spec & {quantization: unknown}>[]) {
    const {name, shape, dtype, group, quantization} = spec ?? {};
    const isOwn = group === 'model';
    const isNamed = typeof name === 'string' && (isOwn || (group === 'optimizer' && name.startsWith(prefix)));
    const isShaped =
      Array.isArray(shape) &&
      shape.every(each => Number.isSafeInteger(each) && each >= 0) &&
      Number.isSafeInteger(tf.util.sizeFromShape(shape) * 4);
    if (!isNamed || !isShaped || !Object.hasOwn(bytesOf, dtype ?? '') || quantization !== undefined)
      throw damaged(
        `each of its tensors must have a name, a shape and a type; received ${JSON.stringify(spec)}`,
      );
    if (names.has(`${group}/${name}`)) throw damaged(`a tensor must be in it once; received ${name} twice`);
    names.add(`${group}/${name}`);
  }
  return specs as Spec[];
}

function sizeOf({shape, dtype}: Spec): number {
  return tf.util.sizeFromShape(shape) * bytesOf[dtype as keyof typeof bytesOf];
}

/** A view where the type allows one there, else a copy. */
function valuesAt(bytes: Uint8Array, at: number, spec: Spec): tf.TypedArray {
  const {dtype} = spec;
  const size = sizeOf(spec);
  if (dtype === 'bool') return bytes.slice(at, at + size);
  const buffer = at % 4 === 0 ? bytes.buffer : bytes.slice(at, at + size).buffer;
  const start = at % 4 === 0 ? at : 0;
  return dtype === 'int32'
    ? new Int32Array(buffer, start, size / 4)
    : new Float32Array(buffer, start, size / 4);
}

/** What `metadata` must have as its checksum. */
export function checksumOf(bytes: Uint8Array, specs: readonly Spec[], topology: object, own: object): string {
  const listed = specs.map(({name, shape, dtype, group}) => [name, shape, dtype, group]);
  const text = new TextEncoder().encode(JSON.stringify([listed, topology, own]));
  return xxh32(text, xxh32(bytes)).toString(16).padStart(8, '0');
}
