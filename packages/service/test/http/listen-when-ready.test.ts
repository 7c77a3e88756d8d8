import t from 'tap';
import { createMetrics, createServer, health, listenWhenReady, metrics, type ReadinessCheck } from '../../src/index.ts';

const ANYWHERE = { host: '127.0.0.1', port: 0 };

function createApp(check: ReadinessCheck) {
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  t.teardown(() => server.close());
  server.register(health, { checks: { revocations: check } });
  return server;
}

t.test('nobody can connect before the service is ready: who asks it by trying gets no 503', async (t) => {
  let asked = 0;
  const wasListening: boolean[] = [];
  const server = createApp(() => {
    wasListening.push(server.server.listening);
    asked += 1;
    return asked < 3 ? 'not read yet' : null;
  });
  await listenWhenReady(server, ANYWHERE);
  t.strictSame(wasListening, [false, false, false]);
  t.ok(server.server.listening);
});

t.test('no request is counted before somebody has made one: a start raises no alarm', async (t) => {
  let asked = 0;
  const server = createApp(() => {
    asked += 1;
    return asked < 3 ? 'not read yet' : null;
  });
  const own = createMetrics();
  server.register(metrics, own);
  await listenWhenReady(server, ANYWHERE);
  t.notMatch(await own.registry.metrics(), /readyz/);
  await server.inject('/readyz');
  t.match(await own.registry.metrics(), /^http_request_duration_seconds_count\{method="GET",route="\/readyz",status="200"\} 1$/m);
});

t.test('a service that is not ready after two seconds listens, and says what is missing', async (t) => {
  let nowMs = performance.now();
  t.intercept(performance, 'now', { value: () => nowMs });
  let asked = 0;
  const server = createApp(() => {
    asked += 1;
    if (asked === 2) nowMs += 2000;
    return 'not read yet';
  });
  await listenWhenReady(server, ANYWHERE);
  t.equal(asked, 2);
  t.ok(server.server.listening);
  t.match((await server.inject('/readyz')).json(), { not_ready: { revocations: 'not read yet' } });
});

t.test('a host that cannot be found is the fault of HOST, and says so', async (t) => {
  // No name server is asked for a name as long as this one.
  const host = 'x'.repeat(64);
  const listening = listenWhenReady(
    createApp(() => null),
    { host, port: 0 },
  );
  await t.rejects(listening, { name: 'StartError', message: new RegExp(`HOST=${host}`), cause: { syscall: 'getaddrinfo' } });
});
