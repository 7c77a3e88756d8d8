import type { AuditEvent } from './audit.ts';

/** Where a call came from, for the audit log and the list of sessions. */
export interface Caller {
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** Whether the caller has already been answered 503 because the call took too long; it must then change nothing more. */
  readonly isGivenUp: () => boolean;
}

/** Who did something, and from where: the fields that every audit event begins with. */
export type ActedBy = Pick<AuditEvent, 'actor' | 'ip' | 'requestId'>;

/** @param actor - a user's or client's id, or `null` when that isn't known */
export function actedBy(actor: string | null, { ip, requestId }: Caller): ActedBy {
  return { actor, ip, requestId };
}
