import { defineConfig } from 'drizzle-kit';

/** `pnpm --filter @countersign/auth generate` compares the schema with the last migration. It needs no database. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/stores/schema.ts',
  out: './src/migrations',
});
