import {Command, InvalidArgumentError, Option} from 'commander';
import {hosts} from './hosts.js';

export interface Options {
  readonly backend: readonly string[];
  readonly pairs: number;
  readonly only?: readonly string[];
  readonly quick?: true;
  readonly peers?: string;
  readonly report?: true;
  readonly out?: string;
}

const names = Object.keys(hosts);
const quickPairs = 4;

export function parseOptions(argv: readonly string[]): Options {
  const command = new Command('npm run bench --')
    .description(
      'Measures how long updates and whole fits take in proportion to those of TensorFlow.js, and writes bench/results and docs/bench.md.',
    )
    .addOption(
      new Option('--backend <name...>', 'what computes; the others keep the results they have')
        .choices(names)
        .default(names),
    )
    .option('--pairs <number>', 'samples of each of two that are compared, in turn', wholeNumber, 30)
    .option(
      '--only <group...>',
      'groups of cases to measure, by how their names begin: updates, rules, fits …; the others keep the results they have',
    )
    .option('--peers <python>', 'also against torch and optax, of this Python')
    .option(
      '--quick',
      `${quickPairs} pairs of short samples, to see that everything works; written to out/bench`,
    )
    .option('--report', 'measure nothing: plots and page from the results that are there')
    .option('--out <folder>', 'where to write instead')
    .helpOption('--help', 'show this text')
    .showHelpAfterError('(--help shows all options)');
  const options = command.parse(argv).opts<Options>();
  const isPairsGiven = command.getOptionValueSource('pairs') === 'cli';
  return options.quick && !isPairsGiven ? {...options, pairs: quickPairs} : options;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
