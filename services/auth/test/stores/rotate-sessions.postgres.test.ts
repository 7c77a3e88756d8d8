import { needsReal, testDatabase } from '@countersign/testing';
import { eq, inArray, sql } from 'drizzle-orm';
import t from 'tap';
import { createId } from '../../src/domain/identifiers.ts';
import type { PresentedRefreshToken } from '../../src/domain/sessions/rotations.ts';
import { migrations } from '../../src/migrations.ts';
import { prepareRotations } from '../../src/stores/rotate-sessions.postgres.ts';
import { createRotations } from '../../src/stores/rotations.postgres.ts';
import { sessions, userRoles, users } from '../../src/stores/schema.ts';
import { countRowsRead } from './count-rows-read.ts';

const { db } = await testDatabase(t, { migrations });
const store = createRotations(db);
const life = { idleSeconds: 3600, maxSeconds: 86_400 };
const seedDigest = Buffer.alloc(32, 1);

async function addUser(roles: string[] = []): Promise<string> {
  const id = createId();
  await db.insert(users).values({ id, username: id, passwordHash: 'x' });
  if (roles.length > 0) await db.insert(userRoles).values(roles.map((role) => ({ userId: id, role })));
  return id;
}

async function addSession(columns: object = {}, userId?: string): Promise<PresentedRefreshToken> {
  const id = createId();
  const soon = sql`now() + interval '1 hour'`;
  const times = { authTime: sql`now()`, idleExpiresAt: soon, expiresAt: soon };
  const owner = userId ?? (await addUser());
  await db.insert(sessions).values({ id, userId: owner, clientId: 'app', seedDigest, delivery: 'body', ...times, ...columns });
  return { sessionId: id, generation: 0, seedDigest };
}

const rotate = (token: PresentedRefreshToken) => store.rotate(db, token, life, true);
const stored = async ({ sessionId }: PresentedRefreshToken) => (await db.select().from(sessions).where(eq(sessions.id, sessionId)))[0];

t.test('tokens that come together rotate together, each session by its own', async (t) => {
  const past = sql`now() - interval '1 second'`;
  const [ada, member, disabled] = [await addUser(['admin', 'member']), await addUser(['member']), await addUser()];
  await db.update(users).set({ disabledAt: past }).where(eq(users.id, disabled));
  const first = await addSession({ scope: 'books:read' }, ada);
  const second = await addSession({ generation: 7, delivery: 'cookie' }, member);
  const refused = {
    'an older generation': { ...(await addSession({ generation: 2 })), generation: 1 },
    'a generation to come': { ...(await addSession()), generation: 1 },
    'another seed': { ...(await addSession()), seedDigest: Buffer.alloc(32, 2) },
    'no session': { sessionId: createId(), generation: 0, seedDigest },
    ended: await addSession({ endedAt: past }),
    idle: await addSession({ idleExpiresAt: past }),
    expired: await addSession({ expiresAt: past }),
    'a disabled user': await addSession({}, disabled),
  };
  const [ofFirst, ofSecond, ofTwin, ...ofRefused] = await Promise.all(
    [first, { ...second, generation: 7 }, first, ...Object.values(refused)].map(rotate),
  );
  t.match(ofFirst, {
    id: first.sessionId,
    userId: ada,
    generation: 1,
    delivery: 'body',
    scope: /^books:read$/,
  });
  t.match(ofSecond, { id: second.sessionId, userId: member, generation: 8, delivery: 'cookie', scope: null });
  t.strictSame([ofFirst?.roles, ofSecond?.roles], [['admin', 'member'], ['member']]);
  t.ok(ofFirst?.allowedScopes.includes('admin') && !ofSecond?.allowedScopes.includes('admin'), 'each the scopes of its own roles');
  t.equal(ofTwin, null, 'the same token a second time is to be judged');
  for (const [place, name] of Object.keys(refused).entries()) t.equal(ofRefused[place], null, name);
  t.match(await stored(first), { generation: 1, rotatedAt: Date });
  const writer = sql<string>`xmin::text`;
  const written = await db
    .select({ writer })
    .from(sessions)
    .where(inArray(sessions.id, [first.sessionId, second.sessionId]));
  t.equal(new Set(written.map((row) => row.writer)).size, 1, 'one statement has written both');
  for (const [name, token] of Object.entries(refused))
    if (name !== 'no session') t.match(await stored(token), { rotatedAt: null }, `${name}: untouched`);
});

t.test('a session that another transaction holds is to be judged, and those that came with it do not wait', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const [held, free] = [await addSession(), await addSession()];
  await db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, held.sessionId)).for('update');
    t.match(await Promise.all([held, free].map(rotate)), [null, { id: free.sessionId, generation: 1 }]);
    t.match(await store.rotate(tx, held, life, true), { id: held.sessionId, generation: 1 }, 'the one that holds it rotates it');
  });
});

t.test('terms are those of each call', async (t) => {
  const longAgo = new Date(0);
  const [rotating, staying] = [await addSession({ lastUsedAt: longAgo }), await addSession({ lastUsedAt: longAgo })];
  const [a, b] = await Promise.all([
    store.rotate(db, rotating, { ...life, idleSeconds: 60 }, true),
    store.rotate(db, staying, { ...life, idleSeconds: 120 }, false),
  ]);
  t.match([a?.generation, b?.generation], [1, 0]);
  t.match(await stored(staying), { rotatedAt: null });
  for (const session of [rotating, staying]) t.ok(((await stored(session))?.lastUsedAt ?? longAgo) > longAgo, 'it was used');
  t.ok(Math.abs((a?.endsAt ?? 0) - (a?.now ?? 0) - 60) < 5 && Math.abs((b?.endsAt ?? 0) - (b?.now ?? 0) - 120) < 5);
});

t.test('no session lasts beyond its absolute end', async (t) => {
  const ending = await addSession({ expiresAt: sql`now() + interval '30 seconds'` });
  const rotated = await store.rotate(db, ending, { ...life, idleSeconds: 60 }, true);
  t.ok(Math.abs((rotated?.endsAt ?? 0) - (rotated?.now ?? 0) - 30) < 5);
});

t.test('tokens are looked up one by one, also where nothing is known of a big table, as after a restore', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  await db.execute(sql`alter table ${sessions} set (autovacuum_enabled = false)`);
  const { sessionId } = await addSession();
  await db.execute(sql`insert into ${sessions} (id, user_id, client_id, seed_digest, delivery, auth_time, idle_expires_at, expires_at)
    select 's' || n, user_id, client_id, seed_digest, delivery, auth_time, idle_expires_at, expires_at
    from (select * from ${sessions} where id = ${sessionId}) as one, generate_series(1, 5000) as n`);
  await db.transaction(async (tx) => {
    const asked = Array.from({ length: 20 }, (_, n) => ({ sessionId: `s${n + 1}`, generation: 0, seedDigest, idleSeconds: 60, step: 1 }));
    t.ok((await prepareRotations(tx)(asked)).every((rotated) => rotated?.generation === 1));
    const read = await countRowsRead(tx, 'sessions');
    t.ok(read <= 10 * asked.length, `it read ${read} rows`);
  });
});
