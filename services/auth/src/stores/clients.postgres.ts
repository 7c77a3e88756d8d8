import type { Database } from '@countersign/service';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Client, ClientReading, Clients } from '../domain/clients/client.ts';
import { comingSecond } from './coming-second.ts';
import { runTogether } from './run-together.ts';
import { clientAssertions, clientSecrets, clients } from './schema.ts';
import { unixSeconds } from './unix-seconds.ts';

/** How long an old secret stays good after a new one was made, so that its users can change over. */
const OLD_SECRET_SECONDS = 24 * 3600;

const clock = unixSeconds(sql`clock_timestamp()`);
/** When the statement began, before it read anything: a revocation that it didn't see commits later. */
const beginning = unixSeconds(sql`now()`);

export function createClients(db: Database): Clients {
  const reading = db
    .select({ client: clients, digest: clientSecrets.digest, now: beginning })
    .from(clients)
    .leftJoin(
      clientSecrets,
      and(eq(clientSecrets.clientId, clients.id), or(isNull(clientSecrets.expiresAt), gt(clientSecrets.expiresAt, sql`clock_timestamp()`))),
    )
    .where(sql`${clients.id} = any(${sql.placeholder('ids')}::text[])`)
    .prepare('find_clients');

  return {
    ...methods,
    // Services ask for tokens in storms, when theirs run out, and this statement is the most expensive part of such a request.
    find: runTogether(async (ids) => {
      const readings = toReadings(await reading.execute({ ids: [...new Set(ids)] }));
      return ids.map((id) => readings.get(id) ?? null);
    }),
    async useAssertion({ clientId, jti, expiresAtSeconds }) {
      // Since it was read, the client may have been deleted, or the assertion may have expired and the record of its use be gone already.
      const expires = sql`to_timestamp(${expiresAtSeconds})`;
      const client = db
        .select({ clientId: clients.id, jti: sql`${jti}::text`.as('jti'), expiresAt: expires.as('expires_at') })
        .from(clients)
        .where(and(eq(clients.id, clientId), sql`${expires} > clock_timestamp()`))
        .for('key share');
      const used = await db.insert(clientAssertions).select(client).onConflictDoNothing().returning({ jti: clientAssertions.jti });
      return used.length === 1;
    },
  };
}

const methods: Omit<Clients, 'find' | 'useAssertion'> = {
  async insert(tx, { scopes, audiences, jwks, ...client }) {
    const row = { ...client, scopes: [...scopes], audiences: [...audiences], jwks: jwks && { keys: [...jwks.keys] } };
    const inserted = await tx.insert(clients).values(row).onConflictDoNothing().returning({ id: clients.id });
    return inserted.length === 1;
  },

  async addSecret(tx, clientId, digest, { revokeOld }) {
    // One change of a client's secrets at a time, so that each sees the others'.
    await tx.select({ id: clients.id }).from(clients).where(eq(clients.id, clientId)).for('update');
    const added = await tx
      .insert(clientSecrets)
      .values({ clientId, digest })
      .onConflictDoNothing()
      .returning({ clientId: clientSecrets.clientId });
    if (added.length === 0) return false;
    const expiresAt = revokeOld
      ? sql`clock_timestamp()`
      : sql`least(${clientSecrets.expiresAt}, clock_timestamp() + make_interval(secs => ${OLD_SECRET_SECONDS}))`;
    await tx
      .update(clientSecrets)
      .set({ expiresAt })
      .where(and(eq(clientSecrets.clientId, clientId), sql`${clientSecrets.digest} <> ${digest}`));
    return true;
  },

  async findSecretEnd(tx, clientId, digest) {
    const [row] = await tx
      .select({ expiresAt: clientSecrets.expiresAt })
      .from(clientSecrets)
      .where(and(eq(clientSecrets.clientId, clientId), eq(clientSecrets.digest, digest)));
    return row?.expiresAt ?? null;
  },

  async moveNotBefore(tx, id) {
    const [row] = await tx
      .update(clients)
      .set({ tokensNotBefore: comingSecond(clients.tokensNotBefore) })
      .where(eq(clients.id, id))
      .returning({ before: clients.tokensNotBefore });
    return row?.before ?? null;
  },

  async delete(tx, id) {
    const [row] = await tx.delete(clients).where(eq(clients.id, id)).returning({ now: clock });
    return row?.now ?? null;
  },
};

function toReadings(rows: readonly { client: Client; digest: Buffer | null; now: number }[]): Map<string, ClientReading> {
  const byClient = Map.groupBy(rows, ({ client }) => client.id).values();
  const readings = byClient.flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const secretDigests = [first, ...rest].flatMap(({ digest }) => (digest === null ? [] : [digest]));
    return [{ client: first.client, now: first.now, secretDigests }];
  });
  return new Map(readings.map((reading) => [reading.client.id, reading]));
}
