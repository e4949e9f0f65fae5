import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';

const program = fileURLToPath(new URL('../../examples/characterModel/main.js', import.meta.url));
const native = 'tfjs-inject/node';
const backend = process.env.TFJS_INJECT_BACKEND ?? 'cpu';
const rowNames = ['Adam', 'Adam + Lookahead', 'RAdam', 'Ranger', 'SGD', 'Heun'];

/** A made-up text with something to learn: short sentences in a changing order. */
const text = Array.from(
  {length: 120},
  (_, line) => `The ${line % 7} brown foxes jump over dog ${line}.\n`,
).join('');

interface Outcome {
  code: number | null;
  output: string;
  errors: string;
}

function run(...args: string[]): Promise<Outcome> {
  return start([program, ...args]);
}

/** Runs as on a machine where these modules do not load. */
function runWithout(modules: string[], ...args: string[]): Promise<Outcome> {
  const hooks = `export function resolve(specifier, context, next) {
    if (${JSON.stringify(modules)}.includes(specifier)) throw new Error('not on this machine\\nsecond line');
    return next(specifier, context);
  }`;
  const preload = `import {register} from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`;
  return start(['--import', dataUrl(preload), program, ...args]);
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

function start(words: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words);
    const outcome = {output: '', errors: ''};
    child.stdout.on('data', chunk => {
      outcome.output += chunk;
    });
    child.stderr.on('data', chunk => {
      outcome.errors += chunk;
    });
    child.on('error', reject);
    child.on('close', code => resolve({code, ...outcome}));
  });
}

describe('the character model example', () => {
  let folder: string;
  let textFile: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'characterModel-'));
    textFile = join(folder, 'foxes.txt');
    await writeFile(textFile, text);
  });

  after(() => rm(folder, {recursive: true, force: true}));

  describe('a quick run', () => {
    let outcome: Outcome;
    let svg: string;
    let page: string;

    before(async () => {
      const out = join(folder, 'deep', 'out');
      outcome = await run('--quick', '--backend', backend, '--text', textFile, '--out', out);
      expect(outcome.errors).to.equal('');
      svg = await readFile(join(out, 'losses.svg'), 'utf8');
      page = await readFile(join(out, 'report.html'), 'utf8');
    });

    it('ends well, and says which backend computed and how much text it read', () => {
      expect(outcome.code).to.equal(0);
      expect(outcome.output).to.match(new RegExp(`^backend +${backend}`, 'm'));
      expect(outcome.output).to.contain(`${text.length.toLocaleString('en')} characters`);
    });

    it('ends with a table that has a row of finite numbers for each optimizer', () => {
      const rows = tableRows(outcome.output);
      expect(rows.map(({name}) => name)).to.deep.equal(rowNames);
      for (const {cells} of rows) for (const cell of cells) expect(cell).to.be.finite;
    });

    it('reports bits per character as the validation loss over ln 2', () => {
      for (const {cells} of tableRows(outcome.output)) {
        const [, validationLoss, bits] = cells;
        expect(bits).to.be.closeTo(validationLoss! / Math.LN2, 0.002);
      }
    });

    it('counts two gradients in a step of Heun, one in the others, and times the first row as 1', () => {
      const rows = tableRows(outcome.output);
      expect(rows.map(({cells}) => cells[3])).to.deep.equal([1, 1, 1, 1, 1, 2]);
      expect(rows[0]!.cells[5]).to.equal(1);
    });

    it('starts all rows from the same weights on the same batches', async () => {
      const out = join(folder, 'same');
      const same = await run(
        ...['--backend', backend, '--text', textFile, '--out', out],
        ...['--epochs', '1', '--steps', '1', '--batch-size', '8'],
      );
      const firstLosses = tableRows(same.output).map(({cells}) => cells[0]);
      expect(new Set(firstLosses).size).to.equal(1);
    });

    it('writes no control characters where stdout is no terminal', () => {
      const control = Array.from(outcome.output).filter(character => character < ' ' && character !== '\n');
      expect(control).to.deep.equal([]);
    });

    it('draws one curve for each optimizer in each of its three panels', () => {
      const curves = [...svg.matchAll(/aria-roledescription="line mark"/g)];
      expect(curves).to.have.length(3 * rowNames.length);
      for (const name of rowNames) expect(svg).to.contain(`>${name}</text>`);
    });

    it('writes a page that shows picture, table and settings, and requests nothing', () => {
      expect(page).to.contain('<svg');
      for (const name of rowNames) expect(page).to.contain(`<td>${name}</td>`);
      expect(page).to.contain(`<dt>backend</dt><dd>${backend}`);
      expect(page).not.to.match(/<(script|link|img|iframe|object|embed|base)\b|\s(src|href)=|@import/i);
      expect(page).not.to.match(/url\((?!#)/i);
    });
  });

  it("reads the project's own documentation where no text is named", async () => {
    const {code, output, errors} = await run('--quick', '--backend', backend, '--out', join(folder, 'docs'));
    expect(errors).to.equal('');
    expect(code).to.equal(0);
    expect(output).to.match(/^text +the project's documentation \(\d+ pages?\), [\d,]+ characters/m);
  });

  it('takes wasm where the native backend does not load, and says why', async () => {
    const {code, output} = await runWithout([native], '--quick', '--text', textFile, '--out', folder);
    expect(code).to.equal(0);
    expect(output).to.match(/^backend +wasm/m);
    expect(output).to.match(/^not tensorflow +not on this machine$/m);
    for (const {cells} of tableRows(output)) expect(cells[1]).to.be.within(1, 5);
  });

  it('takes cpu where neither of the two loads', async () => {
    const lacking = [native, '@tensorflow/tfjs-backend-wasm'];
    const {code, output, errors} = await runWithout(lacking, '--quick', '--text', textFile, '--out', folder);
    expect(errors).to.equal('');
    expect(code).to.equal(0);
    expect(output).to.match(/^backend +cpu/m);
    expect(output).to.match(/^not wasm +not on this machine$/m);
  });

  it('gives the same losses for the same seed, and others for another', async () => {
    const losses = async (seed: string) => {
      const args = ['--quick', '--backend', backend, '--text', textFile, '--out', folder, '--seed', seed];
      return tableRows((await run(...args)).output).map(({cells}) => cells.slice(0, 2));
    };
    const [once, again, other] = [await losses('3'), await losses('3'), await losses('4')];
    expect(again).to.deep.equal(once);
    expect(other).not.to.deep.equal(once);
  });

  it('shows its options with --help', async () => {
    const {code, output} = await run('--help');
    expect(code).to.equal(0);
    for (const option of ['--text', '--out', '--backend', '--epochs', '--seed', '--quick']) {
      expect(output).to.contain(option);
    }
  });

  describe('on a mistake says what is wrong in one line, with exit code 1 and no stack trace', () => {
    const mistakes: [string, () => string[] | Promise<string[]>, RegExp][] = [
      ['a missing file', () => ['--text', join(folder, 'none.txt')], /there is no file .*none\.txt/],
      ['a folder as text', () => ['--text', folder], /is a folder/],
      ['an empty file', async () => ['--text', await file('empty.txt', ' \n')], /empty\.txt is empty/],
      [
        'a short text',
        async () => ['--text', await file('short.txt', 'Too short.')],
        /at least 2,000 characters/,
      ],
      [
        'bytes that are no text',
        async () => ['--text', await file('bytes', '\0'.repeat(3000))],
        /is not a text/,
      ],
      [
        'an unknown backend',
        () => ['--backend', 'abacus'],
        /Allowed choices are auto, tensorflow, wasm, cpu/,
      ],
      ['an unknown option', () => ['--epoch', '3'], /unknown option '--epoch'/],
      ['a word instead of a number', () => ['--epochs', 'many'], /whole number of at least 1/],
      ['a rate of zero', () => ['--learning-rate', '0'], /number above 0/],
      ['a negative seed', () => ['--seed', '-1'], /whole number from 0/],
      ['an output folder that is a file', () => ['--text', textFile, '--out', textFile], /cannot be made/],
    ];
    for (const [title, args, message] of mistakes) {
      it(title, async () => {
        const {code, output, errors} = await run('--quick', ...(await args()));
        expect(errors)
          .to.match(/^error: /)
          .and.match(message)
          .and.not.match(/^\s+at /m);
        expect(code).to.equal(1);
        expect(output).to.equal('');
      });
    }

    it('a backend that this machine lacks', async () => {
      const outcome = await runWithout(
        [native],
        '--backend',
        'tensorflow',
        '--text',
        textFile,
        '--out',
        folder,
      );
      expect(outcome.errors).to.equal(
        'error: this machine does not have the backend that was asked for (tensorflow: not on this machine)\n',
      );
      expect(outcome.code).to.equal(1);
    });

    async function file(name: string, content: string): Promise<string> {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    }
  });
});

/** The rows under the line that rules off the table's head: a name, and numbers. */
function tableRows(output: string): {name: string; cells: number[]}[] {
  const lines = output.split('\n');
  const ruled = lines.findIndex(line => line.startsWith('──'));
  const rows = lines.slice(ruled + 1);
  return rows.slice(0, rows.indexOf('')).map(line => {
    const [name, ...cells] = line.split(/ {2,}/);
    return {name: name!, cells: cells.map(Number.parseFloat)};
  });
}
