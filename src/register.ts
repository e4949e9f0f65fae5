/**
 * Registers every class, for loading saved models by name. Each class also
 * registers itself where it is imported; this entry is for programs that load
 * a model without naming its optimizer.
 */
import './optimizers/adaBelief.js';
import './optimizers/adadelta.js';
import './optimizers/adafactor.js';
import './optimizers/adagrad.js';
import './optimizers/adam.js';
import './optimizers/adamax.js';
import './optimizers/adamW.js';
import './optimizers/adan.js';
import './optimizers/adEMAMix.js';
import './optimizers/extraGradient.js';
import './optimizers/heun.js';
import './optimizers/lbfgs.js';
import './optimizers/lamb.js';
import './optimizers/lars.js';
import './optimizers/lion.js';
import './optimizers/muon.js';
import './optimizers/nadam.js';
import './optimizers/optimisticAdam.js';
import './optimizers/partitions.js';
import './optimizers/prodigy.js';
import './optimizers/radam.js';
import './optimizers/ranger.js';
import './optimizers/rmsprop.js';
import './optimizers/rprop.js';
import './optimizers/rungeKutta.js';
import './optimizers/scheduleFreeAdamW.js';
import './optimizers/scheduleFreeSGD.js';
import './optimizers/sgd.js';
import './plugins/accumulateGradients.js';
import './plugins/adaptiveClip.js';
import './plugins/batchNormStatistics.js';
import './plugins/bestWeights.js';
import './plugins/cautious.js';
import './plugins/centralizeGradients.js';
import './plugins/clipByGlobalNorm.js';
import './plugins/clipByNorm.js';
import './plugins/clipByValue.js';
import './plugins/constraints.js';
import './plugins/ema.js';
import './plugins/learningRateFinder.js';
import './plugins/lookahead.js';
import './plugins/microBatch.js';
import './plugins/monitor.js';
import './plugins/asam.js';
import './plugins/sam.js';
import './plugins/learningRate.js';
import './plugins/reduceOnPlateau.js';
import './plugins/weightDecay.js';
import './schedules/index.js';
import './plugins/skipNonFinite.js';
import './plugins/swa.js';
