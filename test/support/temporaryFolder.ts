import {mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

/** A folder of the test's own, with helpers to fill it; `remove` it afterwards. */
export class TemporaryFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'tfjs-inject-')));

  /** Also over a program that some process is about to run, which may not be written to (ETXTBSY). */
  write(file: string, text: string, mode = 0o644): string {
    const path = join(this.path, file);
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(`${path}.new`, text, {mode});
    renameSync(`${path}.new`, path);
    return path;
  }

  remove(): void {
    rmSync(this.path, {recursive: true, force: true, maxRetries: 5});
  }
}
