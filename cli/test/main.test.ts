import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

t.test('a result that can’t be written, as to a full disk, is no success', { skip: !existsSync('/dev/full') }, async (t) => {
  const runInto = (path: string) => spawnSync(process.execPath, [MAIN, '--help'], { stdio: ['ignore', openSync(path, 'w'), 'pipe'] });
  const { status, stderr } = runInto('/dev/full');
  t.strictSame([status, stderr.toString()], [1, "countersign: the result can't be written: ENOSPC.\n"]);
  t.equal(runInto('/dev/null').status, 0);
});
