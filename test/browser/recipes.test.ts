import {backendName} from './setup.js';

/** Opens a recipe's page in a frame, and waits for its script, which throws where the recipe does not hold. */
async function open(recipe: string): Promise<void> {
  const frame = document.createElement('iframe');
  frame.src = `/${recipe}/index.html`;
  const isLoaded = new Promise(resolve => frame.addEventListener('load', resolve));
  document.body.append(frame);
  await isLoaded;
  const {eval: evaluate} = frame.contentWindow as unknown as {eval(code: string): Promise<void>};
  // The same module as the page's own, for it has the same address.
  await evaluate(`import('/${recipe}/page.js')`);
  frame.remove();
}

// The recipes choose their backend themselves: once is enough.
if (backendName === 'webgl') {
  describe('A recipe for the browser runs as it stands', () => {
    it('webWorker.md', () => open('webWorker'));
  });
}
