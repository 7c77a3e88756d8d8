import postgres from 'postgres';
import { atLeast, type Figure, format, told } from '../figure.ts';
import { inFreshProcesses } from '../fresh-processes.ts';
import { startIssuerServer } from '../issuer-server.ts';
import { bearers } from '../load.ts';
import { createDatabase } from '../postgres.ts';
import { median, medianRatio } from '../statistics.ts';
import { startVariant } from '../variant-process.ts';

/** One book from Postgres, with and without the verifier, and a route that answers a constant. */
export const bookRoute: Figure = {
  name: 'book-route',
  title: 'GET /books/{id}',
  async run(context) {
    const { issuer, trust } = await startIssuerServer(context);
    const databaseUrl = await createDatabase(context.postgresUrl);
    const sql = postgres(databaseUrl, { max: 1 });
    await sql`create table books (id bigint primary key, title text not null, author text not null)`;
    await sql`insert into books select id, 'Title ' || id, 'Author ' || id from generate_series(1, 1000) id`;
    await sql.end();
    const load = { path: '/books/1', headers: bearers(Array.from({ length: 1000 }, () => issuer.sign())) };
    const start = (verified: boolean) => startVariant(context, 'book-route', { ...trust, databaseUrl, verified });
    const contenders = {
      verified: { start: async () => ({ variant: await start(true), load }) },
      open: { start: async () => ({ variant: await start(false), load }) },
      bare: { start: async () => ({ variant: await startVariant(context, 'bare'), load: { ...load, path: '/protected' } }) },
    };
    const results = await inFreshProcesses(Math.max(2, Math.round(9 * context.effort)), contenders, context.progress);
    const rate = (name: string) => (results[name] ?? []).map(({ requestsPerSecond }) => requestsPerSecond);
    const cpu = (name: string) => median((results[name] ?? []).map(({ cpuMicroseconds }) => cpuMicroseconds));
    return {
      rows: [
        atLeast('with a warm token, to the same route without the verifier', medianRatio(rate('verified'), rate('open')), 0.95),
        told('with a warm token, to a bare Fastify route', medianRatio(rate('verified'), rate('bare'))),
        told('CPU with the verifier', cpu('verified'), ` µs (without: ${format(cpu('open'))} µs)`),
      ],
    };
  },
};
