import {createServer} from 'node:http';
import {bundle} from './bundle.js';
import {withPage} from './chromium.js';

/** A page may compute for long without a word. */
const silenceMinutes = 5;

/**
 * Opens a page in Chromium with a bundle of modules, and follows what it tells by `report(event)`.
 *
 * @param modules  their paths from the project's folder, in the order in which they are to run.
 * @param scripts  plain scripts that come before them: the text, by file name.
 * @param files    further ones that the page may load: `{type, text}` by path.
 * @param policy   its Content-Security-Policy, if it is to have one.
 * @param query    what the page's address says.
 * @param follow   receives each event; what it returns, if anything, ends the page.
 * @returns what ended it.
 */
export async function runPage({title, modules, scripts = {}, files: others = {}, policy, query, follow}) {
  const tags = [
    ...Object.keys(scripts).map(name => `<script src="/${name}"></script>`),
    '<script type="module" src="/modules.js"></script>',
  ];
  const html = `<!doctype html>\n<title>${title}</title>\n<link rel="icon" href="data:,">\n${tags.join('\n')}`;
  const module = await bundle(modules.map(path => `import './${path}';`).join('\n'));
  const files = {...others, '/': {type: 'text/html', text: html, policy}};
  for (const [name, text] of Object.entries({...scripts, 'modules.js': module})) {
    files[`/${name}`] = {type: 'text/javascript', text};
  }
  const server = await serve(files);
  try {
    return await withPage(page =>
      untilEnd(page, `http://localhost:${server.address().port}/?${query}`, follow),
    );
  } finally {
    server.close();
  }
}

async function serve(files) {
  const server = createServer(({url}, response) => {
    const file = files[new URL(url, 'http://localhost').pathname];
    response.writeHead(file ? 200 : 404, {
      'content-type': `${file?.type ?? 'text/plain'};charset=utf-8`,
      ...(file?.policy && {'content-security-policy': file.policy}),
    });
    response.end(file?.text);
  });
  await new Promise(resolve => server.listen(0, 'localhost', resolve));
  return server;
}

async function untilEnd(page, address, follow) {
  let tell;
  const end = new Promise((resolve, reject) => {
    let silence;
    tell = event => {
      clearTimeout(silence);
      const result = event && follow(event);
      if (result !== undefined) return resolve(result);
      const complain = () => reject(new Error(`the page has told nothing for ${silenceMinutes} minutes`));
      silence = setTimeout(complain, silenceMinutes * 60_000);
    };
    tell();
    page.on('pageerror', reject);
    page.on('crash', () => reject(new Error('the page crashed')));
  });
  page.on('console', message => console.log(`    [${message.type()}] ${message.text()}`));
  await page.exposeFunction('report', event => tell(event));
  await page.goto(address);
  return end;
}
