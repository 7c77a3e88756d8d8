import { randomUUID } from 'node:crypto';
import { needsReal, until } from '@countersign/testing';
import { REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY, revokedKey } from '@countersign/tokens';
import fc from 'fast-check';
import { test } from 'tap';
import type { Outbox } from '../../../src/domain/revocation/outbox.ts';
import { publishRevocations } from '../../../src/domain/revocation/publish-revocations.ts';
import type { RevocationList } from '../../../src/domain/revocation/revocation-list.ts';
import { createRevocationList } from '../../../src/stores/revocation-list.redis.ts';
import { createRevocationOutbox } from '../../../src/stores/revocation-outbox.postgres.ts';
import { revocationFeed, revocations } from '../../../src/stores/schema.ts';
import { feedStack, inSeconds, jti, readList } from '../../feed/feed-stack.ts';

const CRASHES = ['nowhere', 'before the script', 'after the script', 'after the keys', 'before the commit', 'in the keys'] as const;
type Crash = (typeof CRASHES)[number];

const OLDER_COPY = 'go back to the copy';
const LOSSES = [OLDER_COPY, 'wipe', 'trim', 'delete one', 'forge one', 'drop the epoch'] as const;
type Loss = (typeof LOSSES)[number];

/** Small, so that a rebuild takes several turns and can be cut off between them. */
const PAGE = 2;

type Step =
  | { readonly do: 'revoke'; readonly count: number }
  | { readonly do: 'turn'; readonly crash: Crash }
  | { readonly do: 'two turns at once'; readonly crash: Crash }
  | { readonly do: 'copy' }
  | { readonly do: 'lose'; readonly how: Loss };

function stepWith(losses: readonly Loss[]): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('revoke' as const), count: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('turn' as const), crash: fc.constantFrom('nowhere' as const, ...CRASHES) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('two turns at once' as const), crash: fc.constantFrom(...CRASHES) }) },
    { weight: losses.includes(OLDER_COPY) ? 2 : 0, arbitrary: fc.constant({ do: 'copy' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), how: fc.constantFrom(...losses) }) },
  );
}

test('a heartbeat says that the list holds all that was revoked before, whatever was lost or cut off, and everything arrives', async (t) => {
  const { db, server } = await feedStack(t);
  const { redis } = server;
  const outbox = createRevocationOutbox(db);
  const list = createRevocationList(redis, { minBeatGapMs: 0 });

  // The stand-in has neither DUMP nor RESTORE, which bring an older copy back; everything else is lost there too.
  const losses: readonly Loss[] = needsReal(t, 'redis') ? [OLDER_COPY, ...LOSSES] : LOSSES.filter((loss) => loss !== OLDER_COPY);
  const property = fc.asyncProperty(fc.array(stepWith(losses), { minLength: 5, maxLength: 30, size: 'max' }), async (steps) => {
    await server.flush();
    await db.delete(revocations);
    await db.delete(revocationFeed);
    let copy: readonly (readonly [string, Buffer | null])[] = [];
    const committed = new Set<string>();

    async function turn(crash: Crash): Promise<boolean> {
      const wanted = [...committed];
      const before = (await readList(redis).catch(() => null))?.heartbeats.at(-1)?.streamId;
      const publication = await publishRevocations(crashing(outbox, list, crash), { beat: true, onListed: () => {}, page: PAGE }).catch(
        (error: Error) => {
          if (error.message !== CRASH) throw error;
          return null;
        },
      );
      const { heartbeats, ids, epoch } = await readList(redis);
      const heartbeat = heartbeats.at(-1);
      if (heartbeat === undefined || heartbeat.streamId === before || heartbeat.epoch !== epoch) return false;
      const missing = wanted.filter((id) => !ids.includes(id));
      if (missing.length > 0) throw new Error(`a heartbeat without ${missing.join(', ')}`);
      return publication?.isComplete === true;
    }

    for (const { do: what, ...how } of steps) {
      if (what === 'revoke' && 'count' in how) {
        const ids = Array.from({ length: how.count }, () => randomUUID());
        // A rebuild sends what ends last first, whatever was written first.
        await db.insert(revocations).values(ids.map((id, index) => jti(id, inSeconds(900 + (index % 3)))));
        for (const id of ids) committed.add(id);
      } else if (what === 'turn' && 'crash' in how) await turn(how.crash);
      else if (what === 'two turns at once' && 'crash' in how) await Promise.all([turn('nowhere'), turn(how.crash)]);
      else if (what === 'copy') copy = await dump();
      else if ('how' in how) await lose(how.how);
    }

    // Nothing goes wrong any more: in a bounded number of turns everything is there, and a heartbeat says so.
    for (let turns = 0; !(await turn('nowhere')); turns++) if (turns > 5 + committed.size) throw new Error('no end of turns');
    await turn('nowhere');
    const { ids, heartbeats, epoch } = await readList(redis);
    const missing = [...committed].filter((id) => !ids.includes(id));
    if (missing.length > 0) throw new Error(`never arrived: ${missing.join(', ')}`);
    if (heartbeats.length !== 1 || heartbeats[0]?.epoch !== epoch) throw new Error(`heartbeats ${JSON.stringify(heartbeats)} in ${epoch}`);
    for (const id of committed) if ((await redis.exists(revokedKey(jti(id)))) === 0) throw new Error(`no key for ${id}`);

    async function dump() {
      const keys = await redis.keys('*');
      return Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
    }

    async function lose(loss: Loss): Promise<void> {
      const rows = await redis.xrange(REVOCATION_STREAM_KEY, '-', '+');
      if (loss === 'wipe') await server.flush();
      if (loss === 'trim') await redis.xtrim(REVOCATION_STREAM_KEY, 'MAXLEN', 1);
      if (loss === 'delete one' && rows.length > 0) await redis.xdel(REVOCATION_STREAM_KEY, String(rows[Math.floor(rows.length / 2)]?.[0]));
      if (loss === 'forge one') await redis.xadd(REVOCATION_STREAM_KEY, '*', 'kind', 'heartbeat', 'id', 'forged');
      if (loss === 'drop the epoch') await redis.del(REVOCATION_EPOCH_KEY);
      if (loss === OLDER_COPY && copy.length > 0) {
        // All of it, as a server comes up with an older file: the hashes, too.
        const back = redis.multi().flushall();
        for (const [key, value] of copy) if (value !== null) back.restore(key, 0, value);
        await back.exec();
      }
    }
  });
  await fc.assert(property, { numRuns: 60, endOnFailure: false });
  t.pass('60 random histories');
});

test('what was revoked can be looked up as soon as the revoking call is told that it is listed', async (t) => {
  const { db, server } = await feedStack(t);
  const list = createRevocationList(server.redis);
  const keyed: string[] = [];
  const listed: (readonly string[])[] = [];
  const key: RevocationList['key'] = async (entries) => {
    const failed = await list.key(entries);
    keyed.push(...entries.map(({ id }) => id));
    return failed;
  };
  await db.insert(revocations).values([jti('a'), jti('b')]);
  const ports = { outbox: createRevocationOutbox(db), list: { ...list, key } };
  await publishRevocations(ports, { beat: false, onListed: () => void listed.push([...keyed]), page: 10 });
  t.strictSame(listed, [['a', 'b']]);
  t.equal(await server.redis.hget(revokedKey(jti('a')), 'id'), 'a');
});

test('entries that could not be looked up are made so in turns that follow each other at once, for as long as Redis takes them', async (t) => {
  const { db, server } = await feedStack(t);
  const [outbox, list] = [createRevocationOutbox(db), createRevocationList(server.redis, { minBeatGapMs: 0 })];
  const turn = async (crash: Crash, beat = true) => {
    const publication = await publishRevocations(crashing(outbox, list, crash), { beat, onListed: () => {}, page: PAGE });
    return publication?.isComplete;
  };
  const ids = ['a', 'b', 'c', 'd', 'e'];
  t.equal(await turn('nowhere'), false, 'the first list is begun');
  await until(() => turn('nowhere'));
  await db.insert(revocations).values(ids.map((id) => jti(id)));
  await until(() => turn('in the keys'));
  t.equal(await turn('in the keys'), true, 'while none can be written, the next turn can wait for the next heartbeat');
  const found = () => Promise.all(ids.map((id) => server.redis.exists(revokedKey(jti(id)))));
  t.strictSame(await found(), [0, 0, 0, 0, 0]);
  await db.insert(revocations).values(jti('f'));
  await turn('nowhere', false);
  t.strictSame(await found(), [0, 0, 0, 0, 0], 'a turn without a heartbeat does not look for them');
  await until(() => turn('nowhere'));
  t.strictSame(await found(), [1, 1, 1, 1, 1]);
  await server.flush();
  await until(() => turn('in the keys'));
  t.strictSame(await found(), [0, 0, 0, 0, 0]);
  await until(() => turn('nowhere'));
  t.strictSame(await found(), [1, 1, 1, 1, 1], 'in a list that is rebuilt, too');
});

test('the epoch tells when the list was rebuilt, and two of one second differ', async (t) => {
  const { db, server } = await feedStack(t);
  const ports = { outbox: createRevocationOutbox(db), list: createRevocationList(server.redis) };
  const epochs: string[] = [];
  for (let list = 0; list < 3; list++) {
    await server.flush();
    const earliest = inSeconds(-1);
    await publishRevocations(ports, { beat: true, onListed: () => {}, page: PAGE });
    const epoch = (await readList(server.redis)).epoch ?? '';
    t.match(epoch, /^\d+\.\d+$/);
    t.ok(Number(epoch) >= earliest && Number(epoch) <= inSeconds(2), `in Unix seconds: ${epoch}`);
    epochs.push(epoch);
  }
  t.equal(new Set(epochs).size, 3);
});

test('a turn sends no more than a page of what is unsent, and a revoking call waits for the turn that sends the last', async (t) => {
  const { db, server } = await feedStack(t);
  const ports = { outbox: createRevocationOutbox(db), list: createRevocationList(server.redis) };
  await db.insert(revocations).values(['a', 'b', 'c'].map((id) => jti(id)));
  let isListed = false;
  const onListed = () => {
    isListed = true;
  };
  const turn = () => publishRevocations(ports, { beat: false, onListed, page: PAGE });
  t.match(await turn(), { sent: 2, isComplete: false });
  t.equal((await readList(server.redis)).ids.length, 2);
  t.equal(isListed, false);
  await turn();
  t.equal(isListed, true);
});

test('a rebuild goes on behind the killed keys, which never lapse and come first, also where no heartbeat is due', async (t) => {
  const { db, server } = await feedStack(t);
  const ports = { outbox: createRevocationOutbox(db), list: createRevocationList(server.redis, { minBeatGapMs: 0 }) };
  const turn = async ({ beat }: { beat: boolean }) => {
    const publication = await publishRevocations(ports, { beat, onListed: () => {}, page: PAGE });
    return publication?.isComplete;
  };
  const kid = (id: string) => ({ kind: 'kid', id, expiresAt: null, before: null }) as const;
  await db.insert(revocations).values([jti('a'), kid('k-1'), jti('b'), kid('k-2'), kid('k-3')]);
  await until(() => turn({ beat: true }));
  await server.flush();
  t.equal(await turn({ beat: true }), false, 'the loss is noticed');
  await until(() => turn({ beat: false }));
  const { ids, entries } = await readList(server.redis);
  t.strictSame(ids, ['a', 'b', 'k-1', 'k-2', 'k-3']);
  t.equal(entries.length, 5, 'each once');
});

test('an entry that is committed in the middle of a turn is not taken for sent, and the next turn sends it', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db, server } = await feedStack(t);
  const [outbox, list] = [createRevocationOutbox(db), createRevocationList(server.redis, { minBeatGapMs: 0 })];
  const turn = (add: RevocationList['add']) =>
    publishRevocations({ outbox, list: { ...list, add } }, { beat: true, onListed: () => {}, page: PAGE });
  await turn(list.add);
  await turn(async (addition) => {
    await db.insert(revocations).values(jti('meanwhile'));
    return list.add(addition);
  });
  t.strictSame((await readList(server.redis)).ids, []);
  await turn(list.add);
  t.strictSame((await readList(server.redis)).ids, ['meanwhile']);
});

test('while another instance publishes all the time a turn is none, and it is one when that has ended', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db, server } = await feedStack(t);
  const ports = { outbox: createRevocationOutbox(db), list: createRevocationList(server.redis) };
  const turn = () => publishRevocations(ports, { beat: true, onListed: () => {}, page: PAGE });
  const { promise: published, resolve: end } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const other = ports.outbox.locked(() => {
    begin();
    return published;
  });
  await begun;
  t.equal(await turn(), null);
  end();
  await other;
  t.match(await turn(), { isFirst: true });
});

const CRASH = 'the process is gone';

/** The ports of a process that ends at a point: its transaction is rolled back, what Redis has run stays. */
function crashing(outbox: Outbox, list: RevocationList, crash: Crash): { outbox: Outbox; list: RevocationList } {
  const at = (point: Crash) => {
    if (crash === point) throw new Error(CRASH);
  };
  return {
    outbox: {
      ...outbox,
      locked: (work) =>
        outbox.locked(async (locked) => {
          const result = await work(locked);
          at('before the commit');
          return result;
        }),
    },
    list: {
      ...list,
      async add(addition) {
        at('before the script');
        const added = await list.add(addition);
        at('after the script');
        return added;
      },
      async key(entries) {
        if (crash === 'in the keys') return entries;
        const failed = await list.key(entries);
        at('after the keys');
        return failed;
      },
    },
  };
}
