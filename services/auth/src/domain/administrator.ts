import type { ActedBy } from './caller.ts';

export type Administrator = ActedBy;

/** The operator, acting through the settings at start; the audit log has no id for one. */
export const BY_SETTINGS: Administrator = { actor: null, ip: null, requestId: null };
