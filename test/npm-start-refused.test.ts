import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Owner } from '@countersign/testing';
import t from 'tap';
import { newDataDir, runLocalStack } from './stack.ts';

t.setTimeout(280_000);

void t.test('a taken port is named, with the way to move it; a data folder that is made is for nobody else', async (t) => {
  const dataDir = join(newDataDir(t), 'new', 'data');
  const taken = await takePort(t);
  for (const variable of ['GATEWAY_PORT', 'AUTH_PORT', 'BOOKS_PORT', 'REDIS_PORT']) {
    const stack = await runLocalStack(t, { DATA_DIR: dataDir, [variable]: String(taken) });
    t.equal((await stack.exit).code, 1);
    t.match(stack.stderr(), new RegExp(`Port ${taken}, for the .* is taken.*${variable}=`, 's'));
    t.notMatch(stack.stderr(), /\n\s+at /, 'in words, without a stack');
  }
  for (const folder of [dataDir, dirname(dataDir)]) t.equal(statSync(folder).mode & 0o777, 0o700, folder);
});

void t.test('settings that are wrong are all named at once, before anything starts', async (t) => {
  const dataDir = join(newDataDir(t), 'not-made');
  const wrong = { GATEWAY_PORT: 'x', ACCESS_TOKEN_TTL_SECONDS: '0', REVOCATION_ON_STALE: 'y', LOG_LEVEL: 'loud' };
  const stack = await runLocalStack(t, { DATA_DIR: dataDir, ...wrong });
  t.equal((await stack.exit).code, 1);
  for (const name of Object.keys(wrong)) t.equal(stack.stderr().split(name).length, 2, `${name}, once`);
  t.notOk(existsSync(dataDir));
});

void t.test('a data folder that cannot be one is named', async (t) => {
  const file = join(newDataDir(t), 'file');
  writeFileSync(file, '');
  const stack = await runLocalStack(t, { DATA_DIR: file });
  t.equal((await stack.exit).code, 1);
  t.match(stack.stderr(), /DATA_DIR/);
});

void t.test('data that cannot be read is named, and the way to start over, without any of it', async (t) => {
  for (const name of ['secrets.json', 'auth', 'books']) {
    const dataDir = newDataDir(t);
    writeFileSync(join(dataDir, name), 'torn');
    writeFileSync(join(dataDir, 'local.json'), '{}');
    const stack = await runLocalStack(t, { DATA_DIR: dataDir });
    t.equal((await stack.exit).code, 1);
    t.match(stack.stderr(), `${join(dataDir, name)} can't be read. Restore it, or remove the whole data folder to start over.`);
    for (const words of ['torn', /\n\s+at /, '"stack"']) t.notMatch(stack.stderr(), words);
    t.notOk(existsSync(join(dataDir, 'local.json')), 'a script that waits for it finds none of an earlier start');
  }
});

void t.test('a data folder that the system does not allow is named', { skip: !existsSync('/proc/self') }, async (t) => {
  for (const folder of ['/proc/x', '/proc/x/y', '/proc']) {
    const stack = await runLocalStack(t, { DATA_DIR: folder });
    t.equal((await stack.exit).code, 1);
    t.match(stack.stderr(), /^[^\n]*\/proc[^\n]* can't be created\. Set DATA_DIR[^\n]*\n$/);
  }
});

async function takePort(owner: Owner): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}
