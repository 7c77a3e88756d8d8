import { PassThrough } from 'node:stream';
import { Problem } from '@countersign/problems';
import t, { type Test } from 'tap';
import { createServer, isGivenUp } from '../../src/index.ts';

const server = createServer({ logLevel: 'silent', trustProxy: [], handlerTimeoutMs: 200 });
const { promise: theEnd, resolve: end } = Promise.withResolvers<void>();
server.post('/slow', { config: { public: true } }, async () => {
  await theEnd;
  return { late: true };
});
server.post('/patient', { config: { public: true, answerWithinMs: 600 } }, async () => {
  await theEnd;
  return { late: true };
});
server.post('/quick', { config: { public: true } }, async () => ({ late: false }));
const url = await server.listen({ host: '127.0.0.1', port: 0 });
t.teardown(async () => {
  end();
  await server.close();
});

/** A server whose handlers can wait until they are too late, and what it logs. */
function startLate(t: Test, logLevel: string) {
  const lines: string[] = [];
  const logStream = { write: (line: string) => void lines.push(line) };
  const late = createServer({ logLevel, trustProxy: [], handlerTimeoutMs: 50, logStream });
  t.teardown(() => late.close());
  const { promise: wasAnswered, resolve: go } = Promise.withResolvers<void>();
  return { late, lines, wasAnswered, go };
}

const bodies: Record<string, RequestInit> = {
  'without a body': { method: 'POST' },
  'with a body': { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
};

for (const [name, init] of Object.entries(bodies)) {
  t.test(`ASVS 15.2.2: a handler that doesn't end gets 503 within the limit, for a request ${name}`, async (t) => {
    const started = performance.now();
    const response = await fetch(`${url}/slow`, init);
    t.equal(response.status, 503);
    t.ok(response.headers.get('retry-after'));
    t.match(await response.json(), { code: 'unavailable' });
    t.ok(performance.now() - started < 2000);
    t.equal((await fetch(`${url}/quick`, init)).status, 200);
  });
}

t.test('a route’s own limit holds instead', async (t) => {
  for (const init of Object.values(bodies)) {
    const started = performance.now();
    t.equal((await fetch(`${url}/patient`, init)).status, 503);
    t.ok(performance.now() - started >= 590);
  }
});

t.test('a request that was answered leaves nothing behind that waits for its limit', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  for (let i = 0; i < 10; i += 1) await server.inject({ method: 'POST', url: '/quick' });
  t.equal(timers(), before);
});

t.test('a connection whose request may take longer isn’t ended for its silence', async (t) => {
  const other = createServer({ logLevel: 'silent', trustProxy: [] });
  const { promise: wasEnded, resolve: tell } = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  other.get('/long', { config: { public: true, answerWithinMs: 60_000 } }, async ({ socket }) => {
    t.ok((socket.timeout ?? 0) > 60_000, 'it stays open for the refusal, too');
    arrived.resolve();
    await wasEnded;
    return { late: true };
  });
  other.get('/silent', { config: { public: true } }, async () => {
    await wasEnded;
    return { late: true };
  });
  const origin = await other.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => other.close());
  other.server.setTimeout(100);
  const long = fetch(`${origin}/long`);
  await arrived.promise;
  // The one that began later is ended; the long one has been silent for even longer.
  await t.rejects(fetch(`${origin}/silent`), { message: 'fetch failed' });
  tell();
  t.equal((await long).status, 200);
});

t.test('an answer that comes too late is dropped without a word: the log already has the 503', async (t) => {
  const { late, lines, wasAnswered, go } = startLate(t, 'info');
  const sends = Promise.withResolvers<void>();
  late.get('/sends', { config: { public: true } }, async (_request, reply) => {
    await wasAnswered;
    sends.resolve();
    return reply.header('x-late', 'yes').send({ late: true });
  });
  late.get('/returns', { config: { public: true } }, async () => {
    await sends.promise;
    return { late: true };
  });
  const origin = await late.listen({ host: '127.0.0.1', port: 0 });
  const answers = await Promise.all(['/sends', '/returns'].map((path) => fetch(origin + path)));
  t.strictSame(
    answers.map(({ status }) => status),
    [503, 503],
  );
  go();
  await sends.promise;
  await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(
    lines.map((line) => (JSON.parse(line) as { msg: string }).msg).filter((message) => message.includes('already sent')),
    [],
  );
});

t.test('an answer that has begun, and doesn’t end within the limit, is broken off: it can’t become a refusal any more', async (t) => {
  const { late, lines } = startLate(t, 'warn');
  late.get('/begins', { config: { public: true } }, async (_request, reply) => {
    const body = new PassThrough();
    body.write('the beginning');
    return reply.send(body);
  });
  const origin = await late.listen({ host: '127.0.0.1', port: 0 });
  const answer = await fetch(`${origin}/begins`, { signal: AbortSignal.timeout(5000) });
  t.equal(answer.status, 200);
  await t.rejects(answer.text(), { message: 'terminated' });
  t.strictSame(lines, [], 'which nobody tries');
});

t.test('a handler can ask whether its answer comes too late', async (t) => {
  const { late, wasAnswered, go } = startLate(t, 'silent');
  const told = Promise.withResolvers<boolean[]>();
  late.get('/asks', { config: { public: true } }, async (request) => {
    const atFirst = isGivenUp(request);
    await wasAnswered;
    told.resolve([atFirst, isGivenUp(request)]);
  });
  const origin = await late.listen({ host: '127.0.0.1', port: 0 });
  t.equal((await fetch(`${origin}/asks`)).status, 503);
  go();
  t.strictSame(await told.promise, [false, true]);
});

t.test('a handler that fails too late leaves a line only when nobody foresaw that', async (t) => {
  const { late, lines, wasAnswered, go } = startLate(t, 'warn');
  const failures = {
    '/refuses': new Problem('credentials_invalid'),
    '/unavailable': Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    '/fault': new TypeError('nobody foresaw this'),
  };
  for (const [path, error] of Object.entries(failures)) {
    late.get(path, { config: { public: true } }, async () => {
      await wasAnswered;
      throw error;
    });
  }
  const origin = await late.listen({ host: '127.0.0.1', port: 0 });
  const answers = await Promise.all(Object.keys(failures).map((path) => fetch(origin + path)));
  t.strictSame(
    answers.map(({ status }) => status),
    [503, 503, 503],
  );
  const before = lines.length;
  go();
  await new Promise((resolve) => setImmediate(resolve));
  const errors = lines.slice(before).map((line) => (JSON.parse(line) as { err: { message: string } }).err.message);
  t.strictSame(errors, ['nobody foresaw this']);
});
