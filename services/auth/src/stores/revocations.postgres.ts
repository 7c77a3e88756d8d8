import type { Revocations } from '../domain/ports.ts';
import { revocations } from './schema.ts';

/** Rows of one INSERT: well under the 65,535 parameters that Postgres takes. */
const ROWS = 5000;

export function createRevocations(): Revocations {
  return {
    async revoke(tx, ...entries) {
      for (let from = 0; from < entries.length; from += ROWS) {
        await tx
          .insert(revocations)
          .values(entries.slice(from, from + ROWS).map(({ kind, id, expiresAt, before }) => ({ kind, id, expiresAt, before })));
      }
    },
  };
}
