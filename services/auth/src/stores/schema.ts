import type { PublicJwk, RevocationKind, SigningAlg } from '@countersign/tokens';
import { type Placeholder, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { bigint, boolean, customType, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ClientAuthMethod } from '../domain/clients/client.ts';
import type { SigningKeyState } from '../domain/keys/signing-key-store.ts';
import type { Delivery, EndReason } from '../domain/sessions/session.ts';

const bytes = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => Buffer.from(value),
});
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
/** Whole Unix seconds, for values that are compared with a token's claims. */
const seconds = (name: string) => bigint(name, { mode: 'number' });
const now = sql`now()`;

/** The form in which usernames are looked up: ASCII letters in lower case, even in a Turkish database, where `I` is the capital of `ı`. */
export function inLowerCase(username: SQLWrapper | Placeholder | string): SQL {
  return sql`lower(${username}::text collate "C")`;
}

export const users = pgTable(
  'users',
  {
    id: text('id').primaryKey(),
    /** As it was registered; looked up through the index below, regardless of case. */
    username: text('username').notNull(),
    passwordHash: text('password_hash').notNull(),
    disabledAt: time('disabled_at'),
    createdAt: time('created_at').notNull().default(now),
    updatedAt: time('updated_at').notNull().default(now),
  },
  (table) => [uniqueIndex('users_username_key').on(inLowerCase(table.username))],
);

export const roles = pgTable('roles', {
  name: text('name').primaryKey(),
  withdrawal: text('withdrawal'),
});

export const roleScopes = pgTable(
  'role_scopes',
  {
    role: text('role')
      .notNull()
      .references(() => roles.name, { onDelete: 'cascade' }),
    scope: text('scope').notNull(),
  },
  (table) => [primaryKey({ columns: [table.role, table.scope] })],
);

export const userRoles = pgTable(
  'user_roles',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text('role')
      .notNull()
      .references(() => roles.name, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.userId, table.role] }), index('user_roles_role').on(table.role, table.userId)],
);

/** One sign-in and every token that came of it: a row per family, whose refresh tokens differ by generation. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    clientId: text('client_id').notNull(),
    generation: integer('generation').notNull().default(0),
    /** SHA-256 of the random seed that the session's refresh tokens carry: neither this table nor the secret alone can make one. */
    seedDigest: bytes('seed_digest').notNull(),
    delivery: text('delivery').$type<Delivery>().notNull(),
    scope: text('scope'),
    authTime: time('auth_time').notNull(),
    createdAt: time('created_at').notNull().default(now),
    lastUsedAt: time('last_used_at').notNull().default(now),
    rotatedAt: time('rotated_at'),
    idleExpiresAt: time('idle_expires_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    accessNotBefore: seconds('access_not_before').notNull().default(0),
    endedAt: time('ended_at'),
    endedReason: text('ended_reason').$type<EndReason>(),
    userAgent: text('user_agent'),
    ip: text('ip'),
  },
  (table) => [
    // A sign-in asks whether the user is known from its network; ended sessions count, too.
    index('sessions_user_ip').on(table.userId, sql`(${table.ip}::inet)`),
    index('sessions_user_unended').on(table.userId).where(sql`${table.endedAt} is null`),
    index('sessions_ended_at').on(table.endedAt),
    index('sessions_expires_at').on(table.expiresAt),
  ],
);

export const signingKeys = pgTable(
  'signing_keys',
  {
    kid: text('kid').primaryKey(),
    alg: text('alg').$type<SigningAlg>().notNull(),
    state: text('state').$type<SigningKeyState>().notNull(),
    publicJwk: jsonb('public_jwk').$type<PublicJwk>().notNull(),
    /** PKCS #8, AES-256-GCM under KEY_ENCRYPTION_KEY: nonce, ciphertext, tag; associated data: the kid. Null once retiring or killed. */
    encryptedPrivateKey: bytes('encrypted_private_key'),
    createdAt: time('created_at').notNull().default(now),
    signableAt: time('signable_at').notNull().default(now),
    rotateAt: time('rotate_at'),
    activatedAt: time('activated_at'),
    /** By then its last token has expired, and it is no longer published. */
    retiresAt: time('retires_at'),
    killedAt: time('killed_at'),
  },
  (table) => [
    uniqueIndex('signing_keys_one_active').on(table.state).where(sql`${table.state} = 'active'`),
    uniqueIndex('signing_keys_one_reserve').on(table.state).where(sql`${table.state} = 'reserve'`),
  ],
);

/** When an entry lapses. One that never does comes after every time, so that ends can be compared. */
function lapse(expiresAt: SQLWrapper): SQL {
  const NEVER = Number.MAX_SAFE_INTEGER;
  return sql`coalesce(${expiresAt}, ${sql.raw(String(NEVER))})`;
}

/** The durable blocklist, and the outbox from which it is sent to Redis. */
export const revocations = pgTable(
  'revocations',
  {
    seq: bigint('seq', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind').$type<RevocationKind>().notNull(),
    id: text('id').notNull(),
    /** Null for a kid, which stays refused permanently. */
    expiresAt: seconds('expires_at'),
    before: seconds('before'),
    createdAt: time('created_at').notNull().default(now),
    /** When the stream in Redis got it. */
    sentAt: time('sent_at'),
    /** When it could first be looked up by its key. */
    keyedAt: time('keyed_at'),
  },
  (table) => [
    index('revocations_kind_id').on(table.kind, table.id),
    index('revocations_unsent').on(table.seq).where(sql`${table.sentAt} is null`),
    // Without the unsent ones: there may be millions, and the feed looks here with every heartbeat.
    index('revocations_unkeyed').on(table.seq).where(sql`${table.keyedAt} is null and ${table.sentAt} is not null`),
    // A rebuild reads live entries in this order, and the cleanup lapsed ones.
    index('revocations_end').on(lapse(table.expiresAt), table.seq),
  ],
);

export const revocationEnd = lapse(revocations.expiresAt);

/** One row: which list in Redis is ours, and what it must hold. */
export const revocationFeed = pgTable('revocation_feed', {
  one: boolean('one').primaryKey().default(true),
  epoch: text('epoch').notNull(),
  lastEntryId: text('last_entry_id').notNull(),
  newestId: text('newest_id').notNull(),
  /** The progress of a rebuild in the order of `revocations_end`; null when the list is whole. */
  rebuildEnd: seconds('rebuild_end'),
  rebuildSeq: bigint('rebuild_seq', { mode: 'number' }),
});

export const clients = pgTable('clients', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  authMethod: text('auth_method').$type<ClientAuthMethod>().notNull(),
  scopes: text('scopes').array().notNull(),
  audiences: text('audiences').array().notNull(),
  jwks: jsonb('jwks').$type<{ keys: unknown[] }>(),
  tokensNotBefore: seconds('tokens_not_before').notNull().default(0),
  createdAt: time('created_at').notNull().default(now),
});

/**
 * SHA-256 of secrets: of 256 random bits, or of the 32 characters or more of WORKER_CLIENT_SECRET. Replaced ones stay valid for a while.
 */
export const clientSecrets = pgTable(
  'client_secrets',
  {
    clientId: text('client_id')
      .notNull()
      .references(() => clients.id, { onDelete: 'cascade' }),
    digest: bytes('digest').notNull(),
    createdAt: time('created_at').notNull().default(now),
    expiresAt: time('expires_at'),
  },
  (table) => [primaryKey({ columns: [table.clientId, table.digest] })],
);

/** Used client assertions (RFC 7523), so that none is used twice. */
export const clientAssertions = pgTable(
  'client_assertions',
  {
    clientId: text('client_id')
      .notNull()
      .references(() => clients.id, { onDelete: 'cascade' }),
    jti: text('jti').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.clientId, table.jti] })],
);

export const passwordResets = pgTable(
  'password_resets',
  {
    digest: bytes('digest').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: time('created_at').notNull().default(now),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [index('password_resets_user').on(table.userId)],
);

export const audit = pgTable(
  'audit',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: time('at').notNull().default(now),
    event: text('event').notNull(),
    actor: text('actor'),
    subject: text('subject'),
    ip: text('ip'),
    requestId: text('request_id'),
    details: jsonb('details').$type<Record<string, unknown>>(),
  },
  (table) => [
    index('audit_at').on(table.at, table.id),
    index('audit_event_at').on(table.event, table.at, table.id),
    index('audit_actor_at').on(table.actor, table.at, table.id),
  ],
);
