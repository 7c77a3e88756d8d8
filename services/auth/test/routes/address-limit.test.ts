import { createServer } from '@countersign/service';
import t from 'tap';
import { addressLimits, perMinute } from '../../src/routes/address-limit.ts';
import { createMemoryAddressCounts } from '../../src/stores/address-counts.memory.ts';
import { testAuth } from '../test-auth.ts';

t.test('registrations of one address are limited, and those of another are not', async (t) => {
  const { app } = await testAuth(t, { LOGIN_ATTEMPTS_PER_ADDRESS: '3', TRUST_PROXY: '127.0.0.1' });
  const register = async (name: string, from: string) => {
    const payload = { username: name, password: 'a long enough password' };
    return (await app.inject({ method: 'POST', url: '/register', payload, headers: { 'x-forwarded-for': from } })).statusCode;
  };
  const answers = [];
  for (const name of ['one', 'two', 'three', 'four']) answers.push(await register(name, '198.51.100.1'));
  t.strictSame(answers, [201, 201, 201, 429]);
  t.equal(await register('four', '198.51.100.2'), 201);
});

t.test('proofs of a password from one address are limited, right ones too: each costs a thread as much as a sign-in', async (t) => {
  const { app } = await testAuth(t, { LOGIN_ATTEMPTS_PER_ADDRESS: '3', TRUST_PROXY: '127.0.0.1' });
  const payload = { username: 'prover', password: 'a long enough password' };
  await app.inject({ method: 'POST', url: '/register', payload });
  let token = (await app.inject({ method: 'POST', url: '/login', payload })).json().access_token;
  const prove = async (url: string, body: object, from: string, authorization = `Bearer ${token}`) => {
    const headers = { authorization, 'x-forwarded-for': from };
    const answer = await app.inject({ method: 'POST', url, payload: body, headers });
    token = answer.json().access_token ?? token;
    return answer.statusCode;
  };
  const { password } = payload;
  const proofs: Record<string, [object, number]> = {
    '/password': [{ current_password: password, new_password: 'short' }, 400],
    '/reauthenticate': [{ password }, 200],
  };
  for (const [url, [body, expected]] of Object.entries(proofs)) {
    for (let i = 0; i < 4; i += 1) t.equal(await prove(url, body, '198.51.100.1', 'Bearer x'), 401, 'who is nobody uses nothing up');
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push(await prove(url, body, '198.51.100.1'));
    t.strictSame(answers, [expected, expected, expected, 429], url);
    t.equal(await prove(url, body, '198.51.100.2'), expected);
  }
});

t.test('only routes that ask for it are limited, and who is refused waits a second at least', async (t) => {
  let endsInMs = 59_001;
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  await server.register(addressLimits, { counts: { increment: async () => ({ requests: 1_000_000, endsInMs }) } });
  server.get('/limited', { config: { rateLimit: perMinute(8) } }, async () => ({}));
  server.get('/free', async () => ({}));
  const retryAfter = async () => (await server.inject('/limited')).headers['retry-after'];
  t.equal((await server.inject('/free')).statusCode, 200);
  t.equal((await server.inject('/limited')).json().code, 'rate_limited');
  t.equal(await retryAfter(), '60');
  for (endsInMs of [1, 0, -1]) t.equal(await retryAfter(), '1');
});

t.test('attempts are counted a minute, and where they can not be counted none is let by', async (t) => {
  const windows: number[] = [];
  const counted = async (_key: string, windowMs: number) => {
    windows.push(windowMs);
    return { requests: 1, endsInMs: windowMs };
  };
  for (const [increment, status] of [
    [counted, 200],
    [() => Promise.reject(new Error('nobody counts')), 500],
  ] as const) {
    const server = createServer({ logLevel: 'silent', trustProxy: [] });
    await server.register(addressLimits, { counts: { increment } });
    server.get('/limited', { config: { rateLimit: perMinute(8) } }, async () => ({}));
    t.equal((await server.inject('/limited')).statusCode, status);
  }
  t.strictSame(windows, [60_000]);
});

t.test('each route counts by itself', async (t) => {
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  await server.register(addressLimits, { counts: createMemoryAddressCounts() });
  for (const url of ['/one', '/other']) server.get(url, { config: { rateLimit: perMinute(2) } }, async () => ({}));
  const statuses = [];
  for (const url of ['/one', '/one', '/one', '/other']) statuses.push((await server.inject(url)).statusCode);
  t.strictSame(statuses, [200, 200, 429, 200]);
});
