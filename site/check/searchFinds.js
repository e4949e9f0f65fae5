import {goTo} from './lookAt.js';

/** What is wrong with the search of the site: a word of a card must lead to it, a code of an error to its heading. */
export async function searchFinds(tab, address) {
  const problems = [];
  for (const [word, place] of [
    ['Lookahead', '/cards/lookahead.html'],
    ['MODEL_RECOMPILED', '/errors.html#model_recompiled'],
  ]) {
    await goTo(tab, address);
    await tab.keyboard.press('Control+k');
    await tab.locator('#localsearch-input').fill(word);
    const results = tab.locator('#localsearch-list a');
    try {
      await tab.locator(`#localsearch-list a[href^="${place}"]`).first().waitFor();
    } catch {
      const places = await results.evaluateAll(links => links.map(link => link.getAttribute('href')));
      problems.push(`'${word}' finds ${places.join(', ') || 'nothing'}, not ${place}`);
    }
  }
  return problems;
}
