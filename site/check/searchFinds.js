/** What is wrong with the search of the site: a word of a card must lead to it, a code of an error to its heading. */
export async function searchFinds(tab, address) {
  const problems = [];
  for (const [word, place] of [
    ['Lookahead', '/cards/lookahead.html'],
    ['MODEL_RECOMPILED', '/errors.html#model_recompiled'],
  ]) {
    await tab.goto(address);
    const input = tab.locator('#localsearch-input');
    // The page is there before its scripts are, which listen for the keys.
    for (let tries = 0; tries < 60 && !(await input.isVisible()); tries++) {
      await tab.keyboard.press('Control+k');
      await input.waitFor({timeout: 1000}).catch(() => {});
    }
    await input.fill(word);
    const results = tab.locator('#localsearch-list a');
    await results
      .first()
      .waitFor({timeout: 10_000})
      .catch(() => {});
    const places = await results.evaluateAll(links => links.map(link => link.getAttribute('href')));
    if (!places.some(each => each.startsWith(place)))
      problems.push(`'${word}' finds ${places.join(', ') || 'nothing'}`);
  }
  return problems;
}
