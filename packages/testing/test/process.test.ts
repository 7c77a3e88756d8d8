import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { startProcess, until } from '../src/index.ts';

const FIXTURE = fileURLToPath(new URL('fixture-process.ts', import.meta.url));

t.test('a process ends with the one that started it, though that was killed', async (t) => {
  const parent = await startProcess(t, FIXTURE, { args: ['parent'] });
  const pid = await until(() => Number(parent.stdout()) || null, { timeoutMs: 20_000 });
  t.ok(isRunning(pid));
  parent.signal('SIGKILL');
  await parent.exit;
  t.ok(await until(() => !isRunning(pid)));
});

/** A zombie isn't: where nobody reaps orphans, it stays one. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}
