import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Owner, until } from '@countersign/testing';
import t from 'tap';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const NO_DISK = { skip: !existsSync('/dev/full') };

/** An auth whose listings never end, nor its sign-out when it `hangs`, and the paths that it was asked for. */
async function startEndlessAuth(owner: Owner, { hangs = false } = {}) {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    const [path = ''] = url.split('?');
    asked.push(path);
    response.setHeader('link', '</admin/keys?after=x>; rel="next"');
    if (path === '/login') response.end('{"access_token":"a","refresh_token":"r"}');
    else if (path === '/admin/keys') response.end('[{"kid":"k","state":"active"}]');
    else if (!hangs) response.writeHead(204).end();
  });
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...process.env, COUNTERSIGN_URL: origin, COUNTERSIGN_USERNAME: 'admin', COUNTERSIGN_PASSWORD: 'x' };
  return { env, asked };
}

/** The exit code, or the signal that ended the process. */
async function endOf(command: ReturnType<typeof spawn>): Promise<number | string> {
  const [code, signal] = (await once(command, 'exit')) as [number | null, string | null];
  return code ?? signal ?? '';
}

t.test('a result that can’t be written, as to a full disk, is no success', NO_DISK, async (t) => {
  const runInto = (path: string) => spawnSync(process.execPath, [MAIN, '--help'], { stdio: ['ignore', openSync(path, 'w'), 'pipe'] });
  const { status, stderr } = runInto('/dev/full');
  t.strictSame([status, stderr.toString()], [1, "countersign: the result can't be written: ENOSPC.\n"]);
  t.equal(runInto('/dev/null').status, 0);
});

t.test('a result that can’t be written further ends the command, which signs out', NO_DISK, async (t) => {
  const { env, asked } = await startEndlessAuth(t);
  const command = spawn(process.execPath, [MAIN, 'keys', 'list'], { env, stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
  t.teardown(() => command.kill('SIGKILL'));
  const told = text(command.stderr as Readable);
  t.strictSame([await endOf(command), await told], [1, "countersign: the result can't be written: ENOSPC.\n"]);
  t.equal(asked.at(-1), '/logout');
});

t.test('a reader that has had enough, as `head`, is no fault, and neither is one of the messages', async (t) => {
  const help = spawn(process.execPath, [MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  help.stdout.destroy();
  const told = text(help.stderr);
  t.strictSame([await endOf(help), await told], [0, '']);
  const wrong = spawn(process.execPath, [MAIN, 'users'], { stdio: ['ignore', 'ignore', 'pipe'] });
  wrong.stderr.destroy();
  t.equal(await endOf(wrong), 2);
});

t.test('Ctrl-C and SIGTERM end a command, which signs out', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { env, asked } = await startEndlessAuth(t);
    const command = spawn(process.execPath, [MAIN, 'keys', 'list'], { env, stdio: 'ignore' });
    t.teardown(() => command.kill('SIGKILL'));
    await until(() => asked.includes('/admin/keys'));
    command.kill(signal);
    t.equal(await endOf(command), 130, signal);
    t.equal(asked.at(-1), '/logout');
  }
});

t.test('a second Ctrl-C ends a command that can’t sign out', async (t) => {
  const { env, asked } = await startEndlessAuth(t, { hangs: true });
  const command = spawn(process.execPath, [MAIN, 'keys', 'list'], { env, stdio: 'ignore' });
  t.teardown(() => command.kill('SIGKILL'));
  await until(() => asked.includes('/admin/keys'));
  command.kill('SIGINT');
  await until(() => asked.includes('/logout'));
  command.kill('SIGINT');
  t.equal(await endOf(command), 'SIGINT');
});
