import type { AuditEvent } from './audit.ts';

/** Who administers, and from where: what each event in the audit log begins with. */
export type Administrator = Pick<AuditEvent, 'actor' | 'ip' | 'requestId'>;

/** The operator, through the settings of a start: known to the audit log by no id. */
export const BY_SETTINGS: Administrator = { actor: null, ip: null, requestId: null };
