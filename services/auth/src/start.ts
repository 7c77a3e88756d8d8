import { createMetrics, createServer, type Database, type ReadinessCheck, type Redis, type Server } from '@countersign/service';
import { type RevocationFollower, startFollowingRevocations } from '@countersign/verifier/parts';
import { type AuthDeps, createApp } from './app.ts';
import { startCleaning } from './clean-up.ts';
import type { AuthConfig } from './config.ts';
import { makeWorkerClient } from './domain/clients/make-worker-client.ts';
import { createKeySchedule } from './domain/keys/key-schedule.ts';
import { makeFirstAdmin } from './domain/people/make-first-admin.ts';
import { startRevocationFeed } from './feed/start-revocation-feed.ts';
import { createJudges } from './judges.ts';
import { startKeyring } from './keyring/keyring.ts';
import { startOwnKeys } from './keyring/own-keys.ts';
import { measureAuth } from './metrics.ts';
import { PasswordPool } from './passwords/password-pool.ts';
import { createPorts } from './ports.ts';
import { createPostgresRevocationView } from './stores/revocation-view.postgres.ts';
import { createSigningKeyStore } from './stores/signing-keys.postgres.ts';

export interface StartOptions {
  readonly config: AuthConfig;
  readonly db: Database;
  /** For the revocation feed alone; without it the feed shares `db`. */
  readonly feedDb?: Database;
  readonly redis: Redis;
  /** Where the log goes; standard output, unless a test reads it. */
  readonly logStream?: { write(line: string): void };
}

/** Starts the background work, makes the users and clients that the settings name, and creates the app. Closing the app closes it all. */
export async function startAuth(options: StartOptions): Promise<Server> {
  const { config, logStream } = options;
  const server = createServer({ ...config, ...(logStream && { logStream }) });
  try {
    const deps = await startParts(server, options);
    await makeFirstAdmin(deps.ports, config);
    await makeWorkerClient({ ...deps.ports, log: server.log }, config);
    return await createApp(deps);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Each part registers its own closing, so that it is closed even if a later part can't be started. */
async function startParts(server: Server, { config, db, feedDb = db, redis }: StartOptions): Promise<AuthDeps> {
  const { log } = server;
  const metrics = createMetrics();
  // First, so that the list is whole before anything follows it, as this service does below.
  const feed = startRevocationFeed({ db: feedDb, redis, log, metrics });
  server.addHook('onClose', () => feed.close());
  const passwords = new PasswordPool();
  server.addHook('onClose', () => passwords.close());
  const encryption = { current: config.keyEncryptionKey, previous: config.keyEncryptionKeyPrevious };
  const schedule = createKeySchedule(config.signingAlg, config.keyRotationDays, config.refreshTokenMaxSeconds);
  const keys = await startKeyring({ store: createSigningKeyStore(db), schedule, encryption, feed, log });
  server.addHook('onClose', async () => keys.close());
  const ownKeys = startOwnKeys(keys);
  server.addHook('onClose', async () => ownKeys.close());
  const followed = startFollowingRevocations({
    redis,
    log,
    maxStalenessSeconds: config.revocationMaxStalenessSeconds,
    maxSilenceSeconds: config.revocationMaxSilenceSeconds,
  });
  server.addHook('onClose', () => followed.close());
  followed.onKidRevoked((kid) => keys.noteKilled(kid));
  const stopCleaning = startCleaning(db, log);
  server.addHook('onClose', async () => stopCleaning());

  const revocations = createPostgresRevocationView(db, keys);
  const { judgeFollowed, ...judges } = createJudges({ issuer: config.issuer, keys: ownKeys, revocations, followed });
  const counts = measureAuth(metrics, { verifier: { keys: ownKeys, judge: judgeFollowed, revocations: followed }, keys });
  const ports = createPorts({ config, db, redis, log, keys, feed, passwords, judges, counts });
  return { server, config, metrics, ownKeys, revocations, judgeFollowed, listCheck: createListCheck(followed), ports };
}

const LIST_EXPECTED_MS = 3000;

/**
 * `/verify` goes by the list, which is normally read within a second of the start: for a few seconds this instance isn't ready without it.
 * Then it is ready regardless, since the rest of auth works without Redis.
 */
function createListCheck(followed: RevocationFollower): ReadinessCheck {
  const expectedUntilMs = performance.now() + LIST_EXPECTED_MS;
  return () => {
    const wasRead = followed.stats().heartbeatAgeSeconds !== null;
    return wasRead || performance.now() > expectedUntilMs ? null : followed.notReady();
  };
}
