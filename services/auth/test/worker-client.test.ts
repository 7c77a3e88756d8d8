import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { makeWorkerClient } from '../src/domain/clients/make-worker-client.ts';
import { auditLog } from '../src/stores/audit.postgres.ts';
import { createClients } from '../src/stores/clients.postgres.ts';
import { audit, clientSecrets, clients } from '../src/stores/schema.ts';
import { testAuth } from './test-auth.ts';

const admin = { username: 'root.admin', password: 'the first of them all' };
const [secret, another] = ['w'.repeat(32), 'x'.repeat(32)];
const { app, database, start } = await testAuth(t, {
  ADMIN_USERNAME: admin.username,
  ADMIN_PASSWORD: admin.password,
  WORKER_CLIENT_ID: 'worker-1',
  WORKER_CLIENT_SECRET: secret,
});
const { db } = database;

const found = () => db.select().from(clients).where(eq(clients.id, 'worker-1'));
const events = async () =>
  (await db.select().from(audit).where(eq(audit.subject, 'worker-1')).orderBy(audit.id)).map(({ event, actor, details }) => ({
    event,
    actor,
    details,
  }));
const secrets = () => db.select().from(clientSecrets).where(eq(clientSecrets.clientId, 'worker-1'));

async function statusOfGrant(client_secret: string): Promise<number> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const payload = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'worker-1', client_secret }).toString();
  return (await app.inject({ method: 'POST', url: '/oauth/token', headers, payload })).statusCode;
}

/** What the log warns of at a start with this secret. */
async function warningsAt(workerClientSecret: string): Promise<unknown[][]> {
  const warnings: unknown[][] = [];
  const log = { warn: (...warning: unknown[]) => void warnings.push(warning) };
  const ports = { db, clients: createClients(db), audit: auditLog, log };
  await makeWorkerClient(ports, { workerClientId: 'worker-1', workerClientSecret });
  return warnings;
}

t.test('the worker’s client is made at the first start, and each next one with the same settings changes nothing', async (t) => {
  const before = [await found(), await secrets()];
  t.match(before, [[{ name: 'worker' }], [{}]]);
  const [{ scopes, audiences } = {}] = await found();
  t.strictSame([scopes, audiences], [['books:read', 'books:write'], ['urn:countersign:books']], 'for books alone');
  t.equal(await statusOfGrant(secret), 200);
  t.equal(await statusOfGrant(another), 401);
  await start();
  t.strictSame([await found(), await secrets()], before);
  const details = { name: 'worker', auth_method: 'client_secret', scopes, audiences };
  t.strictSame(await events(), [{ event: 'client_created', actor: null, details }]);
});

t.test('another WORKER_CLIENT_SECRET is a rotation: the new one is good, and the old one still is', async (t) => {
  const before = await found();
  await start({ WORKER_CLIENT_SECRET: another });
  t.strictSame(await found(), before);
  t.equal(await statusOfGrant(another), 200);
  t.equal(await statusOfGrant(secret), 200);
  await db
    .update(clientSecrets)
    .set({ expiresAt: sql`${clientSecrets.expiresAt} - interval '1 day'` })
    .where(eq(clientSecrets.clientId, 'worker-1'));
  t.strictSame([await statusOfGrant(another), await statusOfGrant(secret)], [200, 401], 'for a day');
  t.strictSame((await events()).slice(1), [{ event: 'client_secret_created', actor: null, details: { revoke_old: false } }]);
});

t.test('a secret that another has replaced is not revived by its setting, and the log says when it ends', async (t) => {
  t.strictSame(await warningsAt(another), []);
  const endsAt = (await secrets()).find((row) => row.expiresAt !== null)?.expiresAt;
  t.match(await warningsAt(secret), [[{ client: 'worker-1', endsAt }, /has been replaced/]]);
  t.strictSame([await statusOfGrant(another), await statusOfGrant(secret)], [200, 401]);
});

t.test('the worker’s client stays deleted when an administrator has deleted it', async (t) => {
  const { access_token } = (await app.inject({ method: 'POST', url: '/login', payload: admin })).json();
  const headers = { authorization: `Bearer ${access_token}` };
  t.equal((await app.inject({ method: 'DELETE', url: '/admin/clients/worker-1', headers })).statusCode, 204);
  await start();
  t.equal((await found()).length, 0);
  t.match(await warningsAt(secret), [[{ client: 'worker-1' }, /was deleted and is not created again/]]);
  await start({ WORKER_CLIENT_ID: 'worker-2' });
  t.equal((await db.select().from(clients).where(eq(clients.id, 'worker-2'))).length, 1, 'one of another name is made');
});
