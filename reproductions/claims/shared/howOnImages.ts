import {describeImages} from '../../data/images.js';
import type {Effort} from '../../experiment.js';
import {batchSize, recalibrationImages} from '../../imageTraining.js';

/** What all trainings on images have in common, in words. */
export function howOnImages(effort: Effort, steps: number): string {
  return `${describeImages(effort)} The network: a convolution, a residual block of two more, each with BatchNorm, the mean over all places, a softmax. Each
training is ${steps} steps of ${batchSize} images, one gradient each; initial weights and the order of images follow from the seed, and are the same for
all that is compared. Before evaluation BatchNorm's statistics are computed anew from at most ${recalibrationImages} training images (\`recalibrateBatchNorm\`), because its moving averages are
behind after so few steps; the training loss is that of the same images. Curves show medians over the seeds, with the interval of the median.`;
}
