import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { BUSY_MS, freePort, startProcess, until } from '@countersign/testing';
import t, { type Test } from 'tap';

const SERVICE = fileURLToPath(new URL('./processes/service.ts', import.meta.url));

async function startService(t: Test, mode = '') {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = await startProcess(t, SERVICE, { env: { MODE: mode, PORT: String(port) }, readyUrl: url });
  return { ...service, url };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal}: what runs is finished, nothing new is taken, exit code 0`, async (t) => {
    const service = await startService(t);
    const slow = fetch(`${service.url}/slow`);
    // The slow request has reached the process before this second one is answered.
    await fetch(service.url);
    service.signal(signal);
    t.equal(await (await slow).text(), 'slow but whole');
    t.strictSame(await service.exit, { code: 0, signal: null });
    await t.rejects(fetch(service.url));
  });
}

for (const [what, bytes] of [
  ['sends nothing', ''],
  ['has sent half of a request’s headers', 'GET / HTTP/1.1\r\nHost: x\r\nX-Half'],
] as const) {
  t.test(`a client that ${what} does not hold up the stop, nor a request that runs`, async (t) => {
    const service = await startService(t);
    const client = await connectTo(t, service.url);
    client.write(bytes);
    const slow = fetch(`${service.url}/slow`);
    await fetch(service.url);
    const began = performance.now();
    service.signal('SIGTERM');
    t.equal(await (await slow).text(), 'slow but whole');
    t.strictSame(await service.exit, { code: 0, signal: null });
    t.ok(performance.now() - began < 5000);
  });
}

t.test('a request is answered that arrives while it stops, on a connection opened before', async (t) => {
  // It has a quarter of a second to arrive, which a busy machine may miss.
  const answer = await until(async () => await answerWhileStopping(t), { timeoutMs: 60_000 });
  t.match(answer, /^HTTP\/1\.1 200 /);
});

async function answerWhileStopping(t: Test): Promise<string | null> {
  const service = await startService(t);
  const client = await connectTo(t, service.url);
  await fetch(service.url);
  service.signal('SIGTERM');
  const isRefused = () =>
    connectTo(t, service.url).then(
      (socket) => {
        socket.destroy();
        return false;
      },
      () => true,
    );
  await until(isRefused, { everyMs: 2 });
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await text(client);
  t.strictSame(await service.exit, { code: 0, signal: null });
  return answer === '' ? null : answer;
}

t.test('a client that keeps its connection after an answer that had begun before does not hold up the stop', async (t) => {
  const service = await startService(t);
  const client = await connectTo(t, service.url);
  let answer = '';
  client.on('data', (bytes) => (answer += bytes.toString()));
  client.write('GET /begun HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => answer.includes('begun, '));
  t.notMatch(answer, /connection: close/i);
  const began = performance.now();
  service.signal('SIGTERM');
  t.strictSame(await service.exit, { code: 0, signal: null });
  t.match(answer, /and whole/);
  t.ok(performance.now() - began < 5000);
});

async function connectTo(t: Test, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

t.test('what cannot be closed is given up before 10 s, with exit code 1', async (t) => {
  const service = await startService(t, 'stuck');
  const began = performance.now();
  service.signal('SIGTERM');
  t.match(await service.exit, { code: 1 });
  t.match(JSON.parse(service.stderr()), { level: 'fatal', msg: 'stop', err: { message: /9500 ms/ } });
  t.ok(performance.now() - began < 10_000 + BUSY_MS);
});

t.test('a second signal ends it at once, with exit code 1', async (t) => {
  const service = await startService(t, 'stuck');
  const began = performance.now();
  service.signal('SIGTERM');
  let exit: unknown = null;
  void service.exit.then((ended) => (exit = ended));
  // One Ctrl-C may arrive twice, once from the terminal and once from the parent: only a later one counts.
  await until(
    () => {
      service.signal('SIGINT');
      return exit !== null;
    },
    { everyMs: 50 },
  );
  t.match(exit, { code: 1 });
  t.ok(performance.now() - began < 5000);
});

t.test('a failure to close is told, with exit code 1', async (t) => {
  const service = await startService(t, 'failing');
  service.signal('SIGTERM');
  t.match(await service.exit, { code: 1 });
  t.match(service.stderr(), /cannot close/);
});

for (const [path, words] of [
  ['/reject', 'nobody waits for me'],
  ['/throw', 'nobody catches me'],
] as const) {
  t.test(`an error that nobody caught (${path}) is logged and ends the process with 1`, async (t) => {
    const service = await startService(t);
    await fetch(service.url + path).catch(() => null);
    t.match(await service.exit, { code: 1 });
    t.match(JSON.parse(service.stderr()), { level: 'fatal', err: { message: words, stack: /service\.ts/ } });
  });
}

t.test('every fault of the configuration is on stderr, exit code 1', async (t) => {
  const service = await startProcess(t, SERVICE, { env: { MODE: 'unready' } });
  t.match(await service.exit, { code: 1 });
  t.equal(
    service.stderr(),
    'The configuration has 2 faults:\n  - A is required: One.\n  - B must be a whole number from 1 to 2, not "3"\n',
  );
});

t.test('a taken port is a sentence, exit code 1', async (t) => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const service = await startProcess(t, SERVICE, { env: { PORT: String(port) } });
  t.match(await service.exit, { code: 1 });
  t.equal(service.stderr(), `Port ${port} on 127.0.0.1 is taken: another process listens there. Set PORT to another one.\n`);
});

t.test('a database that goes away during the start is a sentence, exit code 1', async (t) => {
  const service = await startProcess(t, SERVICE, { env: { MODE: 'cut-off' } });
  t.match(await service.exit, { code: 1 });
  t.equal(
    service.stderr(),
    'A server that this service needs became unavailable while it started: terminating connection. Start it again.\n',
  );
});

t.test('ASVS 16.5.4: a fault of the program at start is logged with its stack, exit code 1', async (t) => {
  const service = await startProcess(t, SERVICE, { env: { MODE: 'broken' } });
  t.match(await service.exit, { code: 1 });
  t.match(JSON.parse(service.stderr()), { level: 'fatal', msg: 'start', err: { type: 'TypeError', stack: /service\.ts/ } });
});
