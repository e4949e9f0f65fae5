import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Peers} from './peers.js';
import {root} from './root.js';

const script = join(root, 'bench/peers.py');

/**
 * Starts a Python that has torch or optax, to take samples in turn with ours.
 *
 * @param python its command.
 */
export async function pythonPeers(python: string): Promise<Peers> {
  const child = spawn(python, [script], {stdio: ['pipe', 'pipe', 'inherit']});
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`${script} ended with status ${code}`)));
  });
  // Whoever waits for a line hears of it; at the end nobody does.
  failed.catch(() => {});
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const answer = async () => {
    const {value, done} = await Promise.race([lines.next(), failed]);
    if (done) return failed;
    return JSON.parse(value as string);
  };
  const ask = (request: object) => child.stdin.write(`${JSON.stringify(request)}\n`);

  const {peers: versions} = (await answer()) as {peers: Record<string, string>};
  return {
    versions,
    async take(peer, shapes, steps) {
      ask({peer, shapes, steps});
      return ((await answer()) as {milliseconds: number}).milliseconds;
    },
    forget: () => ask({forget: true}),
    close: () => child.stdin.end(),
  };
}
