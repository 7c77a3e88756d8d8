import { fileURLToPath } from 'node:url';
import type { Migrations } from '@countersign/service';

export const migrations: Migrations = {
  folder: fileURLToPath(new URL('./migrations', import.meta.url)),
  table: 'auth_migrations',
  foreignTables: ['books', 'books_migrations'],
};
