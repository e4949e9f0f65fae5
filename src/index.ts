export type {RestoreOptions} from './checkpoint/checkpoint.js';
export {InjectError, type InjectErrorCode} from './errors.js';
export type {Description} from './inject/describe.js';
export type {Evaluated, Evaluation} from './inject/evaluation.js';
export {type HessianVectorProductOptions, hessianVectorProduct} from './inject/hessianVectorProduct.js';
export type {
  Boundary,
  EvaluationPurpose,
  FitStart,
  Hooks,
  Outcome,
  Skip,
  WaterfallHook,
} from './inject/hooks.js';
export {type InjectOptions, inject} from './inject/inject.js';
export {Injection, type Plugin} from './inject/injection.js';
export {InjectOptimizer, type InjectOptimizerOptions} from './inject/injectOptimizer.js';
export {InjectPlugin} from './inject/injectPlugin.js';
export type {Captured} from './inject/journal.js';
export {type OptimizerClass, optimizerOf} from './inject/optimizerOf.js';
export type {OptionSpec, OptionSpecs, OptionsOf, Rate} from './inject/options.js';
export * as option from './inject/options.js';
export type {OwnGroup, Part, PartitionedGroup} from './inject/partitionedGroup.js';
export type {Phase} from './inject/phase.js';
export {pluginOf} from './inject/pluginOf.js';
export {type RecalibrateBatchNormOptions, recalibrateBatchNorm} from './inject/recalibrateBatchNorm.js';
export type {Schedule} from './inject/savedSchedule.js';
export type {Group, GroupedUpdates, NativeGroup} from './inject/seat.js';
export type {WeightSelector} from './inject/selectWeights.js';
export type {Slots} from './inject/slots.js';
export {stages} from './inject/stages.js';
export type {Step} from './inject/step.js';
export type {Weight, WeightMap} from './inject/weight.js';
export {AdaBelief, type AdaBeliefOptions} from './optimizers/adaBelief.js';
export {Adadelta, type AdadeltaOptions} from './optimizers/adadelta.js';
export {Adafactor, type AdafactorOptions} from './optimizers/adafactor.js';
export {Adagrad, type AdagradOptions} from './optimizers/adagrad.js';
export {Adam, type AdamOptions} from './optimizers/adam.js';
export {Adamax, type AdamaxOptions} from './optimizers/adamax.js';
export {AdamW, type AdamWOptions} from './optimizers/adamW.js';
export {Adan, type AdanOptions} from './optimizers/adan.js';
export {AdEMAMix, type AdEMAMixOptions} from './optimizers/adEMAMix.js';
export {ExtraGradient, type ExtraGradientOptions} from './optimizers/extraGradient.js';
export {Heun, type HeunOptions} from './optimizers/heun.js';
export {LAMB, type LAMBOptions} from './optimizers/lamb.js';
export {LARS, type LARSOptions} from './optimizers/lars.js';
export {LBFGS, type LBFGSOptions} from './optimizers/lbfgs.js';
export {Lion, type LionOptions} from './optimizers/lion.js';
export {Muon, type MuonOptions} from './optimizers/muon.js';
export {NAdam, type NAdamOptions} from './optimizers/nadam.js';
export {OptimisticAdam, type OptimisticAdamOptions} from './optimizers/optimisticAdam.js';
export {Partitions, type PartitionsOptions} from './optimizers/partitions.js';
export {Prodigy, type ProdigyOptions} from './optimizers/prodigy.js';
export {RAdam, type RAdamOptions} from './optimizers/radam.js';
export {Ranger, type RangerOptions} from './optimizers/ranger.js';
export {RMSprop, type RMSpropOptions} from './optimizers/rmsprop.js';
export {Rprop, type RpropOptions} from './optimizers/rprop.js';
export {RungeKutta, type RungeKuttaOptions, type Tableau} from './optimizers/rungeKutta.js';
export {ScheduleFreeAdamW, type ScheduleFreeAdamWOptions} from './optimizers/scheduleFreeAdamW.js';
export {ScheduleFreeSGD, type ScheduleFreeSGDOptions} from './optimizers/scheduleFreeSGD.js';
export {SGD, type SGDOptions} from './optimizers/sgd.js';
export type {Partition} from './optimizers/shared/partition.js';
export {AccumulateGradients, type AccumulateGradientsOptions} from './plugins/accumulateGradients.js';
export {AdaptiveClip, type AdaptiveClipOptions} from './plugins/adaptiveClip.js';
export {ASAM, type ASAMOptions} from './plugins/asam.js';
export {BatchNormStatistics, type BatchNormStatisticsOptions} from './plugins/batchNormStatistics.js';
export {BestWeights, type BestWeightsOptions} from './plugins/bestWeights.js';
export {Cautious, type CautiousOptions} from './plugins/cautious.js';
export {CentralizeGradients, type CentralizeGradientsOptions} from './plugins/centralizeGradients.js';
export {Checkpoint, type CheckpointOptions, type ResumedAt} from './plugins/checkpoint.js';
export {ClipByGlobalNorm, type ClipByGlobalNormOptions} from './plugins/clipByGlobalNorm.js';
export {ClipByNorm, type ClipByNormOptions} from './plugins/clipByNorm.js';
export {ClipByValue, type ClipByValueOptions} from './plugins/clipByValue.js';
export {Constraints, type ConstraintsOptions, type WeightConstraint} from './plugins/constraints.js';
export {EMA, type EMAOptions} from './plugins/ema.js';
export {LearningRate, type LearningRateOptions} from './plugins/learningRate.js';
export {LearningRateFinder, type LearningRateFinderOptions} from './plugins/learningRateFinder.js';
export {Lookahead, type LookaheadOptions} from './plugins/lookahead.js';
export {MicroBatch, type MicroBatchOptions} from './plugins/microBatch.js';
export {Monitor, type MonitorOptions} from './plugins/monitor.js';
export {ReduceOnPlateau, type ReduceOnPlateauOptions} from './plugins/reduceOnPlateau.js';
export {SAM, type SAMOptions} from './plugins/sam.js';
export type {Measure} from './plugins/shared/measuring.js';
export type {RateSuggestion} from './plugins/shared/rateSuggestion.js';
export {SkipNonFinite, type SkipNonFiniteOptions} from './plugins/skipNonFinite.js';
export {SWA, type SWAOptions} from './plugins/swa.js';
export {WeightDecay, type WeightDecayOptions} from './plugins/weightDecay.js';
export {elementwise} from './rules/elementwise.js';
export type {Mask, Operand} from './rules/operand.js';
export type {OwnShape, SlotStart} from './rules/slotStart.js';
export {
  type ComputeContext,
  type ComputeGroup,
  type NewTensors,
  type RuleGroup,
  type ScalarContext,
  type ScalarSource,
  type UpdateGroup,
  updateGroup,
  type WeightTensors,
} from './rules/updateGroup.js';
export * as schedules from './schedules/index.js';
export type {Check, Report} from './verify/report.js';
export {type VerifyOptions, verify} from './verify/verify.js';
