import type { AuditEvent } from './audit.ts';

/** Where a call came from, for the audit log and the list of sessions. */
export interface Caller {
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** Whether the caller has got 503 by now, because the call takes too long: then the call should change nothing any more. */
  readonly isGivenUp: () => boolean;
}

/** Who did something, and from where: how each event in the audit log begins. */
export type ActedBy = Pick<AuditEvent, 'actor' | 'ip' | 'requestId'>;

/** @param actor - a user's or client's id, or `null` when that isn't known */
export function actedBy(actor: string | null, { ip, requestId }: Caller): ActedBy {
  return { actor, ip, requestId };
}
