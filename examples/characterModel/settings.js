import {Command, InvalidArgumentError, Option} from 'commander';
import {backendNames} from './backend.js';

/** Made so that all rows together end in about a minute on two slow cores. Steps are per epoch. */
const workloads = {
  tensorflow: {epochs: 20, steps: 40, batchSize: 64},
  wasm: {epochs: 20, steps: 40, batchSize: 64},
  cpu: {epochs: 8, steps: 20, batchSize: 48},
};

const quickWorkload = {epochs: 2, steps: 6, batchSize: 16};

/** Tried: 0.3 to 1 for SGD and Heun, 0.003 to 0.02 for both Adams. At these, the two rows of a pair do well together. */
const defaultRates = {sgd: 0.7, adam: 0.007};

export function parseOptions(argv) {
  const command = new Command('npm start --')
    .description(
      'Trains one small character language model with several optimizers, from the same weights on the same batches, and draws their loss curves.',
    )
    .option('--text <file>', "the text to learn (default: the project's own documentation)")
    .option('--out <folder>', 'where to write losses.svg and report.html', 'out')
    .addOption(
      new Option('--backend <name>', 'what computes; auto takes the best one that this machine has')
        .choices(['auto', ...backendNames])
        .default('auto'),
    )
    .option('--epochs <number>', workloadHelp('epochs', 'how often to measure on held-out text'), wholeNumber)
    .option('--steps <number>', workloadHelp('steps', 'steps per epoch'), wholeNumber)
    .option('--batch-size <number>', workloadHelp('batchSize', 'windows of text per step'), wholeNumber)
    .option('--learning-rate <rate>', 'of SGD and Heun', positiveNumber, defaultRates.sgd)
    .option(
      '--adam-learning-rate <rate>',
      'of Adam, with and without Lookahead',
      positiveNumber,
      defaultRates.adam,
    )
    .option('--seed <number>', 'of the first weights, the order of batches and the sample', seedNumber, 1)
    .option('--quick', 'a few steps only, to see that everything works')
    .helpOption('--help', 'show this text')
    .showHelpAfterError('(--help shows all options)');
  return command.parse(argv).opts();
}

/** What was asked for, and for the rest the workload that suits the backend. */
export function chooseWorkload({epochs, steps, batchSize, quick}, backend) {
  const suited = quick ? quickWorkload : workloads[backend];
  return {
    epochs: epochs ?? suited.epochs,
    steps: steps ?? suited.steps,
    batchSize: batchSize ?? suited.batchSize,
    isSmaller: !quick && backend === 'cpu' && [epochs, steps, batchSize].includes(undefined),
  };
}

function workloadHelp(name, text) {
  return `${text} (default: ${workloads.wasm[name]}; on cpu ${workloads.cpu[name]})`;
}

function wholeNumber(text) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(`It must be a whole number of at least 1.`);
}

function seedNumber(text) {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 4294967295.');
}

function positiveNumber(text) {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}
