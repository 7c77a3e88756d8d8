import { needsReal, testDatabase } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { createId } from '../../src/domain/identifiers.ts';
import { migrations } from '../../src/migrations.ts';
import { sessions, users } from '../../src/stores/schema.ts';
import { createUsers } from '../../src/stores/users.postgres.ts';
import { countRowsRead, countRowsReadBy } from './count-rows-read.ts';

const { db } = await testDatabase(t, { migrations });
const id = createId();
await db.insert(users).values({ id, username: 'traveller', passwordHash: 'x' });

/** Sessions that have ended, each from another address of 10.0.0.0/8 or 2001:db8::/32. */
await db.execute(sql`
  insert into ${sessions} (id, user_id, client_id, seed_digest, delivery, auth_time, idle_expires_at, expires_at, ended_at, ip)
  select 's' || n, ${id}, 'first-party', '\\x00', 'body', now(), now(), now(), now(),
         case n % 2 when 0 then '10.0.' || n / 250 || '.' || n % 250 else '2001:db8:0:' || to_hex(n) || '::7' end
  from generate_series(1, 5000) as n`);

const knows = async (network: string) => (await createUsers(db).findCredentials('traveller', network))?.knownNetwork;

t.test('a network is known by a session from any of its addresses', async (t) => {
  for (const network of ['10.0.0.2/32', '10.0.19.248/32', '2001:db8:0:1::/64', '2001:db8:0:1387::/64'])
    t.equal(await knows(network), true, network);
  for (const network of ['10.0.0.3/32', '9.255.255.255/32', '203.0.113.1/32', '2001:db8:0:2::/64', '2001:db7:ffff:ffff::/64', '::/64'])
    t.equal(await knows(network), false, network);
});

t.test('however many sessions a user had, a sign-in from elsewhere reads few of them', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  await db.execute(sql`analyze ${sessions}`);
  await db.transaction(async (tx) => {
    // As Postgres plans a statement that it has met often.
    await tx.execute(sql`set local plan_cache_mode = force_generic_plan`);
    for (const network of ['203.0.113.1/32', '2001:db9::/64'])
      t.equal((await createUsers(tx).findCredentials('traveller', network))?.knownNetwork, false);
    const read = await countRowsRead(tx, 'sessions');
    t.ok(read <= 10, `it read ${read} rows`);
  });
});

t.test(
  'however many sessions a user has, a guess at the password reads few of them: its time would tell that there is such a user',
  async (t) => {
    if (!needsReal(t, 'postgres')) return;
    await db.execute(sql`update ${sessions} set ended_at = null`);
    await db.transaction(async (tx) => {
      const read = await countRowsReadBy(tx, 'sessions', async () => {
        await createUsers(tx).findCredentials('traveller', '203.0.113.1/32');
      });
      t.ok(read <= 10, `it read ${read} rows`);
    });
  },
);
