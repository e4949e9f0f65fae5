import type {Tensor, Variable} from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';

/** One trainable weight, as hooks and slots know it. */
export interface Weight {
  /** Names the weight's slots: its original name, and an ordinal where that is not unique. Never `Variable.name`. */
  readonly key: string;
  readonly variable: Variable;
  /** The layers that hold it, outermost first: nested model, wrapper, cell. None in a hand-written loop. */
  readonly layers?: readonly layers.Layer[];
  /** Whether nothing with weights comes between its layer and an output of the model. None in a hand-written loop. */
  readonly isOutput?: boolean;
  /** Projects a new value to where it must lie (`kernelConstraint` and the like), or nothing. */
  readonly project?: (value: Tensor) => Tensor;
}

/** A tensor per weight; weights that have none (frozen, not connected to the loss) are absent. */
export type WeightMap = ReadonlyMap<Weight, Tensor>;

/** Names made unique by an ordinal: the second `a` becomes `a#1`. Order them by creation, so that freezing changes none. */
export function uniqueKeys(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map(name => {
    const ordinal = seen.get(name) ?? 0;
    seen.set(name, ordinal + 1);
    return ordinal === 0 ? name : `${name}#${ordinal}`;
  });
}
