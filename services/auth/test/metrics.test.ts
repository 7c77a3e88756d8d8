import { readFileSync } from 'node:fs';
import { needsReal, until } from '@countersign/testing';
import t from 'tap';
import { testAuth } from './test-auth.ts';

const { app, redis } = await testAuth(t);
const credentials = { username: 'member-1', password: 'a long enough password' };
const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload });
await post('/register', credentials);

await until(async () => (await value('countersign_revocations_in_sync')) === 1);

/** The samples at `/metrics`, by the name and labels of their lines. */
async function read(): Promise<Map<string, number>> {
  const { body } = await app.inject('/metrics');
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1).replace('Inf', 'Infinity'))]),
  );
}
async function value(name: string): Promise<number> {
  return (await read()).get(name) ?? Number.NaN;
}

t.test('what is measured and what docs/metrics.md says are the same', async (t) => {
  const { body } = await app.inject('/metrics');
  const measured = [...body.matchAll(/^# TYPE ((?!process_|nodejs_)\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
  const document = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  const section = document.split(/^## /m).find((text) => text.startsWith('Auth\n')) ?? '';
  const documented = [...section.matchAll(/^\| `(\S+)` \| (\S+) \|/gm)].map(([, name, kind]) => `${name} ${kind}`);
  t.strictSame(measured.toSorted(), documented.toSorted());
});

t.test('an event that has not happened yet is there with 0, so that the rate of an alert has the first one', async (t) => {
  t.equal(await value('countersign_audit_events_total{event="refresh_reused"}'), 0);
});

t.test('failed sign-ins, retried and reused refresh tokens are counted', async (t) => {
  await post('/login', { ...credentials, password: 'a wrong password' });
  t.equal(await value('countersign_audit_events_total{event="login_failed"}'), 1);
  const { refresh_token: first } = (await post('/login', credentials)).json();
  t.equal(await value('countersign_audit_events_total{event="login"}'), 1);
  const { refresh_token: second } = (await post('/refresh', { refresh_token: first })).json();
  t.equal(await value('countersign_refresh_retries_total'), 0);
  t.equal((await post('/refresh', { refresh_token: first })).statusCode, 200);
  t.equal(await value('countersign_refresh_retries_total'), 1);
  await post('/refresh', { refresh_token: second });
  t.equal((await post('/refresh', { refresh_token: first })).statusCode, 401);
  t.equal(await value('countersign_audit_events_total{event="refresh_reused"}'), 1);
  await until(async () => (await value('countersign_revocations_entries')) === 1);
  await until(async () => (await value('countersign_feed_sent_total')) === 1);
  t.ok((await value('countersign_feed_publish_seconds_count')) >= 1);
});

t.test('a revoked token is counted with the events of the audit log', async (t) => {
  const { access_token: token } = (await post('/login', credentials)).json();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const payload = new URLSearchParams({ token, client_id: 'first-party' }).toString();
  const revoke = async () => (await app.inject({ method: 'POST', url: '/oauth/revoke', headers, payload })).statusCode;
  t.strictSame(await Promise.all([revoke(), revoke()]), [200, 200]);
  t.equal(await value('countersign_audit_events_total{event="token_revoked"}'), 1, 'once, as it was recorded');
});

t.test('the administrator and the client that the settings name are counted as what others make', async (t) => {
  const { app } = await testAuth(t, {
    ADMIN_USERNAME: 'chief',
    ADMIN_PASSWORD: 'a long enough password',
    WORKER_CLIENT_ID: 'w-1',
    WORKER_CLIENT_SECRET: 'w'.repeat(32),
  });
  const { body } = await app.inject('/metrics');
  t.match(body, /^countersign_audit_events_total\{event="user_registered"\} 1$/m);
  t.match(body, /^countersign_audit_events_total\{event="client_created"\} 1$/m);
});

t.test('the cache behind /verify is measured', async (t) => {
  const { access_token: token } = (await post('/login', credentials)).json();
  const before = await read();
  for (let i = 0; i < 3; i += 1) await app.inject({ url: '/verify', headers: { authorization: `Bearer ${token}` } });
  const after = await read();
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  t.equal(grown('countersign_tokens_cache_hits_total'), 2);
  t.equal(grown('countersign_tokens_cache_misses_total'), 1);
  t.equal(await value('countersign_jwks_keys'), 2, 'the key that signs and the one in reserve');
  const age = await value('countersign_signing_key_age_seconds');
  t.ok(age >= 0 && age < 60, `${age}`);
});

t.test('a key that signs a second from now, after two kills in a row, is not younger than nothing', async (t) => {
  const admin = { username: 'chief', password: 'a long enough password' };
  const { app } = await testAuth(t, { ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password });
  const killActive = async () => {
    const login = await app.inject({ method: 'POST', url: '/login', payload: admin });
    const headers = { authorization: `Bearer ${login.json<{ access_token: string }>().access_token}` };
    const keys = (await app.inject({ url: '/admin/keys', headers })).json<{ kid: string; state: string }[]>();
    const active = keys.find(({ state }) => state === 'active');
    t.equal((await app.inject({ method: 'DELETE', url: `/admin/keys/${active?.kid}`, headers })).statusCode, 204);
  };
  await killActive();
  await until(async () => {
    await killActive();
    // Unless that second has passed already, as on a busy machine it may.
    return /^countersign_signing_key_age_seconds 0$/m.test((await app.inject('/metrics')).body);
  });
});

t.test('while Redis is lost both ages grow, and the feed says that it waits', async (t) => {
  if (!needsReal(t, 'faults')) return;
  t.ok((await value('countersign_revocations_answer_age_seconds')) < 2);
  t.equal(await value('countersign_feed_publishing'), 1);
  redis.pause();
  await until(async () => (await value('countersign_revocations_answer_age_seconds')) > 2);
  t.ok((await value('countersign_revocations_heartbeat_age_seconds')) > 2);
  await until(async () => (await value('countersign_feed_publishing')) === 0);
  redis.resume();
  await until(async () => (await value('countersign_revocations_answer_age_seconds')) < 2);
});
