import type { ActedBy } from './caller.ts';

/** Who administers, and from where. */
export type Administrator = ActedBy;

/** The operator, through the settings of a start: known to the audit log by no id. */
export const BY_SETTINGS: Administrator = { actor: null, ip: null, requestId: null };
