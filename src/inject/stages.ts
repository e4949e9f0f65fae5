/**
 * The order of plugins within a hook, by tapable's `stage`; within a stage, the
 * order of `use`. This is the one place where the order of a step is written.
 */
export const stages = {
  /** `learningRate`: schedules, from the coarsest. */
  schedule: 0,
  /** `evaluated`: displaced evaluations and penalties. */
  perturb: 0,
  /** `gradients`, in this order. */
  unscale: 0,
  centralize: 10,
  clip: 20,
  noise: 30,
  /** `afterStep`, in this order: slow weights see projected ones, averages see synced ones. */
  project: 0,
  lookahead: 10,
  average: 20,
  observe: 100,
} as const;
