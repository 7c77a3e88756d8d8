import { sealCursor } from '@countersign/service';
import t from 'tap';
import { clients, sessions, users } from '../../../src/stores/schema.ts';
import { administeredAuth } from './administered-auth.ts';

const { call, admin, database, start } = await administeredAuth(t);

const LISTS: readonly { readonly path: string; readonly good: string; readonly bad: readonly string[] }[] = [
  { path: '/admin/audit', good: `1.${'9'.repeat(18)}`, bad: ['1.x', 'abc', '1', `${'9'.repeat(20)}.1`, `1.${'9'.repeat(19)}`, '-1.1'] },
  { path: '/admin/clients', good: '1.worker-1', bad: ['x.y', '1.a\0b', '1.', '.1'] },
  { path: '/admin/users', good: 'ada', bad: ['a\0b', 'a', '', 'ä'.repeat(5)] },
  { path: `/admin/users/${admin.id}/sessions`, good: '1.0', bad: ['x.y', '1.a\0b'] },
  { path: '/admin/roles', good: 'member', bad: ['a\0b', '', 'a.b'] },
  { path: '/admin/keys', good: '2026-01-01T00:00:00.000Z AAAAAAAA', bad: ['\0', ''] },
];

t.test('a cursor is sealed by no secret, so a place that nobody was shown is looked up if it could be one, else named', async (t) => {
  for (const { path, good, bad } of LISTS) {
    const at = (place: string) => call('GET', `${path}?after=${sealCursor(place, [path, {}])}`);
    t.equal((await at(good)).statusCode, 200, path);
    for (const place of bad) {
      t.match(
        (await at(place)).json(),
        { code: 'validation_failed', detail: 'querystring/after names no place in this listing.' },
        `${path} ${place}`,
      );
    }
  }
});

t.test('the link to the next page asks for as many as the page before it, by the same filters', async (t) => {
  for (const name of ['one', 'two', 'three']) await call('POST', '/admin/clients', { name });
  for (const filters of [{}, { event: 'client_created', actor: admin.id }]) {
    const first = await call('GET', `/admin/audit?${new URLSearchParams({ limit: '1', ...filters }).toString()}`);
    const [, next = ''] = /^<\/admin\/audit\?(.*)>; rel="next"$/.exec(String(first.headers.link)) ?? [];
    const { after, ...others } = Object.fromEntries(new URLSearchParams(next));
    t.ok(after);
    t.strictSame(others, { limit: '1', ...filters });
    t.equal((await call('GET', `/admin/audit?${next}`)).json<unknown[]>().length, 1);
  }
});

t.test('the page after any client is found, whatever its id may hold that an operator has chosen', async (t) => {
  await call('POST', '/admin/clients', { name: 'an older one', scopes: ['books:read'] });
  await start({ WORKER_CLIENT_ID: 'books.worker_1-a', WORKER_CLIENT_SECRET: 'w'.repeat(32) });
  const first = await call('GET', '/admin/clients?limit=1');
  t.match(first.json(), [{ client_id: 'books.worker_1-a' }]);
  const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers.link)) ?? [];
  t.match((await call('GET', next)).json(), [{ name: 'an older one' }]);
});

t.test('a list tells when each user, client and session was made', async (t) => {
  const [createdAt, lastUsedAt] = [new Date('2026-01-02T03:04:05.678Z'), new Date('2026-02-03T04:05:06.789Z')];
  for (const table of [users, clients]) await database.db.update(table).set({ createdAt });
  await database.db.update(sessions).set({ createdAt, lastUsedAt });
  for (const path of ['/admin/users', '/admin/clients', `/admin/users/${admin.id}/sessions`]) {
    const [row] = (await call('GET', path)).json<{ created_at: string; last_used_at?: string }[]>();
    t.equal(row?.created_at, createdAt.toISOString(), path);
    t.equal(row?.last_used_at, path.endsWith('/sessions') ? lastUsedAt.toISOString() : undefined, path);
  }
});

t.test('no text that the database can’t compare is looked up in the audit log', async (t) => {
  for (const name of ['event', 'actor']) {
    t.match((await call('GET', `/admin/audit?${name}=%00`)).json(), {
      code: 'validation_failed',
      errors: [{ path: `querystring/${name}` }],
    });
    t.equal((await call('GET', `/admin/audit?${name}=unknown`)).statusCode, 200);
  }
});
