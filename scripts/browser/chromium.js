import {spawnSync} from 'node:child_process';
import {chromium} from 'playwright-core';

/** WebGL and WebGPU in software: a GPU of the machine's own is for those who give flags for it. */
const software = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  // It ends a process that is busy for ten seconds: on a processor, work of a GPU may take that long.
  '--disable-gpu-watchdog',
];
const flags = ['--no-sandbox', ...(process.env.CHROMIUM_FLAGS?.split(' ') ?? software)];

/** The command that starts Chromium: that of CHROMIUM_PATH, or the first that the PATH has; `undefined` where none runs. */
export function chromiumCommand() {
  const {CHROMIUM_PATH: given} = process.env;
  const candidates = given ? [given] : ['chromium', 'chromium-browser', 'google-chrome'];
  return candidates.find(command => spawnSync(command, ['--version'], {stdio: 'ignore'}).status === 0);
}

/** In milliseconds, after which what a page is to show will never come: long, for a busy machine with a GPU in software is slow. */
const patience = 300_000;

/** Starts Chromium, calls `body` with what opens a new page in it, and ends it. */
export async function withBrowser(body) {
  const browser = await chromium.launch({executablePath: pathOf(chromiumCommand()), args: flags});
  const newPage = async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    return page;
  };
  try {
    return await body(newPage);
  } finally {
    await browser.close();
  }
}

/** The same with a new page. */
export const withPage = body => withBrowser(async newPage => body(await newPage()));

function pathOf(command) {
  if (command.includes('/')) return command;
  return spawnSync('sh', ['-c', 'command -v "$0"', command], {encoding: 'utf8'}).stdout.trim();
}
