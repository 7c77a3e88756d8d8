import { fileURLToPath } from 'node:url';
import { migrations } from '@countersign/books/migrations';
import { migrateDatabase } from '@countersign/service';
import { freePort, startProcess } from '@countersign/testing';
import postgres from 'postgres';
import { atMost, type BenchContext, type Figure } from '../figure.ts';
import { startIssuerServer } from '../issuer-server.ts';
import { createDatabase } from '../postgres.ts';
import { median, medianRatio } from '../statistics.ts';

const MAIN = fileURLToPath(new URL('../../../services/books/src/main.ts', import.meta.url));

/** The last page of a million books compared with the first. */
export const bookPages: Figure = {
  name: 'book-pages',
  title: 'Pages of a million books',
  async run(context) {
    const { url, token, count } = await startBooks(context);
    const rows = [];
    for (const sort of ['id', 'title', '-author']) {
      const first = `/books?limit=100&sort=${sort}`;
      context.progress(`walking to the last page by ${sort}`);
      const last = await walkToLastPage(url, first, token, count);
      const times = { first: [] as number[], last: [] as number[] };
      for (let round = 0; round < Math.max(20, 200 * context.effort); round += 1) {
        times.first.push(await timeOf(url + first, token));
        times.last.push(await timeOf(url + last, token));
      }
      rows.push(
        atMost(`last page to first page by ${sort} (${median(times.first).toFixed(1)} ms)`, medianRatio(times.last, times.first), 1.2),
      );
    }
    return { rows };
  },
};

async function startBooks(context: BenchContext): Promise<{ url: string; token: string; count: number }> {
  const { issuer, trust } = await startIssuerServer(context);
  const databaseUrl = await createDatabase(context.postgresUrl);
  await migrateDatabase(databaseUrl, migrations);
  const count = Math.round(1_000_000 * Math.min(1, context.effort));
  context.progress(`adding ${count} books`);
  const sql = postgres(databaseUrl, { max: 1 });
  await sql`
    insert into books (title, author, folded_title, folded_author)
    select title, author, upper(title), upper(author)
    from (select 'Title ' || md5(n::text) as title, 'Author ' || n % 50000 as author from generate_series(1, ${count}) n) made`;
  await sql`vacuum analyze books`;
  await sql.end();
  const url = `http://127.0.0.1:${await freePort()}`;
  const books = await startProcess({ teardown: context.teardown }, MAIN, {
    readyUrl: `${url}/readyz`,
    env: {
      PORT: new URL(url).port,
      ISSUER: trust.issuer,
      JWKS_URL: trust.jwksUrl,
      DATABASE_URL: databaseUrl,
      REDIS_URL: trust.redisUrl,
      LOG_LEVEL: 'warn',
    },
  });
  context.teardown(async () => void (await books.stop()));
  const iat = Math.floor(Date.now() / 1000);
  return { url, token: issuer.sign({ iat, exp: iat + 3600 }), count };
}

async function walkToLastPage(url: string, first: string, token: string, count: number): Promise<string> {
  let path = first;
  for (let seen = 100; seen < count; seen += 100) {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    await answer.arrayBuffer();
    const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    if (next === undefined) break;
    path = next;
  }
  return path;
}

async function timeOf(url: string, token: string): Promise<number> {
  const begun = performance.now();
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  await answer.arrayBuffer();
  return performance.now() - begun;
}
