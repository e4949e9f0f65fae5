import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Command, Option} from 'commander';
import {experiments} from './experiments.js';

export interface Options {
  readonly only: readonly string[];
  readonly quick?: true;
  readonly report?: true;
  readonly cifar10?: string;
  readonly pennTreebank?: string;
  readonly out: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const committed = join(root, 'docs/reproductions');

export function parseOptions(argv: readonly string[]): Options {
  const names = experiments.map(({name}) => name);
  const command = new Command('npm run reproduce --')
    .description(
      "Tries the papers' claims in small, and writes docs/reproductions: under ten minutes on two processors.",
    )
    .addOption(
      new Option('--only <name...>', 'experiments to run; the others keep the results they have')
        .choices(names)
        .default(names),
    )
    .option('--cifar10 <folder>', 'images from the binary files of CIFAR-10, in place of generated ones')
    .option(
      '--penn-treebank <folder>',
      "text from the Penn Treebank's ptb.*.txt, in place of the documentation",
    )
    .option('--quick', 'few steps and seeds, to see that everything works; written to out/reproductions')
    .option('--report', 'run nothing: pages and plots from the results that are there')
    .option(
      '--out <folder>',
      'where to write; with own data or --quick out/reproductions, else docs/reproductions',
    )
    .helpOption('--help', 'show this text')
    .showHelpAfterError('(--help shows all options)');
  const options = command.parse(argv).opts<Options>();
  const isOwn = options.quick || options.cifar10 !== undefined || options.pennTreebank !== undefined;
  return {...options, out: options.out ?? (isOwn ? join(root, 'out/reproductions') : committed)};
}
