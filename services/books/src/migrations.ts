import { fileURLToPath } from 'node:url';
import type { Migrations } from '@countersign/service';

/** For `migrateDatabase` of @countersign/service: at start, in the `migrate` script, and in the local stack. */
export const migrations: Migrations = {
  folder: fileURLToPath(new URL('migrations', import.meta.url)),
  table: 'books_migrations',
  foreignTables: ['users', 'sessions', 'signing_keys', 'revocations', 'clients'],
};
