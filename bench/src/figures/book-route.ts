import { until } from '@countersign/testing';
import { DEFAULT_AUDIENCE } from '@countersign/tokens';
import postgres from 'postgres';
import { atLeast, type Figure, format, told } from '../figure.ts';
import { startIssuerServer } from '../issuer-server.ts';
import { bearers, measure } from '../load.ts';
import { createDatabase } from '../postgres.ts';
import { inRounds, median, medianRatio } from '../statistics.ts';
import { startVariant } from '../variant-process.ts';

/** One book from Postgres, with and without the verifier, and a route that answers a constant. */
export const bookRoute: Figure = {
  name: 'book-route',
  title: 'GET /books/{id}',
  async run(context) {
    const server = await startIssuerServer(context);
    const databaseUrl = await createDatabase(context.postgresUrl);
    const sql = postgres(databaseUrl, { max: 1 });
    await sql`create table books (id bigint primary key, title text not null, author text not null)`;
    await sql`insert into books select id, 'Title ' || id, 'Author ' || id from generate_series(1, 1000) id`;
    await sql.end();
    const { issuer, jwksUrl, redisUrl } = server;
    const settings = { issuer: issuer.issuer, audience: DEFAULT_AUDIENCE, jwksUrl, redisUrl, databaseUrl };
    const verified = await startVariant('book-route', { ...settings, verified: true });
    const open = await startVariant('book-route', { ...settings, verified: false });
    const bare = await startVariant('bare');
    for (const variant of [verified, open, bare]) context.teardown(() => variant.stop());
    await until(async () => (await fetch(`${verified.url}/books/1`, { headers: { authorization: `Bearer ${issuer.sign()}` } })).ok, {
      timeoutMs: 15_000,
    });
    const headers = bearers(Array.from({ length: 1000 }, () => issuer.sign()));
    const seconds = Math.max(1, 3 * context.effort);
    const results = await inRounds(Math.max(2, Math.round(7 * context.effort)), {
      verified: () => measure(verified, { path: '/books/1', headers, seconds }),
      open: () => measure(open, { path: '/books/1', headers, seconds }),
      bare: () => measure(bare, { path: '/protected', headers, seconds }),
    });
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
