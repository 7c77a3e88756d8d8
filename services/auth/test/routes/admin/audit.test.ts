import { sealCursor } from '@countersign/service';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { audit } from '../../../src/stores/schema.ts';
import { administeredAuth } from './administered-auth.ts';

const { app, database, admin, events, signUp, signIn, call } = await administeredAuth(t);
const { db } = database;

interface Event {
  readonly id: number;
  readonly at: string;
  readonly event: string;
  readonly actor: string | null;
  readonly actor_name: string | null;
  readonly subject: string | null;
  readonly subject_name: string | null;
}

const read = async (query = '') => (await call('GET', `/admin/audit?limit=100${query}`)).json<Event[]>();

async function readInPages(query: string): Promise<Event[]> {
  const events: Event[] = [];
  let url = `/admin/audit?limit=2${query}`;
  for (let pages = 0; url !== '' && pages < 100; pages += 1) {
    const page = await call('GET', url);
    events.push(...page.json<Event[]>());
    url = /^<(.*)>; rel="next"$/.exec(String(page.headers.link ?? ''))?.[1] ?? '';
  }
  return events;
}

const user = await signUp('member');
await signIn({ ...user, password: 'not the password' });
await call('PATCH', `/admin/users/${user.id}`, { disabled: true });

t.test('the log is read the newest first, with who did what to whom, from where, when', async (t) => {
  const [newest, ...older] = await read();
  t.strictSame(Object.keys(newest ?? {}).toSorted(), [
    'actor',
    'actor_name',
    'at',
    'details',
    'event',
    'id',
    'ip',
    'request_id',
    'subject',
    'subject_name',
  ]);
  t.match(newest, { event: 'user_disabled', actor: admin.id, subject: user.id, ip: '127.0.0.1', request_id: String, at: /Z$/ });
  const times = [newest, ...older].map((event) => Date.parse(event?.at ?? ''));
  t.strictSame(
    times,
    times.toSorted((a, b) => b - a),
  );
});

t.test('users and clients have their names, as long as they are there', async (t) => {
  const gone = await signUp('member');
  const { client_id } = (await call('POST', '/admin/clients', { name: 'Night shift', scopes: [], audiences: [] })).json();
  await call('POST', '/admin/keys/rotate');
  await call('PATCH', `/admin/users/${gone.id}`, { disabled: true });
  await call('DELETE', `/admin/users/${gone.id}`);
  await db.insert(audit).values({ event: 'by_a_client', actor: client_id, subject: gone.id });
  const namesOf = async (event: string) => {
    const [newest] = await read(`&event=${event}`);
    return [newest?.actor_name, newest?.subject_name];
  };
  t.strictSame(await namesOf('client_created'), [admin.username, 'Night shift']);
  t.strictSame(await namesOf('keys_rotated'), [admin.username, null], 'a key has none');
  t.strictSame(await namesOf('by_a_client'), ['Night shift', null], 'who was deleted has none');
  const disabled = await read('&event=user_disabled');
  t.strictSame(
    disabled.map(({ subject, subject_name }) => [subject, subject_name]),
    [
      [gone.id, null],
      [user.id, user.username],
    ],
  );
});

t.test('the log is filtered by event, actor and time, one or several of them', async (t) => {
  const all = await read();
  const [middle] = all.slice(Math.floor(all.length / 2));
  t.strictSame(
    await read('&event=login'),
    all.filter(({ event }) => event === 'login'),
  );
  t.strictSame(
    await read(`&actor=${admin.id}`),
    all.filter(({ actor }) => actor === admin.id),
  );
  t.strictSame(
    await read(`&actor=${admin.id}&event=login`),
    all.filter(({ actor, event }) => actor === admin.id && event === 'login'),
  );
  const at = Date.parse(middle?.at ?? '');
  t.strictSame(
    await read(`&since=${middle?.at}`),
    all.filter((event) => Date.parse(event.at) >= at),
  );
  t.strictSame(
    (await read(`&until=${middle?.at}`)).map(({ id }) => id),
    all.filter((event) => Date.parse(event.at) < at).map(({ id }) => id),
  );
  t.strictSame(await read('&event=nothing_of_the_kind'), []);
  t.strictSame(await read('&since=2100-01-01T00:00:00Z'), []);
  t.strictSame(await read('&until=2000-01-01T00:00:00%2B02:00'), []);
});

t.test('pages follow each other without a gap, also where many events have one time', async (t) => {
  await db.insert(audit).values(Array.from({ length: 7 }, (_, i) => ({ event: 'at_once', subject: String(i) })));
  t.strictSame(await readInPages(''), await read());
  t.equal((await readInPages('&event=at_once')).length, 7);
  t.strictSame(await readInPages(`&actor=${admin.id}`), await read(`&actor=${admin.id}`));
});

t.test('what can not be looked up is 400, and a cursor is good for its filters alone', async (t) => {
  const first = await call('GET', '/admin/audit?limit=1');
  const after = new URLSearchParams(/\?([^>]*)>/.exec(String(first.headers.link))?.[1]).get('after');
  t.equal((await call('GET', `/admin/audit?after=${after}`)).statusCode, 200);
  const [place, seal] = String(after).split('.');
  const bad = [
    `after=${after}&event=login`,
    'after=x',
    `after=${String(after).slice(0, -1)}`,
    `after=${Buffer.from('7.7').toString('base64url')}.${seal}`,
    `after=${place}=.${seal}`,
    // Properly sealed, but no place in a log.
    ...['x', '', '7', '7.x', 'x.7', '7.7.7', '7.-', '1e3.7', `${'9'.repeat(30)}.7`].map(
      (made) => `after=${sealCursor(made, ['/admin/audit', {}])}`,
    ),
    'since=yesterday',
    'since=2026-01-01',
    'event=%00',
    'limit=0',
    'subject=x',
    'actor=a&actor=b',
  ];
  for (const query of bad) t.match((await call('GET', `/admin/audit?${query}`)).json(), { status: 400, code: 'validation_failed' }, query);
});

t.test('a time that the log cannot be searched by is named', async (t) => {
  const times = ['2016-12-31T23:59:60Z', '0000-12-31T23:59:59Z', '0001-01-01T00:00:00%2B01:00', '9999-12-31T23:59:59-01:00'];
  for (const name of ['since', 'until']) {
    for (const time of times) {
      const { status, errors } = (await call('GET', `/admin/audit?${name}=${time}`)).json();
      t.strictSame({ status, path: errors?.[0].path }, { status: 400, path: `querystring/${name}` }, time);
    }
    for (const time of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])
      t.equal((await call('GET', `/admin/audit?${name}=${time}`)).statusCode, 200, time);
  }
});

t.test('nobody changes the log, and no endpoint offers to', async (t) => {
  const refusal = { cause: { message: 'the audit log is append-only' } };
  for (const change of ['update audit set actor = null', 'delete from audit', 'truncate audit'])
    await t.rejects(db.execute(sql.raw(change)), refusal, change);
  t.equal((await call('DELETE', '/admin/audit')).statusCode, 405);
  t.equal((await call('POST', '/admin/audit', {})).statusCode, 405);
});

t.test('the log holds no secret', async (t) => {
  const made = await call('POST', '/admin/clients', { name: 'kept', scopes: [], audiences: [] });
  await call('POST', `/admin/users/${user.id}/password-reset`);
  const log = JSON.stringify(await db.select().from(audit));
  for (const secret of [
    user.password,
    admin.password,
    user.accessToken,
    user.refreshToken,
    made.json().client_secret,
    'cs_cs_',
    'cs_rt_',
    'cs_pr_',
    '$argon2',
  ])
    t.notOk(log.includes(secret), secret.slice(0, 6));
});

t.test('an administrator’s address is written as everybody’s is, in its one spelling', async (t) => {
  const { id } = await signUp('member');
  const headers = { authorization: `Bearer ${admin.accessToken}` };
  const request = { method: 'POST', url: `/admin/users/${id}/password-reset`, headers, remoteAddress: '::ffff:203.0.113.7' } as const;
  t.equal((await app.inject(request)).statusCode, 201);
  const told = (await events(id)).at(-1);
  t.strictSame([told?.event, told?.ip], ['password_reset_issued', '203.0.113.7']);
});
