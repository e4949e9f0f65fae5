import {axeFinds, sidewaysProblems} from './lookAt.js';

const rate = 0.035;
const steps = 6;

/** What a step of each of the page's first two stacks multiplies a weight of this curvature by. */
const factors = {
  SGD: curvature => 1 - rate * curvature,
  Heun: curvature => 1 - rate * curvature + (rate * curvature) ** 2 / 2,
};

/** The loss that the last step saw: ½x² + 25y² from (−4, 1), after the steps before it. */
function lossOf(stack) {
  const factor = factors[stack];
  const [x, y] = [-4 * factor(1) ** (steps - 1), factor(50) ** (steps - 1)];
  return (x * x) / 2 + 25 * y * y;
}

/** The playground in a browser, as a reader has it: what is wrong, by the title of what was tried. */
export async function playgroundTrains(newPage, address) {
  const problems = new Map();
  const trial = async (title, body) => {
    const tab = await newPage();
    const found = [];
    tab.on('pageerror', error => found.push(error.message));
    try {
      await body(tab, problem => found.push(problem));
    } catch (error) {
      found.push(error.message);
    }
    problems.set(title, found);
    await tab.close();
  };
  const page = `${address}/playground.html`;

  for (const backend of ['cpu', 'wasm', 'webgl', 'webgpu'])
    await trial(
      `the playground trains on ${backend}, as the formulas say, and its link brings everything back`,
      async (tab, note) => {
        await open(tab, page);
        await tab.selectOption('select[name=backend]', backend);
        await tab.fill('input[name=steps]', String(steps));
        const losses = await trainedLosses(tab);
        for (const stack of Object.keys(factors)) {
          const expected = lossOf(stack);
          if (!(Math.abs(losses[stack] - expected) < 1e-3 * expected))
            note(`${stack}: ${losses[stack]}, not ${expected}`);
        }
        await tab.getByRole('button', {name: 'Copy a link to this'}).click();
        await tab.waitForURL(/#/);
        const link = tab.url();
        await tab.goto('about:blank');
        await open(tab, link);
        const [backendAgain, stepsAgain] = [
          await tab.inputValue('select[name=backend]'),
          await tab.inputValue('input[name=steps]'),
        ];
        if (backendAgain !== backend || stepsAgain !== String(steps))
          note(`the link brings ${backendAgain}, ${stepsAgain}`);
        const again = await trainedLosses(tab);
        if (JSON.stringify(again) !== JSON.stringify(losses))
          note(`the link trains to ${JSON.stringify(again)}, not ${JSON.stringify(losses)}`);
      },
    );

  await trial(
    'a stack of the playground is built by the keyboard, and trains on spirals',
    async (tab, note) => {
      await open(tab, page);
      await tab.selectOption('select[name=task]', 'spirals');
      await tab.fill('input[name=steps]', '12');
      const stack = tab.getByRole('article', {name: 'Stack 1'});
      for (const plugin of ['SAM', 'EMA']) await stack.locator('select[name=plugin]').selectOption(plugin);
      await stack.getByRole('button', {name: 'Move EMA up'}).focus();
      await tab.keyboard.press('Enter');
      await stack.getByRole('button', {name: 'Remove SAM'}).waitFor();
      const order = await stack.locator('.plugin strong').allTextContents();
      if (order.join() !== 'EMA,SAM') note(`the order is ${order}`);
      for (const i of [3, 2]) {
        await tab.getByRole('button', {name: `Remove stack ${i}`}).focus();
        await tab.keyboard.press('Space');
      }
      await stack.getByLabel('learningRate', {exact: true}).fill('0.3');
      await tab.keyboard.press('Tab');
      await tab.getByRole('button', {name: 'Train', exact: true}).focus();
      await tab.keyboard.press('Enter');
      await finished(tab);
      const row = await tab.locator('.curves tbody tr').allTextContents();
      if (row.length !== 1 || !row[0].includes('0.3')) note(`the table has ${row}`);
      for (const summary of ['What happens in a step', 'The code of this stack'])
        await stack.getByText(summary).click();
      const text = await stack.textContent();
      for (const words of ['raw gradients: SAM', 'new SAM()', 'learningRate: 0.3'])
        if (!text.includes(words)) note(`it does not show ${words}`);
      const isPainted = await tab.locator('.boundaries canvas').evaluate(canvas => {
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(data).size > 20;
      });
      if (!isPainted) note('no boundary is drawn');
      for (const finding of await axeFinds(tab)) note(finding);
      for (const problem of await sidewaysProblems(tab)) note(problem);
    },
  );

  await trial('an optimizer of tfjs can be chosen before any backend is there', async (tab, note) => {
    await open(tab, page);
    await tab
      .getByRole('article', {name: 'Stack 1'})
      .locator('select[name=optimizer]')
      .selectOption('tf.train.adam');
    await tab.fill('input[name=steps]', '3');
    const losses = await trainedLosses(tab);
    if (losses['tf.train.adam'] === undefined) note(`the table has ${JSON.stringify(losses)}`);
  });

  await trial('the playground says what is wrong', async (tab, note) => {
    const alerts = async (words, what) => {
      const text = (await tab.getByRole('alert').allTextContents()).join(' ');
      if (!text.includes(words)) note(`${what}: ${text || 'nothing is said'}`);
    };
    await open(tab, `${page}#nothing`);
    await alerts('copied whole', 'a link that was cut off');
    await open(tab, page);
    await tab.fill('input[name=steps]', '0');
    await alerts('Steps must be an integer', 'no steps');
    if (await tab.getByRole('button', {name: 'Train', exact: true}).isEnabled())
      note('no steps can be trained');
    await tab.fill('input[name=steps]', '3');
    await tab.selectOption('select[name=task]', 'csv');
    await tab.fill('textarea[name=text]', 'a,b\n1');
    await tab.getByRole('button', {name: 'Train', exact: true}).click();
    await tab.getByRole('alert').waitFor();
    await alerts('CSV must have', 'a table of one row');
  });
  return problems;
}

async function open(tab, address) {
  await tab.goto(address);
  await tab.locator('.playground').waitFor();
}

async function finished(tab) {
  await tab
    .getByRole('status')
    .filter({hasText: /^Trained/})
    .waitFor();
  const alerts = await tab.getByRole('alert').allTextContents();
  if (alerts.length > 0) throw new Error(alerts.join(' '));
}

/** Trains, and reads each stack's last loss from the table. */
async function trainedLosses(tab) {
  await tab.getByRole('button', {name: 'Train', exact: true}).click();
  await finished(tab);
  return tab
    .locator('.curves tbody tr')
    .evaluateAll(rows =>
      Object.fromEntries(rows.map(({cells}) => [cells[0].textContent, Number(cells[2].textContent)])),
    );
}
