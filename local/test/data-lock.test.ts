import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { lockData } from '../src/data-lock.ts';

function newFolder(owner: { teardown(close: () => void): unknown }, name = ''): string {
  const folder = mkdtempSync(join(tmpdir(), `countersign-lock-${name}`));
  owner.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

for (const [title, name] of [
  ['a data folder', ''],
  ['a data folder whose path is too long for a socket', 'x'.repeat(120)],
] as const) {
  void t.test(`${title} is used by one at a time, beside others, and by the next when it is released`, async (t) => {
    const folder = newFolder(t, name);
    const lock = await lockData(folder);
    await t.rejects(lockData(folder), {
      name: 'StartError',
      message: new RegExp(`already running on the data in .*, as process ${process.pid}\\.`),
    });
    const beside = await lockData(newFolder(t, name));
    await beside.release();
    await lock.release();
    const next = await lockData(folder);
    await next.release();
  });
}

for (const [title, name] of [
  ['a killed process left', ''],
  ['it left in a folder whose path is just short enough', 'x'.repeat(94 - join(tmpdir(), 'countersign-lock-123456/lock.sock').length)],
] as const) {
  void t.test(`of several that start at once on what ${title}, one gets the folder`, async (t) => {
    const folder = newFolder(t, name);
    await killedWhileHolding(folder);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => lockData(folder)));
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    t.equal(locks.length, 1);
    await Promise.all(locks.map((lock) => lock.release()));
    t.strictSame(readdirSync(folder), [], 'and nothing is left behind');
  });
}

for (const [title, name] of [
  ['', ''],
  [
    ', beside whose path there is no room for another',
    'x'.repeat(Math.max(1, 103 - join(tmpdir(), 'countersign-lock-123456/lock.sock').length)),
  ],
] as const) {
  void t.test(
    `a start that finds a killed process’s socket${title}, and takes away that of another start instead, gives it back`,
    async (t) => {
      const folder = newFolder(t, name);
      await killedWhileHolding(folder);
      const { rename } = files;
      const putBack = () => {
        Object.assign(files, { rename });
        syncBuiltinESMExports();
      };
      t.teardown(putBack);
      const other = Promise.withResolvers<Awaited<ReturnType<typeof lockData>>>();
      const renameLate: typeof rename = async (from, to) => {
        putBack();
        // Between the look at the socket and its removal.
        other.resolve(await lockData(folder));
        await rename(from, to);
      };
      Object.assign(files, { rename: renameLate });
      syncBuiltinESMExports();
      await t.rejects(lockData(folder), { message: `as process ${process.pid}.` });
      await (await other.promise).release();
      await (await lockData(folder)).release();
    },
  );
}

async function killedWhileHolding(folder: string): Promise<void> {
  const script = `import { lockData } from ${JSON.stringify(new URL('../src/data-lock.ts', import.meta.url).href)};
    await lockData(${JSON.stringify(folder)}); setInterval(() => {}, 1000); console.log('locked');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}
