import type { Database, Redis } from '@countersign/service';
import type { AuthConfig } from './config.ts';
import { createBackoff, createLoginThrottle } from './domain/people/login-throttle.ts';
import type { PasswordHasher } from './domain/people/password-hasher.ts';
import { createPasswordRules } from './domain/people/password-rules.ts';
import type { RevocationFeed } from './domain/revocation/revocations.ts';
import type { Judges } from './judges.ts';
import type { Keyring } from './keyring/keyring.ts';
import type { Counts } from './metrics.ts';
import { isPasswordHash } from './passwords/password-formats.ts';
import { createAddressCounts } from './stores/address-counts.ts';
import { auditLog } from './stores/audit.postgres.ts';
import { clientDirectory } from './stores/client-directory.postgres.ts';
import { createClients } from './stores/clients.postgres.ts';
import { createLoginFailures } from './stores/login-failures.ts';
import { passwordResetStore } from './stores/password-resets.postgres.ts';
import type { CountLog } from './stores/redis-or-memory.ts';
import { createRevocations } from './stores/revocations.postgres.ts';
import { roleStore } from './stores/roles.postgres.ts';
import { createRotations } from './stores/rotations.postgres.ts';
import { createSessions } from './stores/sessions.postgres.ts';
import { userDirectory } from './stores/user-directory.postgres.ts';
import { createUsers } from './stores/users.postgres.ts';

export interface PortsOptions {
  readonly config: Pick<AuthConfig, 'passwordDenyWords' | 'loginFailuresPerAccount'>;
  readonly db: Database;
  readonly redis: Redis;
  readonly log: CountLog;
  readonly keys: Keyring;
  readonly feed: RevocationFeed;
  readonly passwords: PasswordHasher;
  readonly judges: Pick<Judges, 'judge' | 'judgeExpired'>;
  readonly counts: Counts;
}

/** Everything by which the rules of `domain/` and the routes reach the world; each rule names the ports that it needs. */
export type Ports = ReturnType<typeof createPorts>;

export function createPorts({ config, db, redis, log, keys, feed, passwords, judges, counts }: PortsOptions) {
  return {
    db,
    keys,
    feed,
    ...judges,
    passwords,
    isPasswordHash,
    passwordRules: createPasswordRules(config.passwordDenyWords),
    users: createUsers(db),
    userDirectory,
    roles: roleStore,
    clients: createClients(db),
    clientDirectory,
    sessions: createSessions(db),
    rotations: createRotations(db),
    revocations: createRevocations(db),
    resets: passwordResetStore,
    audit: counts.counted(auditLog),
    addressCounts: createAddressCounts(redis, log),
    throttle: createLoginThrottle(createLoginFailures(redis, log), createBackoff(config.loginFailuresPerAccount)),
    eventRecorded: counts.eventRecorded,
    refreshRetried: counts.refreshRetried,
    refreshAhead: counts.refreshAhead,
  };
}
