import { and, eq, sql } from 'drizzle-orm';
import t from 'tap';
import { audit, revocations, signingKeys } from '../../../src/stores/schema.ts';
import { administeredAuth } from './administered-auth.ts';

const { app, database, admin, signUp, signIn, call, refresh, statusOfMe, events } = await administeredAuth(t);
const { db } = database;

interface Key {
  readonly kid: string;
  readonly state: string;
  readonly created_at: string;
  readonly activates_at: string | null;
  readonly retires_at: string | null;
  readonly killed_at: string | null;
}

const list = async () => (await call('GET', '/admin/keys')).json<Key[]>();
const kidOf = (accessToken: string) => JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()).kid as string;
const published = async () => (await app.inject('/.well-known/jwks.json')).json<{ keys: { kid: string }[] }>().keys.map(({ kid }) => kid);
const tokenOf = async (user: { username: string; password: string }) => (await signIn(user)).json<{ access_token: string }>().access_token;

/** As after two minutes: every verifier has had time to fetch the reserve. */
const publishLongAgo = () =>
  db.update(signingKeys).set({ signableAt: sql`now() - interval '1 minute'` }).where(eq(signingKeys.state, 'reserve'));

t.test('the keys are listed without their private halves, page after page', async (t) => {
  const whole = await call('GET', '/admin/keys');
  t.strictSame(
    whole
      .json<Key[]>()
      .map(({ state }) => state)
      .toSorted(),
    ['active', 'reserve'],
  );
  t.strictSame(Object.keys(whole.json()[0]).toSorted(), ['activates_at', 'alg', 'created_at', 'kid', 'killed_at', 'retires_at', 'state']);
  t.match(
    whole.json<Key[]>().find(({ state }) => state === 'active'),
    { alg: 'EdDSA', activates_at: /Z$/, retires_at: null, killed_at: null },
  );
  const first = await call('GET', '/admin/keys?limit=1');
  const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers.link)) ?? [];
  const second = await call('GET', next);
  t.strictSame([...first.json(), ...second.json()], whole.json());
  t.notOk(second.headers.link);
});

t.test(
  'a rotation makes the reserve sign, and the former key stays good; a second one waits until the next is known everywhere',
  async (t) => {
    const user = await signUp('member');
    const reserve = (await list()).find(({ state }) => state === 'reserve');
    await publishLongAgo();
    const rotated = await call('POST', '/admin/keys/rotate');
    t.equal(rotated.statusCode, 201, rotated.body);
    t.match(rotated.json(), { kid: reserve?.kid, alg: 'EdDSA', state: 'active' });
    t.ok(Date.parse(rotated.json().activates_at) <= Date.now() + 1000);
    t.equal(kidOf(await tokenOf(user)), reserve?.kid);
    t.equal(await statusOfMe(user.accessToken), 200);
    t.strictSame((await list()).map(({ state }) => state).toSorted(), ['active', 'reserve', 'retiring']);

    const again = await call('POST', '/admin/keys/rotate', {});
    t.equal(again.statusCode, 201);
    t.match(again.json(), { state: 'reserve' });
    t.not(again.json().kid, reserve?.kid);
    t.ok(Date.parse(again.json().activates_at) > Date.now());
    t.equal(kidOf(await tokenOf(user)), reserve?.kid, 'not yet');
    t.match(await events(rotated.json().kid), [{ event: 'keys_rotated', actor: admin.id, details: { state: 'active' } }]);
    t.match(await events(again.json().kid), [{ event: 'keys_rotated', actor: admin.id, details: { state: 'reserve' } }]);
    t.equal((await call('POST', '/admin/keys/rotate', { alg: 'none' })).statusCode, 400);
  },
);

t.test('a key is neither rotated nor killed without a record of who did it', async (t) => {
  await publishLongAgo();
  const before = await list();
  const active = before.find(({ state }) => state === 'active')?.kid ?? '';
  await db.execute(sql`
    create function refuse_record() returns trigger language plpgsql as $$
    begin raise exception 'no room for a record' using errcode = '57P03'; end $$`);
  await db.execute(sql`
    create trigger refuse_record before insert on ${audit}
    for each row when (new.event in ('keys_rotated', 'key_killed')) execute function refuse_record()`);
  t.match((await call('POST', '/admin/keys/rotate')).json(), { status: 503, code: 'unavailable' });
  t.match((await call('DELETE', `/admin/keys/${active}`)).json(), { status: 503, code: 'unavailable' });
  t.strictSame(await list(), before);
  t.equal(kidOf(await tokenOf(admin)), active);
  await db.execute(sql`drop trigger refuse_record on ${audit}`);
  t.equal((await call('POST', '/admin/keys/rotate')).statusCode, 201);
});

t.test('a killed key’s tokens are refused at once, it is published no more, and the reserve signs', async (t) => {
  const user = await signUp('member');
  const killed = kidOf(user.accessToken);
  const reserve = (await list()).find(({ state }) => state === 'reserve');
  const token = await tokenOf(admin);
  t.equal(kidOf(token), killed);
  t.equal((await call('DELETE', `/admin/keys/${killed}`, undefined, token)).statusCode, 204);
  t.match((await call('GET', '/me', undefined, user.accessToken)).json(), { status: 401, code: 'token_revoked' });
  t.notOk((await published()).includes(killed));
  const next = await tokenOf(admin);
  t.equal(kidOf(next), reserve?.kid);
  t.equal(await statusOfMe(next), 200);
  const [entry, ...more] = await db
    .select()
    .from(revocations)
    .where(and(eq(revocations.kind, 'kid'), eq(revocations.id, killed)));
  t.match(entry, { expiresAt: null, before: null }, 'for ever');
  t.strictSame(more, []);
  t.match((await events(killed)).at(-1), { event: 'key_killed', actor: admin.id });

  t.equal((await call('DELETE', `/admin/keys/${killed}`, undefined, next)).statusCode, 204, 'again');
  t.equal((await events(killed)).filter(({ event }) => event === 'key_killed').length, 1, 'it happened once');

  // Whoever has the key can name any session in a token, so such a token ends none.
  const signOut = await app.inject({ method: 'POST', url: '/logout', headers: { authorization: `Bearer ${user.accessToken}` } });
  t.match(signOut.json(), { status: 401, code: 'token_revoked' });
  const cookie = `__Host-access=${user.accessToken}`;
  const { username, password } = user;
  const payload = { username, password, delivery: 'cookie' };
  t.equal((await app.inject({ method: 'POST', url: '/login', headers: { cookie }, payload })).statusCode, 200);
  t.equal((await refresh(user.refreshToken)).statusCode, 200, 'its session goes on');

  for (const kid of ['AAAAAAAA', 'x', '%00'])
    t.match((await call('DELETE', `/admin/keys/${kid}`, undefined, next)).json(), { status: 404, code: 'not_found' });
  t.equal(await statusOfMe(next), 200);
});

t.test('the keys are listed in the order in which they were made, each with the time of its end', async (t) => {
  const token = await tokenOf(admin);
  await publishLongAgo();
  t.equal((await call('POST', '/admin/keys/rotate', undefined, token)).statusCode, 201);
  const all = (await call('GET', '/admin/keys', undefined, token)).json<Key[]>();
  const made = all.map(({ created_at }) => Date.parse(created_at));
  // As for a key whose rotation was asked for long before a program carried it out.
  await db.update(signingKeys).set({ rotateAt: sql`now() - interval '1 day'` }).where(eq(signingKeys.state, 'active'));
  t.strictSame(
    (await call('GET', '/admin/keys', undefined, token)).json(),
    all,
    'it began to sign when it did, and not when it was asked to',
  );
  t.ok(all.length >= 4);
  t.strictSame(
    made,
    made.toSorted((a, b) => a - b),
  );
  for (const { state, retires_at, killed_at } of all) {
    t.equal(killed_at !== null, state === 'killed', `${state}: ${killed_at}`);
    if (state === 'active' || state === 'reserve') t.equal(retires_at, null, state);
    if (state === 'retiring') t.ok(Date.parse(String(retires_at)) > Date.now() + 900_000, 'not before its last token has expired');
  }
  t.strictSame(new Set(all.map(({ state }) => state)), new Set(['killed', 'retiring', 'active', 'reserve']));
});
