import t from 'tap';
import { createMetrics, createServer, health, metrics, type ReadinessCheck, type Server } from '../../src/index.ts';

function createApp(checks: Record<string, ReadinessCheck>): Server {
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  t.teardown(() => server.close());
  server.register(health, { checks });
  return server;
}

t.test('a process is live whatever it needs, and ready when all that it needs is', async (t) => {
  const server = createApp({ database: () => null, redis: async () => null });
  t.match(await server.inject('/livez'), { statusCode: 200 });
  t.match((await server.inject('/readyz')).json(), { status: 'ok' });
});

t.test('readiness names what is not ready: what says so, what fails, and what does not answer', async (t) => {
  const server = createApp({
    database: () => null,
    keys: () => 'no key has been made yet',
    redis: async () => Promise.reject(new Error('secret details')),
    revocations: async () => new Promise(() => {}),
  });
  t.match(await server.inject('/livez'), { statusCode: 200 });
  const answer = await server.inject('/readyz');
  t.equal(answer.headers['content-type'], 'application/problem+json');
  t.ok(answer.headers['retry-after']);
  t.match(answer.json(), { status: 503, code: 'unavailable' });
  t.strictSame(answer.json().not_ready, {
    keys: 'no key has been made yet',
    redis: 'does not answer',
    revocations: 'no answer within 2000 ms',
  });
});

t.test('why a check fails is logged once, and again when it has answered in between', async (t) => {
  const lines: string[] = [];
  const server = createServer({ logLevel: 'warn', trustProxy: [], logStream: { write: (line) => void lines.push(line) } });
  t.teardown(() => server.close());
  let isDown = true;
  await server.register(health, { checks: { postgres: () => (isDown ? Promise.reject(new Error('ECONNREFUSED')) : null) } });
  const ask = () => server.inject('/readyz');
  await ask();
  await ask();
  t.match(
    lines.map((line) => JSON.parse(line)),
    [{ level: 'warn', msg: 'not ready: postgres does not answer', err: { message: 'ECONNREFUSED' } }],
  );
  t.equal(lines.length, 1);
  isDown = false;
  t.equal((await ask()).statusCode, 200);
  isDown = true;
  await ask();
  t.equal(lines.length, 2);
});

t.test('metrics: the process, every request by the pattern of its route, and what the service adds', async (t) => {
  const server = createApp({});
  const own = createMetrics();
  const logins = own.counter('logins_total', 'Sign-ins.', ['result']);
  own.measure([{ kind: 'gauge', name: 'lag_seconds', help: 'Read at every scrape.', read: () => 7 }]);
  server.register(metrics, own);
  server.register(async (scope) => void scope.get('/books/:id', async () => 'a book'));
  await server.inject('/books/1');
  await server.inject('/books/2');
  await server.inject('/nothing/3');
  await server.inject({ method: 'POST', url: '/books/1' });
  logins.inc({ result: 'ok' });
  const answer = await server.inject('/metrics');
  t.match(answer.headers['content-type'], /^text\/plain/);
  t.match(answer.body, /^process_cpu_seconds_total /m);
  t.match(answer.body, /^http_request_duration_seconds_count\{method="GET",route="\/books\/:id",status="200"\} 2$/m);
  t.match(answer.body, /^http_request_duration_seconds_count\{method="GET",route="none",status="404"\} 1$/m);
  t.match(answer.body, /^http_request_duration_seconds_count\{method="POST",route="none",status="405"\} 1$/m);
  t.match(answer.body, /^logins_total\{result="ok"\} 1$/m);
  t.match(answer.body, /^lag_seconds 7$/m);
  t.notMatch(answer.body, /books\/1/);
});
