import { connectPostgres, migrateDatabase } from '@countersign/service';
import { BUSY_MS, needsReal, startPostgres, until } from '@countersign/testing';
import t from 'tap';
import { migrations } from '../../../src/migrations.ts';
import { type Answer, startedAuth } from './started-auth.ts';

t.test('while the database is paused, OAuth answers 503 in its own words within 5 s, and recovers by itself', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const postgres = await startPostgres(t);
  await migrateDatabase(postgres.url, migrations);
  const connection = connectPostgres(postgres.url);
  t.teardown(() => connection.close());
  const auth = await startedAuth(t, {}, connection.db);
  const client = await auth.addClient({ scopes: ['books:read', 'introspect'] });
  const ask = () => auth.post('/oauth/token', { grant_type: 'client_credentials' }, { basic: client });
  const { body } = await ask();
  const token = String(body.access_token);

  postgres.pause();
  const started = performance.now();
  const timed = async (answer: Promise<Answer>) => ({ ...(await answer), ms: performance.now() - started });
  const answers = await Promise.all([
    timed(ask()),
    timed(ask()),
    timed(auth.post('/oauth/introspect', { token }, { basic: client })),
    timed(auth.post('/oauth/revoke', { token, client_id: 'first-party' })),
  ]);
  for (const { status, headers, body, ms } of answers) {
    t.equal(status, 503);
    t.match(body, { error: 'temporarily_unavailable', error_description: String });
    t.ok(headers.has('retry-after'));
    t.equal(headers.get('cache-control'), 'no-store');
    t.ok(ms < 5000 + BUSY_MS, `answered after ${Math.round(ms)} ms`);
  }

  postgres.resume();
  await until(async () => (await ask()).status === 200, { timeoutMs: 10_000 });
});
