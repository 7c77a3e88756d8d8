import type { Audit } from '../domain/ports.ts';
import { audit } from './schema.ts';

export const auditLog: Audit = {
  async record(tx, event) {
    await tx.insert(audit).values(event);
  },
};
