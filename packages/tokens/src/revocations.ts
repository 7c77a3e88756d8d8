import { MAX_ACCESS_TOKEN_TTL_SECONDS } from './claims.ts';

/** What an entry can name: one token, a session, all tokens of a client, everything signed by a key. */
const REVOCATION_KINDS = ['jti', 'sid', 'client', 'kid'] as const;

export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** One line of the blocklist. Times are whole Unix seconds. */
export interface RevocationEntry {
  readonly kind: RevocationKind;
  readonly id: string;
  /** When the last token that this entry could match has expired; `null` for a `kid`, which is refused permanently. */
  readonly expiresAt: number | null;
  /** Only tokens with `iat < before` are refused; `null`: all with that id. Only `sid` and `client` entries have one. */
  readonly before: number | null;
}

/** The stream that is both the blocklist and its feed. The braces are a Redis Cluster hash tag: keys with the same tag share a slot. */
export const REVOCATION_STREAM_KEY = '{countersign}:revocations';

/**
 * Identifies the list: a new value each time the auth service rebuilds it from Postgres. It begins with the Unix second of that; what
 * follows the point only makes it unique.
 */
export const REVOCATION_EPOCH_KEY = '{countersign}:epoch';

/** The `kind` of the entry with which the auth service says that it has just checked the list; its `id` is the epoch. */
export const HEARTBEAT_KIND = 'heartbeat';

/** An entry is kept this much longer than the tokens it can match: clocks differ, and a verifier tolerates that, up to this much. */
export const CLOCK_MARGIN_SECONDS = 60;

/** How long an entry stays in the stream: the longest lifetime of any token, and the margin. */
export const REVOCATION_STREAM_SECONDS = MAX_ACCESS_TOKEN_TTL_SECONDS + CLOCK_MARGIN_SECONDS;

/** The key of the hash that holds the same entry, for readers that look up rather than follow. */
export function revokedKey(entry: Pick<RevocationEntry, 'kind' | 'id'>): string {
  return `countersign:revoked:${entry.kind}:${entry.id}`;
}

/** The entry as Redis holds it, in the stream and in the hash: decimal strings; a field without a value is left out. */
export function encodeRevocation(entry: RevocationEntry): Record<string, string> {
  return {
    kind: entry.kind,
    id: entry.id,
    ...(entry.expiresAt === null ? {} : { expires_at: String(entry.expiresAt) }),
    ...(entry.before === null ? {} : { before: String(entry.before) }),
  };
}

/**
 * The entry in the fields of a Redis reply, or `null` when they hold none (a heartbeat, or something foreign). An entry without
 * an expiry is believed, and stays.
 */
export function parseRevocation(fields: Readonly<Record<string, string>>): RevocationEntry | null {
  const { kind, id } = fields;
  if (!REVOCATION_KINDS.includes(kind as RevocationKind) || id === undefined) return null;
  return { kind: kind as RevocationKind, id, expiresAt: parseSeconds(fields.expires_at), before: parseSeconds(fields.before) };
}

function parseSeconds(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
