import { createMetrics, createServer, type Database, type Metrics, type Redis, type Server } from '@countersign/service';
import { followRevocations } from '@countersign/verifier';
import { sql } from 'drizzle-orm';
import { createApp } from './app.ts';
import { startCleaning } from './clean-up.ts';
import type { AuthConfig } from './config.ts';
import { createKeySchedule } from './domain/key-schedule.ts';
import { makeFirstAdmin } from './domain/make-first-admin.ts';
import { makeWorkerClient } from './domain/make-worker-client.ts';
import { createPasswordRules } from './domain/password-rules.ts';
import { startKeyring } from './keyring.ts';
import { PasswordPool } from './password-pool.ts';
import { startRevocationFeed } from './revocation-feed.ts';
import { auditLog } from './stores/audit.postgres.ts';
import { createClients } from './stores/clients.postgres.ts';
import { createSigningKeyStore } from './stores/signing-keys.postgres.ts';
import { userStore } from './stores/users.postgres.ts';

export interface Connections {
  readonly config: AuthConfig;
  readonly db: Database;
  /** For the revocation feed alone; without it the feed shares `db`. */
  readonly feedDb?: Database;
  readonly redis: Redis;
  readonly metrics?: Metrics;
  /** Where the log goes; standard output unless a test wants to read it. */
  readonly logStream?: { write(line: string): void };
}

/** The whole service on its connections: keys, the revocation feed, the first administrator, and the app, which ends them when it closes. */
export async function startAuth({ config, db, feedDb = db, redis, metrics = createMetrics(), logStream }: Connections): Promise<Server> {
  const server = createServer({ ...config, ...(logStream && { logStream }) });
  const { log } = server;
  // First of all, so that whoever follows the list, as this service does below, meets one that is whole already.
  const feed = startRevocationFeed({ db: feedDb, redis, log, metrics });
  const passwords = new PasswordPool();
  await makeFirstAdmin(
    { db, users: userStore, passwords, passwordRules: createPasswordRules(config.passwordDenyWords), audit: auditLog },
    config,
  );
  await makeWorkerClient({ db, clients: createClients(db) }, config);
  const encryption = { current: config.keyEncryptionKey, previous: config.keyEncryptionKeyPrevious };
  const schedule = createKeySchedule(config.signingAlg, config.keyRotationDays, config.refreshTokenMaxSeconds);
  const keys = await startKeyring({ store: createSigningKeyStore(db), schedule, encryption, feed, log });
  const followed = followRevocations({
    redis,
    log,
    maxStalenessSeconds: config.revocationMaxStalenessSeconds,
    maxSilenceSeconds: config.revocationMaxSilenceSeconds,
  });
  followed.onKidRevoked?.((kid) => keys.noteKilled(kid));
  const stopCleaning = startCleaning(db, log);
  server.addHook('onClose', async () => {
    stopCleaning();
    keys.close();
    await Promise.all([feed.close(), followed.close()]);
    await passwords.close();
  });
  const postgres = () => db.execute(sql`select 1`).then(() => null);
  return await createApp({ server, config, db, redis, keys, feed, followed, passwords, readiness: { postgres }, metrics });
}
