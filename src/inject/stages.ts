/**
 * The order of plugins within a hook, by tapable's `stage`; within a stage, the
 * order of `use`. This is the one place where the order of a step is written.
 */
export const stages = {
  /** `learningRate`, in this order: schedules, what a plateau makes of them, a search in place of both. */
  schedule: 0,
  plateau: 10,
  search: 20,

  /** `window`, in this order: how a batch is evaluated, then how many batches make a step. */
  microBatch: 0,
  accumulate: 10,

  /** `evaluated`, in this order: displaced gradients, then penalties on them. */
  perturb: 0,
  penalty: 10,

  /** `gradients`, in this order. */
  unscale: 0,
  centralize: 10,
  clip: 20,
  noise: 30,
  /** What is done to the weights once their gradient is ready, before the group updates them. */
  decay: 40,
  /** Where the weights are as the group will find them. */
  beforeGroup: 50,

  /** `afterPhase`. */
  cautious: 0,

  /** `afterStep`, in this order: slow weights see projected ones, averages see synced ones. */
  project: 0,
  lookahead: 10,
  average: 20,
  observe: 100,

  /** `evaluationWeights`, of which the first has its way: an average is of synced weights. */
  showAverage: 0,
  showSlow: 10,

  /** `boundary`, in this order: what writes logs, what acts by them, what keeps weights by them, what saves all of it. */
  report: 0,
  react: 10,
  keep: 20,
  save: 30,
} as const;
