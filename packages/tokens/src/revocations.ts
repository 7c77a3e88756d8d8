import { MAX_ACCESS_TOKEN_TTL_SECONDS } from './claims.ts';

/** What an entry revokes: one token, a session, all tokens of a client, everything signed by a key. */
const REVOCATION_KINDS = ['jti', 'sid', 'client', 'kid'] as const;

export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** One line of the blocklist. Times are whole Unix seconds. */
export interface RevocationEntry {
  readonly kind: RevocationKind;
  readonly id: string;
  /** When the last token that this entry can match expires; `null` for a `kid`, which is refused permanently. */
  readonly expiresAt: number | null;
  /** Only tokens with `iat < before` are refused; `null`: all tokens with this id. Only `sid` and `client` entries have one. */
  readonly before: number | null;
}

/** The stream that is both the blocklist and its feed. The braces are a Redis Cluster hash tag: keys with the same tag share a slot. */
export const REVOCATION_STREAM_KEY = '{countersign}:revocations';

/**
 * The key of the list's epoch: a new value each time the auth service rebuilds the list from Postgres. It begins with the Unix second of
 * the rebuild; the part after the point only makes it unique.
 */
export const REVOCATION_EPOCH_KEY = '{countersign}:epoch';

/** The `kind` of the entry by which the auth service confirms that it has just checked the list; its `id` is the epoch. */
export const HEARTBEAT_KIND = 'heartbeat';

/** An entry is kept this much longer than the tokens that it can match: a verifier may tolerate that its clock differs by as much. */
export const CLOCK_MARGIN_SECONDS = 60;

/** How long an entry stays in the stream: the longest lifetime of any token plus the margin. */
export const REVOCATION_STREAM_SECONDS = MAX_ACCESS_TOKEN_TTL_SECONDS + CLOCK_MARGIN_SECONDS;

/** The key of the Redis hash that holds the same entry, for readers that look entries up instead of following the stream. */
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
 * Parses the fields of a Redis reply; `null` when they are no revocation (a heartbeat, or something foreign). An entry without an expiry is
 * accepted, and kept for good.
 */
export function parseRevocation(fields: Readonly<Record<string, string>>): RevocationEntry | null {
  const { kind, id } = fields;
  if (!REVOCATION_KINDS.includes(kind as RevocationKind) || id === undefined) return null;
  return { kind: kind as RevocationKind, id, expiresAt: parseSeconds(fields.expires_at), before: parseSeconds(fields.before) };
}

function parseSeconds(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
