import type {LayersModel, LayerVariable} from '@tensorflow/tfjs-layers';
import {type LayerStates, layerStatesOf} from './layerState.js';
import {holdersOf, type ModelInsides, outputWeights, variableOf} from './layersModel.js';
import type {Mismatches, Saved} from './saved.js';
import type {LayerState, Target} from './target.js';
import {uniqueKeys, type Weight} from './weight.js';

/** A compiled LayersModel as what a step trains: the weights it had at `compile`, and all other state. */
export class ModelTarget implements Target {
  readonly weights: readonly Weight[];
  readonly listed: readonly Weight[];
  readonly allWeights: readonly Weight[];
  private readonly states: LayerStates;

  readonly layersModel: LayersModel;

  constructor(
    private readonly model: ModelInsides,
    outer: ModelInsides = model,
  ) {
    this.layersModel = outer as unknown as LayersModel;
    // A variable's id grows with its creation, which freezing and reordering do not change.
    const all = [...new Set(model.weights)].sort((a, b) => a.id - b.id);
    const keys = uniqueKeys(all.map(weight => weight.originalName));
    // A layer of two nested models, and one that ties its weights, has them in the list twice.
    const list = model.collectedTrainableWeights!;
    const trained = [...new Set(list)];
    const [holders, outputs] = [holdersOf(outer, model), outputWeights(model)];
    const weightOf = (layerVariable: LayerVariable): Weight => ({
      key: keys[all.indexOf(layerVariable)] ?? layerVariable.originalName,
      variable: variableOf(layerVariable),
      layers: holders.get(layerVariable) ?? [],
      isOutput: outputs.has(layerVariable),
    });
    this.weights = trained.map(layerVariable => {
      const {constraint} = layerVariable;
      const weight = weightOf(layerVariable);
      return constraint == null ? weight : {...weight, project: value => constraint.apply(value)};
    });
    this.listed = list.map(layerVariable => this.weights[trained.indexOf(layerVariable)]!);
    const rest = all.filter(layerVariable => !trained.includes(layerVariable)).map(weightOf);
    this.allWeights = [...this.weights, ...rest];
    this.states = layerStatesOf(model, rest);
  }

  get stepped(): readonly Weight[] {
    return this.weights;
  }

  captureState(): LayerState {
    return this.states.capture();
  }

  stateMismatches(saved: Saved): Mismatches {
    return this.states.mismatches(saved);
  }

  putState(saved: Saved): void {
    this.states.put(saved);
  }

  /** A second report would leave a tensor per metric behind, and return too many values. */
  silently<T>(body: () => T): T {
    const {metricsTensors} = this.model;
    this.model.metricsTensors = [];
    try {
      return body();
    } finally {
      this.model.metricsTensors = metricsTensors;
    }
  }

  get isStopped(): boolean {
    return this.model.stopTraining_;
  }

  stop(): void {
    this.model.stopTraining_ = true;
  }
}
