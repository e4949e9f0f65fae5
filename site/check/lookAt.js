import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wide = {width: 1440, height: 900};
const phone = {width: 390, height: 844};

/** How bad a finding must be to count. */
const counting = ['serious', 'critical'];

/**
 * What is wrong with a page in a browser: what axe finds in light and in dark, what it asks of other servers, errors in
 * its scripts, and whether a phone would have to scroll it sideways.
 *
 * @param seen  selectors of what axe has seen on another page; left out, a page takes it half the time.
 */
export async function lookAt(tab, address, seen) {
  const problems = [];
  const note = problem => problems.push(problem);
  const {host} = new URL(address);
  const onRequest = request => {
    const {protocol, host: asked} = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && asked !== host) note(`asks for ${request.url()}`);
  };
  const onError = error => note(`error: ${error.message}`);
  tab.on('request', onRequest);
  tab.on('pageerror', onError);
  try {
    await tab.setViewportSize(phone);
    await goTo(tab, address);
    for (const problem of await sidewaysProblems(tab)) note(problem);
    await tab.evaluate(selectors => {
      for (const selector of selectors) document.querySelector(selector)?.remove();
    }, seen);
    for (const finding of await axeFinds(tab)) note(finding);
  } catch (error) {
    note(error.message);
  } finally {
    tab.off('request', onRequest);
    tab.off('pageerror', onError);
  }
  return problems;
}

/** Opens a page and waits until its scripts, where it has any, have taken it over: what is changed before that is an error to them. */
export async function goTo(tab, address) {
  await tab.goto(address);
  await tab.waitForFunction(() => {
    const app = document.querySelector('#app');
    return app === null || app.__vue_app__ !== undefined;
  });
}

/** Whether a phone would have to scroll the page sideways. */
export async function sidewaysProblems(tab) {
  await tab.setViewportSize(phone);
  const width = await tab.evaluate(() => document.scrollingElement.scrollWidth);
  return width > phone.width ? [`is ${width} wide on a phone of ${phone.width}`] : [];
}

/** What axe finds in the page as it stands, in light and in dark. */
export async function axeFinds(tab) {
  await tab.setViewportSize(wide);
  await tab.addStyleTag({
    content: '*, *::before, *::after { transition: none !important; animation: none !important }',
  });
  await tab.evaluate(axe);
  await tab.evaluate(() => document.documentElement.classList.remove('dark'));
  const light = await tab.evaluate(findingsOf, {counting});
  // Darkness changes nothing but colours.
  await tab.evaluate(() => document.documentElement.classList.add('dark'));
  const dark = await tab.evaluate(findingsOf, {counting, rules: ['color-contrast']});
  return [...light.map(finding => `light: ${finding}`), ...dark.map(finding => `dark: ${finding}`)];
}

/** Runs in the page. */
async function findingsOf({counting, rules}) {
  const options = {resultTypes: ['violations'], ...(rules && {runOnly: {type: 'rule', values: rules}})};
  const {violations} = await globalThis.axe.run(document, options);
  return violations
    .filter(({impact}) => counting.includes(impact))
    .map(
      ({id, nodes}) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({target, html}) => `${target} ${html.slice(0, 120)}`)
          .join(' | ')}`,
    );
}
